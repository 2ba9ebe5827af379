// ThreatExchange in the table of protocols.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "src/feeds/protocols.h"
#include "src/feeds/threatexchange/client.h"

namespace hashvet {
namespace {

std::string OptionOf(const FeedConfig& config, std::string_view name) {
  const auto found = config.options.find(name);
  return found == config.options.end() ? "" : found->second;
}

std::vector<std::string> TypesOf(const FeedConfig& config) {
  const std::string text = OptionOf(config, "types");
  if (text.empty()) return {};
  return absl::StrSplit(text, ',');
}

absl::Status Check(const FeedConfig& config) {
  if (!threatexchange::IsWord(OptionOf(config, "group"))) {
    return absl::InvalidArgumentError(
        "feed: option group: want the privacy group's id: "
        "group=1012185296055235");
  }
  for (const std::string& type : TypesOf(config)) {
    if (!threatexchange::IsWord(type)) {
      return absl::InvalidArgumentError(
          "feed: option types: want types of indicators between commas: "
          "HASH_PDQ,HASH_VIDEO_MD5");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FeedClient>> Make(
    const FeedConfig& config, const std::string& credential,
    const FeedClientOptions& options) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(credential, absl::MaxSplits('|', 1));
  if (!threatexchange::IsWord(parts.first) || parts.second.empty()) {
    return absl::InvalidArgumentError(
        "credential: want APP|SECRET in one line");
  }
  threatexchange::Client::Options made = {.base_url = config.base_url,
                                          .group = OptionOf(config, "group"),
                                          .app = parts.first,
                                          .token = credential,
                                          .types = TypesOf(config),
                                          .how = options};
  while (made.base_url.ends_with('/')) made.base_url.pop_back();
  HASHVET_ASSIGN_OR_RETURN(auto transport, MakeTransport(config, options));
  return std::unique_ptr<FeedClient>(
      new threatexchange::Client(std::move(made), std::move(transport)));
}

}  // namespace

FeedProtocol ThreatExchangeProtocol() {
  return {.name = "threatexchange",
          .needs_base = true,
          .needs_credential = true,
          .options = {"group", "types"},
          .check = &Check,
          .make = &Make,
          .describe = &threatexchange::DescribeCheckpoint};
}

}  // namespace hashvet
