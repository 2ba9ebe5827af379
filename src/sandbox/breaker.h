// Notices when many of the last pictures broke their decoder. Not thread-safe.

#ifndef HASHVET_SRC_SANDBOX_BREAKER_H_
#define HASHVET_SRC_SANDBOX_BREAKER_H_

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hashvet {

class Breaker {
 public:
  using Clock = std::chrono::steady_clock;

  // max_crashes of the last 64 pictures open it; 0: nothing does.
  Breaker(size_t max_crashes, std::chrono::milliseconds pause)
      : max_crashes_(max_crashes), pause_(pause) {}

  // True when this picture opened it.
  bool Note(bool crashed, Clock::time_point now) {
    last_ = last_ << 1 | uint64_t{crashed};
    if (max_crashes_ == 0 ||
        static_cast<size_t>(std::popcount(last_)) < max_crashes_) {
      return false;
    }
    last_ = 0;
    open_until_ = now + pause_;
    return true;
  }

  bool open(Clock::time_point now) const { return now < open_until_; }

 private:
  const size_t max_crashes_;
  const std::chrono::milliseconds pause_;
  uint64_t last_ = 0;  // a bit for each picture, the last one lowest
  Clock::time_point open_until_ = Clock::time_point::min();
};

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_BREAKER_H_
