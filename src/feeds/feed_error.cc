#include "hashvet/feeds/feed_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

constexpr char kCauseType[] = "hashvet/feed-cause";
constexpr char kRetryAfterType[] = "hashvet/retry-after";

std::optional<uint64_t> NumberIn(const absl::Status& status, const char* type) {
  const auto payload = status.GetPayload(type);
  uint64_t number = 0;
  if (!payload.has_value() ||
      !absl::SimpleAtoi(std::string(*payload), &number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string_view NameOf(FeedCause cause) {
  switch (cause) {
    case FeedCause::kNetwork:
      return "network";
    case FeedCause::kAuthentication:
      return "authentication";
    case FeedCause::kProtocol:
      return "protocol";
    case FeedCause::kStale:
      return "stale";
  }
  return "";
}

absl::Status FeedError(FeedCause cause, absl::StatusCode code,
                       std::string_view message) {
  absl::Status status(code, ToAbsl(message));
  status.SetPayload(kCauseType,
                    absl::Cord(absl::StrCat(static_cast<int>(cause))));
  return status;
}

absl::Status FeedError(FeedCause cause, std::string_view message) {
  switch (cause) {
    case FeedCause::kNetwork:
      return FeedError(cause, absl::StatusCode::kUnavailable, message);
    case FeedCause::kAuthentication:
      return FeedError(cause, absl::StatusCode::kPermissionDenied, message);
    case FeedCause::kStale:
      return FeedError(cause, absl::StatusCode::kOutOfRange, message);
    case FeedCause::kProtocol:
      break;
  }
  return FeedError(cause, absl::StatusCode::kDataLoss, message);
}

std::optional<FeedCause> CauseOf(const absl::Status& status) {
  const auto number = NumberIn(status, kCauseType);
  if (!number.has_value() ||
      *number > static_cast<uint64_t>(FeedCause::kStale)) {
    return std::nullopt;
  }
  return static_cast<FeedCause>(*number);
}

absl::Status WithRetryAfter(absl::Status status, uint64_t seconds) {
  status.SetPayload(kRetryAfterType, absl::Cord(absl::StrCat(seconds)));
  return status;
}

std::optional<uint64_t> RetryAfterOf(const absl::Status& status) {
  return NumberIn(status, kRetryAfterType);
}

}  // namespace hashvet
