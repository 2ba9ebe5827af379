#include "hashvet/base/safe_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace hashvet {
namespace {

// The length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) that
// `text` begins with, or 0.
size_t SequenceBytes(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (first == 0xED && byte(1) > 0x9F) return 0;  // half of a surrogate pair
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (first == 0xF4 && byte(1) > 0x8F) return 0;  // over U+10FFFF
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string WithoutHashes(std::string_view text, size_t min_digits) {
  std::string clean;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() &&
           absl::ascii_isxdigit(static_cast<unsigned char>(text[end]))) {
      ++end;
    }
    if (end - i >= min_digits) {
      absl::StrAppend(&clean, "<", end - i, " hex digits>");
    } else if (end > i) {
      clean.append(text.substr(i, end - i));
    } else {
      clean += text[end++];
    }
    i = end;
  }
  return clean;
}

std::string ToUtf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = SequenceBytes(bytes);
    if (length == 0) {
      text += "\uFFFD";
      bytes.remove_prefix(1);
    } else {
      text.append(bytes.substr(0, length));
      bytes.remove_prefix(length);
    }
  }
  return text;
}

}  // namespace hashvet
