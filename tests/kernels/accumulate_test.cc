// Every runnable target against the stated order of rounding, to the last bit,
// in buffers that end where the data ends.

#include "src/kernels/accumulate.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "src/kernels/targets.h"

namespace hashvet::kernels {
namespace {

enum class Format { kGrey8, kRgb8, kBgr8, kLuma32 };
constexpr Format kFormats[] = {Format::kGrey8, Format::kRgb8, Format::kBgr8,
                               Format::kLuma32};

constexpr size_t BytesOf(Format format) {
  return format == Format::kGrey8 ? 1 : format == Format::kLuma32 ? 4 : 3;
}

float LumaOf(Format format, const uint8_t* pixel) {
  switch (format) {
    case Format::kGrey8:
      return static_cast<float>(pixel[0]);
    case Format::kLuma32: {
      float luma;
      std::memcpy(&luma, pixel, sizeof(luma));
      return luma;
    }
    case Format::kRgb8:
    case Format::kBgr8:
      break;
  }
  const size_t red = format == Format::kRgb8 ? 0 : 2;
  const float weighted_red = 0.299f * static_cast<float>(pixel[red]);
  const float weighted_green = 0.587f * static_cast<float>(pixel[1]);
  const float weighted_blue = 0.114f * static_cast<float>(pixel[2 - red]);
  const float red_and_green = weighted_red + weighted_green;
  return red_and_green + weighted_blue;
}

void Run(const AccumulateTable& table, Format format, const uint8_t* rows,
         size_t stride_bytes, const float* weights, size_t row_count,
         size_t width, float* acc) {
  switch (format) {
    case Format::kGrey8:
      return table.grey8(rows, stride_bytes, weights, row_count, width, acc);
    case Format::kRgb8:
      return table.colour8(rows, stride_bytes, weights, row_count, width, 0,
                           acc);
    case Format::kBgr8:
      return table.colour8(rows, stride_bytes, weights, row_count, width, 2,
                           acc);
    case Format::kLuma32:
      return table.luma32(rows, stride_bytes, weights, row_count, width, acc);
  }
}

// Memory that ends where an inaccessible page begins: sanitizers do not watch
// masked loads and stores, but the processor does.
class GuardedBytes {
 public:
  explicit GuardedBytes(size_t size)
      : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))),
        pages_bytes_((size + page_ - 1) / page_ * page_),
        pages_(static_cast<uint8_t*>(mmap(nullptr, pages_bytes_ + page_,
                                          PROT_READ | PROT_WRITE,
                                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
        begin_(pages_ + pages_bytes_ - size) {
    mprotect(pages_ + pages_bytes_, page_, PROT_NONE);
  }
  ~GuardedBytes() { munmap(pages_, pages_bytes_ + page_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  uint8_t* bytes() const { return begin_; }
  float* floats() const { return reinterpret_cast<float*>(begin_); }

 private:
  size_t page_;
  size_t pages_bytes_;
  uint8_t* pages_;
  uint8_t* begin_;
};

// All of it is checked against the definition written as a loop, which is held
// to single roundings by storing every step.
void ExpectExact(Format format, size_t width, size_t row_count, size_t gap,
                 std::mt19937& random) {
  const size_t row_bytes = width * BytesOf(format);
  const size_t stride = row_bytes + gap;
  const size_t size = stride * (row_count - 1) + row_bytes;
  const GuardedBytes guarded_rows(size);
  uint8_t* rows = guarded_rows.bytes();
  for (size_t i = 0; i < size; ++i) rows[i] = static_cast<uint8_t>(random());
  if (format == Format::kLuma32) {
    for (size_t r = 0; r < row_count; ++r) {
      for (size_t x = 0; x < width; ++x) {
        const float luma = static_cast<float>(random() % 255000) / 1000;
        std::memcpy(rows + r * stride + 4 * x, &luma, 4);
      }
    }
  }
  const std::unique_ptr<float[]> weights(new float[row_count]);
  for (size_t r = 0; r < row_count; ++r) {
    weights[r] = static_cast<float>(random() % 1000) / 37;
  }

  std::vector<float> want(width);
  for (size_t x = 0; x < width; ++x) {
    volatile float sum = 0;
    for (size_t r = 0; r < row_count; ++r) {
      const volatile float product =
          weights[r] * LumaOf(format, rows + r * stride + x * BytesOf(format));
      sum = sum + product;
    }
    want[x] = sum;
  }
  for (const Target* target : RunnableTargets()) {
    SCOPED_TRACE(target->name);
    const GuardedBytes guarded_acc(4 * width);
    float* acc = guarded_acc.floats();
    std::memset(acc, 0xff, 4 * width);  // NaN: must be overwritten
    Run(*target->accumulate, format, rows, stride, weights.get(), row_count,
        width, acc);
    ASSERT_EQ(std::memcmp(acc, want.data(), width * 4), 0)
        << "format " << static_cast<int>(format) << ", width " << width
        << ", rows " << row_count << ", gap " << gap;
  }
}

TEST(AccumulateTest, EveryTargetIsExactAtEveryWidth) {
  std::mt19937 random(1);
  for (const Format format : kFormats) {
    for (size_t width = 1; width <= 130; ++width) {
      for (const size_t row_count : {1, 2, 3, 7, 8, 9, 16, 17, 31}) {
        ExpectExact(format, width, row_count, 0, random);
      }
    }
  }
}

TEST(AccumulateTest, EveryTargetIsExactForWideRowsAndStrides) {
  std::mt19937 random(2);
  for (const Format format : kFormats) {
    for (const size_t width : {500u, 1600u, 4033u}) {
      for (const size_t gap : {0u, 4u, 60u}) {
        ExpectExact(format, width, 47, gap, random);
      }
    }
  }
}

TEST(BandedDotTest, EveryTargetIsExact) {
  std::mt19937 random(3);
  constexpr size_t kOut = 9;
  for (size_t steps = 0; steps <= 12; ++steps) {
    const uint32_t count = static_cast<uint32_t>(steps * kDotLanes);
    const size_t width = count + 2 * kOut;
    const std::unique_ptr<float[]> row(new float[width]);
    const std::unique_ptr<float[]> weights(new float[count * kOut]);
    // Very different sizes, so that another order rounds differently.
    const auto fill = [&](float* values, size_t size) {
      for (size_t i = 0; i < size; ++i) {
        values[i] = std::ldexp(static_cast<float>(random() % 65536) / 65536,
                               static_cast<int>(random() % 40) - 20);
      }
    };
    fill(row.get(), width);
    fill(weights.get(), count * kOut);
    uint32_t offsets[kOut], firsts[kOut], counts[kOut];
    double want[kOut];
    for (uint32_t o = 0; o < kOut; ++o) {
      offsets[o] = o * count;
      firsts[o] = o == 0 ? 2 * kOut : o;  // the first one ends with the row
      counts[o] = count;
      volatile double partials[kDotLanes] = {};
      for (size_t i = 0; i < count; ++i) {
        const volatile double product =
            static_cast<double>(weights[offsets[o] + i]) *
            static_cast<double>(row[firsts[o] + i]);
        partials[i % kDotLanes] = partials[i % kDotLanes] + product;
      }
      const volatile double p04 = partials[0] + partials[4];
      const volatile double p15 = partials[1] + partials[5];
      const volatile double p26 = partials[2] + partials[6];
      const volatile double p37 = partials[3] + partials[7];
      const volatile double even = p04 + p26;
      const volatile double odd = p15 + p37;
      want[o] = even + odd;
    }
    for (const Target* target : RunnableTargets()) {
      SCOPED_TRACE(target->name);
      double got[kOut];
      target->accumulate->banded_dot(row.get(), weights.get(), offsets, firsts,
                                     counts, kOut, got);
      ASSERT_EQ(std::memcmp(got, want, sizeof(got)), 0) << "count " << count;
    }
  }
}

}  // namespace
}  // namespace hashvet::kernels
