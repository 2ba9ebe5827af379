// Large JPEGs at little cost: of a strip that is coded once.

#ifndef HASHVET_TESTS_SUPPORT_TALL_JPEG_H_
#define HASHVET_TESTS_SUPPORT_TALL_JPEG_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hashvet::testing {

// Which of a strip's block rows is the i-th of the picture.
constexpr uint32_t RowOfStrip(uint32_t i, uint32_t strip_rows) {
  return (i + i * i / 7) % strip_rows;
}

// A picture of block_rows rows of blocks.
//
//   strip   a sequential JPEG with a restart marker after each row of blocks,
//           so that each can stand anywhere
//   height  of the picture, in pixels
inline std::vector<std::byte> MakeTallJpeg(std::span<const std::byte> strip,
                                           uint32_t block_rows,
                                           uint32_t height) {
  using Iterator = std::span<const std::byte>::iterator;
  const auto find = [&](Iterator from, uint8_t first, uint8_t last) {
    return std::adjacent_find(from, strip.end(), [&](std::byte a, std::byte b) {
      return a == std::byte{0xff} && b >= std::byte{first} &&
             b <= std::byte{last};
    });
  };
  constexpr uint8_t kStartOfFrame = 0xc0;
  constexpr uint8_t kStartOfScan = 0xda;
  constexpr uint8_t kFirstRestart = 0xd0;
  constexpr uint8_t kEnd = 0xd9;
  const Iterator scan = find(strip.begin(), kStartOfScan, kStartOfScan);
  const Iterator data = scan + 2 + std::to_integer<int>(scan[3]);
  std::vector<std::byte> tall(strip.begin(), data);
  const auto frame = find(strip.begin(), kStartOfFrame, kStartOfFrame);
  const auto sides = tall.begin() + (frame - strip.begin()) + 5;
  sides[0] = std::byte(height >> 8);
  sides[1] = std::byte(height & 255);
  std::vector<std::span<const std::byte>> rows;
  for (Iterator at = data; at != strip.end(); at += 2) {
    const Iterator end = find(at, kFirstRestart, kEnd);
    rows.emplace_back(at, end);
    at = end;
  }
  for (uint32_t i = 0; i < block_rows; ++i) {
    const auto row = rows[RowOfStrip(i, static_cast<uint32_t>(rows.size()))];
    tall.insert(tall.end(), row.begin(), row.end());
    const bool is_last = i + 1 == block_rows;
    tall.insert(
        tall.end(),
        {std::byte{0xff}, std::byte(is_last ? kEnd : kFirstRestart + i % 8)});
  }
  return tall;
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_TALL_JPEG_H_
