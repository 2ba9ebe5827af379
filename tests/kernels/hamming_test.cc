// Every target against the scalar definition of a distance.

#include "src/kernels/hamming.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/kernels/targets.h"
#include "tests/kernels/kernel_support.h"

namespace hashvet::kernels {
namespace {

using Row = std::array<uint64_t, 4>;
using Rows = std::vector<Row>;

// Exactly as long as the data, and aligned: a read past it is a report.
template <typename T>
class Buffer {
 public:
  explicit Buffer(size_t n)
      : words_(static_cast<T*>(
            ::operator new(n * sizeof(T), std::align_val_t(64)))) {}
  ~Buffer() { ::operator delete(words_, std::align_val_t(64)); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  T* get() const { return words_; }

 private:
  T* words_;
};

class Planes {
 public:
  explicit Planes(const Rows& rows)
      : prefix_{Buffer<uint32_t>(rows.size()), Buffer<uint32_t>(rows.size()),
                Buffer<uint32_t>(rows.size()), Buffer<uint32_t>(rows.size())},
        rest_(2 * rows.size()) {
    for (size_t r = 0; r < rows.size(); ++r) {
      for (size_t p = 0; p < 4; ++p) {
        prefix_[p].get()[r] =
            static_cast<uint32_t>(rows[r][p / 2] >> (p % 2 * 32));
      }
      rest_.get()[2 * r] = rows[r][2];
      rest_.get()[2 * r + 1] = rows[r][3];
    }
    planes_ = {{prefix_[0].get(), prefix_[1].get(), prefix_[2].get(),
                prefix_[3].get()},
               rest_.get(),
               rows.size()};
  }
  const Planes256& get() const { return planes_; }

 private:
  Buffer<uint32_t> prefix_[4];
  Buffer<uint64_t> rest_;
  Planes256 planes_;
};

// The definition.
std::vector<Hit> Oracle(const Rows& rows, size_t begin, size_t end,
                        const Rows& queries, uint32_t max_distance) {
  std::vector<Hit> hits;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    for (size_t r = begin; r < end; ++r) {
      int distance = 0;
      for (size_t w = 0; w < 4; ++w) {
        distance += std::popcount(rows[r][w] ^ queries[q][w]);
      }
      if (static_cast<uint32_t>(distance) <= max_distance) {
        hits.push_back(
            {q, static_cast<uint32_t>(r), static_cast<uint32_t>(distance)});
      }
    }
  }
  return hits;
}

class HammingTest : public ::testing::TestWithParam<const Target*> {
 protected:
  std::mt19937_64 random_{20240501};  // fixed: failures repeat

  Row RandomRow() { return {random_(), random_(), random_(), random_()}; }
  Rows RandomRows(size_t n) {
    Rows rows(n);
    for (Row& row : rows) row = RandomRow();
    return rows;
  }
  // `row` with `bits` different bits flipped, anywhere.
  Row Flipped(Row row, uint32_t bits) {
    std::vector<size_t> places(256);
    for (size_t i = 0; i < 256; ++i) places[i] = i;
    std::shuffle(places.begin(), places.end(), random_);
    for (uint32_t i = 0; i < bits; ++i) {
      row[places[i] / 64] ^= uint64_t{1} << (places[i] % 64);
    }
    return row;
  }

  // By query, keeping the kernel's order of rows, which must ascend.
  static std::vector<Hit> Scan(const Planes256& planes, size_t begin,
                               size_t end, const Rows& queries,
                               uint32_t max_distance) {
    std::vector<uint64_t> words(queries.size() * 4);
    for (size_t i = 0; i < words.size(); ++i) words[i] = queries[i / 4][i % 4];
    const size_t room = queries.size() * (end - begin);
    const std::unique_ptr<Hit[]> out(new Hit[room]);
    const size_t found =
        GetParam()->hamming->scan256(planes, begin, end, words.data(),
                                     queries.size(), max_distance, out.get());
    EXPECT_LE(found, room);
    std::vector<Hit> hits(out.get(), out.get() + found);
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
      return a.query < b.query;
    });
    return hits;
  }

  static void Compare(const Rows& rows, const Rows& queries,
                      uint32_t max_distance) {
    const Planes planes(rows);
    const auto got = Scan(planes.get(), 0, rows.size(), queries, max_distance);
    const auto want = Oracle(rows, 0, rows.size(), queries, max_distance);
    ASSERT_TRUE(got == want)
        << "rows=" << rows.size() << " queries=" << queries.size()
        << " max_distance=" << max_distance << " hits=" << got.size()
        << " want=" << want.size();
  }
};

// Row r differs from a query of zeros in exactly r bits: the answer is known
// without any kernel, rows 0 .. max_distance.
TEST_P(HammingTest, TheDistanceLimitIsInclusiveAtEveryRadius) {
  Rows rows(257, Row{});
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t bit = 0; bit < r; ++bit) {
      rows[r][bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }
  const Planes planes(rows);
  for (size_t queries : {1, 2, 3, 8}) {
    for (uint32_t radius = 0; radius <= 256; ++radius) {
      const auto hits =
          Scan(planes.get(), 0, rows.size(), Rows(queries, Row{}), radius);
      ASSERT_EQ(hits.size(), queries * (radius + 1)) << "radius " << radius;
      for (size_t i = 0; i < hits.size(); ++i) {
        ASSERT_EQ(hits[i].row, i % (radius + 1));
        ASSERT_EQ(hits[i].distance, i % (radius + 1));
      }
    }
  }
}

TEST_P(HammingTest, AgreesAtEverySizeBatchAndKindOfRadius) {
  for (size_t n :
       {0,  1,  2,  3,   4,   5,   7,   8,   9,   15,  16,  17,  31,   32,  33,
        63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1025}) {
    const Rows rows = RandomRows(n);
    for (size_t queries : {1, 2, 3, 7, 8, 9, 64}) {
      for (uint32_t radius : {0, 31, 32, 36, 37, 46, 48, 49, 115, 128, 256}) {
        ASSERT_NO_FATAL_FAILURE(Compare(rows, RandomRows(queries), radius));
      }
    }
  }
}

TEST_P(HammingTest, FindsNeighboursPlantedAtExactlyTheRadiusOnly) {
  for (size_t queries : {1, 2, 9}) {
    for (uint32_t radius = 0; radius < 256; radius += radius < 60 ? 1 : 13) {
      const Rows asked = RandomRows(queries);
      Rows rows = RandomRows(300);
      for (size_t r = 0; r < rows.size(); r += 3) {
        rows[r] = Flipped(asked[r % queries], radius + r % 2);
      }
      ASSERT_NO_FATAL_FAILURE(Compare(rows, asked, radius));
    }
  }
}

// All differing bits in one 32-bit word after another: where a bound that
// mistakes a word would show.
TEST_P(HammingTest, CountsBitsWhereverTheyLie) {
  const Rows asked = RandomRows(8);
  Rows rows;
  for (size_t word = 0; word < 8; ++word) {
    for (uint32_t bits = 0; bits <= 32; ++bits) {
      Row row = asked[word];
      const uint64_t ones = (uint64_t{1} << bits) - 1;
      row[word / 2] ^= ones << (word % 2 * 32);
      rows.push_back(row);
    }
  }
  for (uint32_t radius : {0, 5, 16, 30, 31, 32, 33, 40, 60}) {
    ASSERT_NO_FATAL_FAILURE(Compare(rows, asked, radius));
    ASSERT_NO_FATAL_FAILURE(Compare(rows, {asked[3]}, radius));
  }
}

// Lists made to pass every bound.
TEST_P(HammingTest, AgreesOnClusteredConstantAndDuplicatedLists) {
  const Row centre = RandomRow();
  Rows clustered(700), duplicated(700);
  for (Row& row : clustered) row = Flipped(centre, random_() % 64);
  for (Row& row : duplicated) row = Flipped(centre, random_() % 2);
  Rows far_rest(700, centre);  // equal prefixes, far apart beyond them
  for (Row& row : far_rest) row[2] = ~centre[2], row[3] = random_();
  const Rows constant(700, centre);
  for (size_t queries : {1, 2, 8, 9}) {
    Rows asked = RandomRows(queries);
    for (Row& row : asked) row = Flipped(centre, random_() % 40);
    for (uint32_t radius : {0, 1, 20, 31, 32, 36, 37, 48, 49, 64, 96, 256}) {
      ASSERT_NO_FATAL_FAILURE(Compare(clustered, asked, radius));
      ASSERT_NO_FATAL_FAILURE(Compare(duplicated, asked, radius));
      ASSERT_NO_FATAL_FAILURE(Compare(constant, asked, radius));
      ASSERT_NO_FATAL_FAILURE(Compare(far_rest, asked, radius));
    }
  }
}

TEST_P(HammingTest, ScansOnlyTheRowsAsked) {
  const Rows rows = RandomRows(1000);
  const Rows asked = RandomRows(8);
  const Planes planes(rows);
  for (size_t begin : {0, 64, 512, 960}) {
    for (size_t end : {begin, begin + 1, begin + 39, size_t{1000}}) {
      for (uint32_t radius : {31, 36, 48, 256}) {
        EXPECT_TRUE(Scan(planes.get(), begin, end, asked, radius) ==
                    Oracle(rows, begin, end, asked, radius));
      }
    }
  }
}

TEST_P(HammingTest, NothingAskedNothingFound) {
  const Planes planes(RandomRows(100));
  EXPECT_THAT(Scan(planes.get(), 0, 100, {}, 256), ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Targets, HammingTest,
                         ::testing::ValuesIn(RunnableTargets().begin(),
                                             RunnableTargets().end()),
                         [](const auto& target) {
                           return std::string(target.param->name);
                         });

}  // namespace
}  // namespace hashvet::kernels
