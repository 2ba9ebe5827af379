#include "src/cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "src/cli/progress_bar.h"

namespace hashvet::cli {
namespace {

constexpr size_t kBufferBytes = size_t{64} << 10;

// 0, or the errno of the write that failed.
int WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return 0;
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

void Output::Line(std::string_view line) {
  Text(line);
  Text("\n");
}

void Output::Text(std::string_view text) {
  if (failed()) return;
  buffer_.append(text);
  if (buffer_.size() >= kBufferBytes) Flush();
}

void Output::Flush() {
  if (failed()) return;
  if (const int error = WriteAll(STDOUT_FILENO, buffer_); error != 0) {
    status_ = absl::ResourceExhaustedError(
        absl::StrCat("cannot write: ", std::strerror(error),
                     ": standard output; results are missing"));
  }
  buffer_.clear();
}

ExitCode Output::Finish(ExitCode code) {
  Flush();
  if (status_.ok()) return code;
  Say(ToStd(status_.message()));
  return ExitCode::kUsage;
}

void Say(std::string_view text) {
  ProgressBar::ClearLine();
  // What cannot be told on standard error cannot be told at all.
  (void)WriteAll(
      STDERR_FILENO,
      absl::StrCat("hashvet: ", Escaped(WithoutHashWords(text)), "\n"));
}

std::string WithoutHashWords(std::string_view text) {
  // No number has more than 20 digits, versions of lists and ids of keys have
  // 16. A hash with a wrong character or two has a run of this length left.
  constexpr size_t kMinDigits = 21;
  constexpr std::string_view kBetweenWords = " \t\n:=,;'\"()[]<>";
  std::string clean;
  while (!text.empty()) {
    const size_t begin =
        std::min(text.find_first_not_of(kBetweenWords), text.size());
    clean.append(text.substr(0, begin));
    text.remove_prefix(begin);
    const std::string word(text.substr(0, text.find_first_of(kBetweenWords)));
    text.remove_prefix(word.size());
    const std::string shown = WithoutHashes(word, kMinDigits);
    std::error_code ignored;
    const bool is_name = shown == word ||
                         word.find_first_of("/.") != std::string::npos ||
                         std::filesystem::exists(word, ignored);
    clean.append(is_name ? word : shown);
  }
  return clean;
}

namespace {

// Bytes at the beginning of `text` that are a control character of Unicode's
// beyond ASCII: those that terminals obey (U+0080 to U+009F), and those that
// turn the direction of what follows.
size_t WideControlBytes(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;
  if (byte(0) != 0xE2) return 0;
  const bool turns = (byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) ||
                     (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);
  return turns ? 3 : 0;
}

void AppendHex(char c, std::string& text) {
  absl::StrAppend(&text, "\\x",
                  absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
}

}  // namespace

std::string Escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (const size_t wide = WideControlBytes(text.substr(i)); wide > 0) {
      for (const char c : text.substr(i, wide)) AppendHex(c, escaped);
      i += wide - 1;
      continue;
    }
    const char c = text[i];
    switch (c) {
      case '\n':
        escaped += "\\n";
        break;
      case '\t':
        escaped += "\\t";
        break;
      case '\r':
        escaped += "\\r";
        break;
      case '\\':
        escaped += "\\\\";
        break;
      default:
        if (IsControl(c)) {
          AppendHex(c, escaped);
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

std::string Field(std::string_view text) {
  return text.empty() ? "-" : Escaped(text);
}

}  // namespace hashvet::cli
