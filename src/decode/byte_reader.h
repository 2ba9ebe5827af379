// Numbers out of untrusted bytes: every read is bounded, and what lies outside
// is "nothing", never a guess.

#ifndef HASHVET_SRC_DECODE_BYTE_READER_H_
#define HASHVET_SRC_DECODE_BYTE_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace hashvet {

enum class ByteOrder : uint8_t { kLittle, kBig };

class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, ByteOrder order)
      : bytes_(bytes), order_(order) {}

  uint64_t size() const { return bytes_.size(); }

  std::optional<uint8_t> U8(uint64_t at) const { return Number<uint8_t>(at); }
  std::optional<uint16_t> U16(uint64_t at) const {
    return Number<uint16_t>(at);
  }
  std::optional<uint32_t> U32(uint64_t at) const {
    return Number<uint32_t>(at);
  }

  // Whether `text` stands at `at`.
  bool Has(uint64_t at, std::string_view text) const {
    return Fits(at, text.size()) &&
           std::memcmp(bytes_.data() + at, text.data(), text.size()) == 0;
  }

  // The bytes begin .. begin + size - 1, or those of them that exist.
  std::span<const std::byte> Part(uint64_t begin, uint64_t size) const {
    if (begin >= bytes_.size()) return {};
    const uint64_t rest = bytes_.size() - begin;
    return bytes_.subspan(begin, size < rest ? size : rest);
  }

 private:
  bool Fits(uint64_t at, uint64_t size) const {
    return at <= bytes_.size() && size <= bytes_.size() - at;
  }

  template <typename T>
  std::optional<T> Number(uint64_t at) const {
    if (!Fits(at, sizeof(T))) return std::nullopt;
    uint32_t number = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      const size_t from_low =
          order_ == ByteOrder::kLittle ? i : sizeof(T) - 1 - i;
      number |= std::to_integer<uint32_t>(bytes_[at + i]) << (8 * from_low);
    }
    return static_cast<T>(number);
  }

  std::span<const std::byte> bytes_;
  ByteOrder order_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_BYTE_READER_H_
