#include "hashvet/feeds/feed_client.h"

namespace hashvet {

absl::Status FeedClient::ReadAll(absl::FunctionRef<absl::Status(FeedPage)>) {
  return absl::UnimplementedError("feed: it tells what changed, page by page");
}

absl::StatusOr<std::vector<FeedbackReason>> FeedClient::Reasons(
    const std::string&) {
  return absl::UnimplementedError("feed: its source takes no feedback");
}

absl::Status FeedClient::SendFeedback(const FeedbackItem&) {
  return absl::UnimplementedError("feed: its source takes no feedback");
}

}  // namespace hashvet
