// How far a long command is, on standard error: only when that is a terminal,
// results go elsewhere, and the work has lasted a second.

#ifndef HASHVET_SRC_CLI_PROGRESS_BAR_H_
#define HASHVET_SRC_CLI_PROGRESS_BAR_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hashvet::cli {

// Not thread-safe; one at a time.
class ProgressBar {
 public:
  // unit   what is counted: "files"
  // total  where it is known
  ProgressBar(std::string_view unit, std::optional<uint64_t> total);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { ClearLine(); }

  // Shows the new count, at most ten times a second.
  void Advance(uint64_t done = 1);

  // Takes a shown bar off the screen, so that a line can be written there.
  static void ClearLine();

 private:
  using Clock = std::chrono::steady_clock;

  const bool shown_;
  const std::string unit_;
  const std::optional<uint64_t> total_;
  const Clock::time_point begin_;
  Clock::time_point next_draw_;
  uint64_t done_ = 0;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_PROGRESS_BAR_H_
