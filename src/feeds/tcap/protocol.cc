// TCAP in the table of protocols.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "src/feeds/protocols.h"
#include "src/feeds/tcap/client.h"

namespace hashvet {
namespace {

absl::StatusOr<std::unique_ptr<FeedClient>> Make(
    const FeedConfig& config, const std::string& credential,
    const FeedClientOptions& options) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(credential, absl::MaxSplits(':', 1));
  if (parts.first.empty() || parts.second.empty()) {
    return absl::InvalidArgumentError(
        "credential: want USER:PASSWORD in one line");
  }
  tcap::Client::Options made = {.base_url = config.base_url,
                                .user = parts.first,
                                .password = parts.second,
                                .how = options};
  while (made.base_url.ends_with('/')) made.base_url.pop_back();
  HASHVET_ASSIGN_OR_RETURN(auto transport, MakeTransport(config, options));
  return std::unique_ptr<FeedClient>(
      new tcap::Client(std::move(made), std::move(transport)));
}

}  // namespace

FeedProtocol TcapProtocol() {
  return {.name = "tcap",
          .needs_base = true,
          .needs_credential = true,
          .options = {},
          .check = nullptr,
          .make = &Make,
          .describe = &tcap::DescribeCheckpoint};
}

}  // namespace hashvet
