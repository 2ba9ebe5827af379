// StopNCII in the table of protocols.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "src/feeds/protocols.h"
#include "src/feeds/stopncii/client.h"

namespace hashvet {
namespace {

absl::StatusOr<std::unique_ptr<FeedClient>> Make(
    const FeedConfig& config, const std::string& credential,
    const FeedClientOptions& options) {
  const std::vector<std::string> keys = absl::StrSplit(credential, ':');
  if (keys.size() < 2 || keys.size() > 3 || keys[0].empty() ||
      keys[1].empty()) {
    return absl::InvalidArgumentError(
        "credential: want FUNCTION_KEY:SUBSCRIPTION_KEY, or with "
        ":FEEDBACK_KEY, in one line");
  }
  stopncii::Client::Options made = {.base_url = config.base_url,
                                    .function_key = keys[0],
                                    .subscription_key = keys[1],
                                    .how = options};
  if (keys.size() == 3) made.feedback_key = keys[2];
  while (made.base_url.ends_with('/')) made.base_url.pop_back();
  HASHVET_ASSIGN_OR_RETURN(auto transport, MakeTransport(config, options));
  return std::unique_ptr<FeedClient>(
      new stopncii::Client(std::move(made), std::move(transport)));
}

}  // namespace

FeedProtocol StopNciiProtocol() {
  return {.name = "stopncii",
          .needs_base = true,
          .needs_credential = true,
          .options = {},
          .check = nullptr,
          .make = &Make,
          .describe = &stopncii::DescribeCheckpoint};
}

}  // namespace hashvet
