#include "hashvet/base/deadline.h"

namespace hashvet {

absl::Status CheckTime(const Deadline& deadline,
                       const Cancellation* cancellation) {
  if (cancellation != nullptr && cancellation->cancelled()) {
    return absl::CancelledError("the caller cancelled the request");
  }
  if (deadline.passed()) {
    return absl::DeadlineExceededError("the request's deadline passed");
  }
  return absl::OkStatus();
}

}  // namespace hashvet
