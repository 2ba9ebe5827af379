// StopNCII in the table of protocols.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "src/feeds/protocols.h"
#include "src/feeds/stopncii/client.h"

namespace hashvet {
namespace {

constexpr uint64_t kPageSize = 800;  // the provider's clients ask for so many
constexpr uint64_t kMaxPageSize = 10'000;

absl::StatusOr<uint64_t> PageSizeOf(const FeedConfig& config) {
  const auto found = config.options.find("page_size");
  if (found == config.options.end()) return kPageSize;
  uint64_t size = 0;
  if (absl::SimpleAtoi(found->second, &size) && size >= 1 &&
      size <= kMaxPageSize) {
    return size;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("feed: option page_size: want 1..", kMaxPageSize));
}

absl::Status Check(const FeedConfig& config) {
  return PageSizeOf(config).status();
}

absl::StatusOr<std::unique_ptr<FeedClient>> Make(
    const FeedConfig& config, const std::string& credential,
    const FeedClientOptions& options) {
  const std::pair<std::string, std::string> keys =
      absl::StrSplit(credential, absl::MaxSplits(':', 1));
  if (keys.first.empty() || keys.second.empty()) {
    return absl::InvalidArgumentError(
        "credential: want FUNCTION_KEY:SUBSCRIPTION_KEY in one line");
  }
  HASHVET_ASSIGN_OR_RETURN(const uint64_t page_size, PageSizeOf(config));
  HASHVET_ASSIGN_OR_RETURN(auto transport, MakeTransport(config, options));
  std::string base = config.base_url;
  while (base.ends_with('/')) base.pop_back();
  return std::unique_ptr<FeedClient>(
      new stopncii::Client(std::move(base), page_size, keys.first, keys.second,
                           options, std::move(transport)));
}

}  // namespace

FeedProtocol StopNciiProtocol() {
  return {.name = "stopncii",
          .needs_base = true,
          .needs_credential = true,
          .options = {"page_size"},
          .check = &Check,
          .make = &Make,
          .describe = &stopncii::DescribeCheckpoint};
}

}  // namespace hashvet
