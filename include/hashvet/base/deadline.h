// How long a request may take, and whether its caller still wants it.

#ifndef HASHVET_BASE_DEADLINE_H_
#define HASHVET_BASE_DEADLINE_H_

#include <atomic>
#include <chrono>

#include "absl/status/status.h"
#include "hashvet/base/export.h"

namespace hashvet {

// Set by the caller from any thread; read between units of work. Thread-safe.
class Cancellation {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_ = false;
};

// A point on the steady clock, or never. A copyable value.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline Never() { return Deadline(Clock::time_point::max()); }
  static Deadline After(std::chrono::milliseconds timeout) {
    return Deadline(Clock::now() + timeout);
  }

  Deadline() : Deadline(Never()) {}

  bool never() const { return when_ == Clock::time_point::max(); }
  bool passed() const { return !never() && Clock::now() >= when_; }

 private:
  explicit Deadline(Clock::time_point when) : when_(when) {}
  Clock::time_point when_;
};

// DeadlineExceeded, Cancelled or OK. `cancellation` may be null.
HASHVET_EXPORT absl::Status CheckTime(const Deadline& deadline,
                                      const Cancellation* cancellation);

}  // namespace hashvet

#endif  // HASHVET_BASE_DEADLINE_H_
