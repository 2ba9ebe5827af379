#include "src/feeds/retry.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "hashvet/feeds/feed_error.h"

namespace hashvet {
namespace {

// As long, or until it is to end.
void Wait(const FeedClientOptions& options, double seconds) {
  constexpr double kStepS = 0.1;
  if (options.sleep) return options.sleep(seconds);
  const auto is_over = [&] { return options.cancelled && options.cancelled(); };
  for (; seconds > 0 && !is_over(); seconds -= kStepS) {
    std::this_thread::sleep_for(
        std::chrono::duration<double>(std::min(seconds, kStepS)));
  }
}

}  // namespace

absl::Status Retrying(const FeedClientOptions& options, bool retry_unreadable,
                      absl::FunctionRef<absl::Status()> attempt) {
  double wait_s = 0.2;
  for (int tries = 1;; ++tries) {
    const absl::Status status = attempt();
    if (status.ok() || tries >= options.max_tries) return status;
    const auto cause = CauseOf(status);
    const bool may_help = cause == FeedCause::kNetwork ||
                          (retry_unreadable && cause == FeedCause::kProtocol &&
                           status.code() == absl::StatusCode::kDataLoss);
    if (!may_help) return status;
    const auto asked = RetryAfterOf(status);
    if (asked.has_value()) {
      if (static_cast<double>(*asked) > kMaxWaitS) return status;
      wait_s = std::max(wait_s, static_cast<double>(*asked));
    }
    Wait(options, wait_s);
    wait_s *= 2;
  }
}

}  // namespace hashvet
