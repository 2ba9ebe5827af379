#include "hashvet/hash/text.h"

#include <array>
#include <cstdint>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

constexpr uint8_t kNotADigit = 0xFF;

constexpr std::array<uint8_t, 256> MakeHexDigits() {
  std::array<uint8_t, 256> values = {};
  values.fill(kNotADigit);
  for (uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (uint8_t i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = 10 + i;
  return values;
}

constexpr std::array<uint8_t, 256> MakeBase64Digits() {
  std::array<uint8_t, 256> values = {};
  values.fill(kNotADigit);
  for (uint8_t i = 0; i < 26; ++i) {
    values['A' + i] = i;
    values['a' + i] = 26 + i;
  }
  for (uint8_t i = 0; i < 10; ++i) values['0' + i] = 52 + i;
  values['+'] = 62;
  values['/'] = 63;
  return values;
}

constexpr std::array<uint8_t, 256> kHexDigits = MakeHexDigits();
constexpr std::array<uint8_t, 256> kBase64Digits = MakeBase64Digits();

// The position, from 0, of the first character outside the alphabet, or npos.
size_t FindForeign(std::string_view text,
                   const std::array<uint8_t, 256>& digits) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (digits[static_cast<uint8_t>(text[i])] == kNotADigit) return i;
  }
  return std::string_view::npos;
}

absl::Status ForeignCharacter(HashKind kind, std::string_view alphabet,
                              size_t position) {
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(NameOf(kind)), " value: the character at position ",
                   position + 1, " is no ", ToAbsl(alphabet), " digit"));
}

absl::Status WrongLength(HashKind kind, std::string_view alphabet, size_t got,
                         size_t want) {
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(NameOf(kind)), " value: got ", got, " ",
                   ToAbsl(alphabet), " digits, want ", want));
}

}  // namespace

absl::StatusOr<HashValue> ParseHex(HashKind kind, std::string_view text) {
  const size_t size_bytes = InfoOf(kind).size_bytes;
  if (const size_t foreign = FindForeign(text, kHexDigits);
      foreign != std::string_view::npos) {
    return ForeignCharacter(kind, "hex", foreign);
  }
  if (text.size() != 2 * size_bytes) {
    return WrongLength(kind, "hex", text.size(), 2 * size_bytes);
  }
  std::array<uint8_t, ByteVector144::kBytes> bytes;
  for (size_t i = 0; i < size_bytes; ++i) {
    bytes[i] = static_cast<uint8_t>(
        kHexDigits[static_cast<uint8_t>(text[2 * i])] << 4 |
        kHexDigits[static_cast<uint8_t>(text[2 * i + 1])]);
  }
  return HashValue::FromBytes(kind, {bytes.data(), size_bytes});
}

std::string ToHex(const HashValue& value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::vector<uint8_t> bytes = value.ToBytes();
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string ToHex(const Hash64& hash) {
  return absl::StrCat(absl::Hex(hash.words()[0], absl::kZeroPad16));
}

std::string ToHex(const Hash256& hash) {
  const Hash256::Words& w = hash.words();
  return absl::StrCat(
      absl::Hex(w[3], absl::kZeroPad16), absl::Hex(w[2], absl::kZeroPad16),
      absl::Hex(w[1], absl::kZeroPad16), absl::Hex(w[0], absl::kZeroPad16));
}

absl::StatusOr<HashValue> ParseBase64(HashKind kind, std::string_view text) {
  const size_t size_bytes = InfoOf(kind).size_bytes;
  const size_t digits = (size_bytes * 8 + 5) / 6;
  const size_t padding = (4 - digits % 4) % 4;
  std::string_view body = text;
  // All of the padding that is due, or none.
  if (text.size() == digits + padding && padding > 0 &&
      text.substr(digits) == std::string_view("==").substr(0, padding)) {
    body = text.substr(0, digits);
  }
  if (const size_t foreign = FindForeign(body, kBase64Digits);
      foreign != std::string_view::npos) {
    return ForeignCharacter(kind, "base64", foreign);
  }
  if (body.size() != digits) {
    return WrongLength(kind, "base64", body.size(), digits);
  }
  std::vector<uint8_t> bytes;
  bytes.reserve(size_bytes);
  uint32_t bits = 0;
  int bit_count = 0;
  for (const char character : body) {
    bits = bits << 6 | kBase64Digits[static_cast<uint8_t>(character)];
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<uint8_t>(bits >> bit_count));
    }
  }
  if ((bits & ((1u << bit_count) - 1)) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(NameOf(kind)),
                     " value: the last base64 digit carries bits past the "
                     "value's end"));
  }
  return HashValue::FromBytes(kind, bytes);
}

std::string ToBase64(const HashValue& value) {
  const std::vector<uint8_t> bytes = value.ToBytes();
  return absl::Base64Escape(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace hashvet
