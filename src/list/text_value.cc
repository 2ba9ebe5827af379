#include "src/list/text_value.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <string>

#include "absl/strings/str_cat.h"
#include "hashvet/hash/text.h"

namespace hashvet {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kHashPrefix = "hash=";

// What Microsoft's edge hash generators produce: 924 bytes, in base64.
constexpr size_t kEdgeValueCharacters = 1232;

constexpr bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
         (c >= 'A' && c <= 'F');
}

constexpr bool IsBase64Character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '=';
}

absl::StatusOr<HashValue> ParseDecimals(std::string_view text) {
  std::array<uint8_t, ByteVector144::kBytes> bytes = {};
  size_t count = 0;
  while (true) {
    const size_t comma = text.find(',');
    const std::string_view number = TrimBlanks(text.substr(0, comma));
    uint8_t byte = 0;
    const char* const end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, byte);
    if (error != std::errc() || stop != end) {
      return absl::InvalidArgumentError(
          absl::StrCat("photodna value: number ", count + 1,
                       " is not a whole number from 0 to 255"));
    }
    if (count < bytes.size()) bytes[count] = byte;
    ++count;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (count != bytes.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "photodna value: got ", count, " numbers, want ", bytes.size()));
  }
  return HashValue::FromBytes(HashKind::kPhotoDna, bytes);
}

// Values that a flat picture has: near those of every other flat picture, so a
// list that carried one would match the world. Ordinary ones have dozens of
// distinct bytes.
constexpr size_t kMinDistinctBytes = 9;

absl::StatusOr<HashValue> RefuseLowInformation(
    absl::StatusOr<HashValue> value) {
  if (!value.ok()) return value;
  std::bitset<256> seen;
  for (const uint8_t byte : value->As<ByteVector144>()->bytes) seen.set(byte);
  if (seen.count() >= kMinDistinctBytes) return value;
  return absl::InvalidArgumentError(
      absl::StrCat("photodna value: low information: ", seen.count(),
                   " distinct bytes, want at least ", kMinDistinctBytes,
                   ": such values are of flat pictures and near one another"));
}

absl::StatusOr<HashValue> ParsePhotoDna(std::string_view text) {
  constexpr size_t kHexDigits = 2 * ByteVector144::kBytes;
  constexpr size_t kBase64Characters = ByteVector144::kBytes / 3 * 4;
  if (text.size() == kEdgeValueCharacters) {
    return absl::InvalidArgumentError(
        "a 924-byte PhotoDNA edge value (1232 base64 characters): it is input "
        "of a cloud service, not a PhotoDNA hash, and cannot be compared");
  }
  if (text.find(',') != std::string_view::npos) return ParseDecimals(text);
  if (text.size() == kHexDigits) return ParseHex(HashKind::kPhotoDna, text);
  if (text.size() == kBase64Characters) {
    return ParseBase64(HashKind::kPhotoDna, text);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("photodna value: got ", text.size(), " characters, want ",
                   kBase64Characters, " of base64, ", kHexDigits,
                   " hex digits, or 144 numbers between commas"));
}

}  // namespace

std::string_view TrimLeftBlanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string_view TrimBlanks(std::string_view text) {
  text = TrimLeftBlanks(text);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

bool IsAllHex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsHexDigit);
}

bool LooksLikeValue(std::string_view text) {
  if (text.substr(0, kHashPrefix.size()) == kHashPrefix) return true;
  if (text.size() >= 16 && IsAllHex(text)) return true;
  if (text.size() >= 64 &&
      std::all_of(text.begin(), text.end(), IsBase64Character)) {
    return true;
  }
  return !text.empty() &&
         text.find_first_not_of("0123456789,.+- \t") == std::string_view::npos;
}

absl::StatusOr<HashValue> ParseListValue(HashKind kind, std::string_view text) {
  text = TrimBlanks(text);
  if (text.substr(0, kHashPrefix.size()) == kHashPrefix) {
    text.remove_prefix(kHashPrefix.size());
  }
  return kind == HashKind::kPhotoDna ? RefuseLowInformation(ParsePhotoDna(text))
                                     : ParseHex(kind, text);
}

absl::StatusOr<std::optional<int>> ParseListQuality(std::string_view text) {
  text = TrimBlanks(text);
  if (text.empty()) return std::nullopt;
  int quality = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, quality);
  if (error != std::errc() || stop != end || quality < 0 || quality > 100) {
    return absl::InvalidArgumentError(
        "quality: want a whole number from 0 to 100");
  }
  return quality;
}

std::string LineKey(uint64_t line) { return absl::StrCat("line-", line); }

}  // namespace hashvet
