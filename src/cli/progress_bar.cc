#include "src/cli/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hashvet::cli {
namespace {

constexpr std::chrono::milliseconds kQuietTime{1000};
constexpr std::chrono::milliseconds kRedrawTime{100};
constexpr size_t kBarCharacters = 30;

bool drawn = false;  // a bar stands on the last line of the terminal

void WriteToTerminal(const std::string& text) {
  // A bar that cannot be drawn is no error.
  [[maybe_unused]] const ssize_t wrote =
      ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ProgressBar::ProgressBar(std::string_view unit, std::optional<uint64_t> total)
    // Results that scroll by on the same terminal show the progress already.
    : shown_(::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) != 1),
      unit_(unit),
      total_(total),
      begin_(Clock::now()),
      next_draw_(begin_ + kQuietTime) {}

void ProgressBar::Advance(uint64_t done) {
  done_ += done;
  if (!shown_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_draw_) return;
  next_draw_ = now + kRedrawTime;

  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double per_second = static_cast<double>(done_) / seconds;
  std::string line = "\r\x1b[K";
  if (total_.has_value() && *total_ > 0) {
    const double part = std::min(
        1.0, static_cast<double>(done_) / static_cast<double>(*total_));
    const auto full = static_cast<size_t>(part * kBarCharacters);
    const double left =
        static_cast<double>(*total_ - std::min(*total_, done_)) / per_second;
    absl::StrAppend(&line, "[", std::string(full, '#'),
                    std::string(kBarCharacters - full, ' '), "] ", done_, "/",
                    *total_, " ", unit_,
                    absl::StrFormat(", %.0f s left", left));
  } else {
    absl::StrAppend(&line, done_, " ", unit_);
  }
  absl::StrAppend(&line, absl::StrFormat(", %.0f/s", per_second));
  WriteToTerminal(line);
  drawn = true;
}

void ProgressBar::ClearLine() {
  if (!drawn) return;
  WriteToTerminal("\r\x1b[K");
  drawn = false;
}

}  // namespace hashvet::cli
