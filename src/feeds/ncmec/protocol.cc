// NCMEC in the table of protocols.

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "src/feeds/ncmec/client.h"
#include "src/feeds/protocols.h"
#include "src/feeds/utc.h"

namespace hashvet {
namespace {

std::string OptionOf(const FeedConfig& config, std::string_view name) {
  const auto found = config.options.find(name);
  return found == config.options.end() ? "" : found->second;
}

absl::StatusOr<std::set<std::string>> MembersOf(const FeedConfig& config) {
  std::set<std::string> members;
  const std::string text = OptionOf(config, "members");
  if (text.empty()) return members;
  for (const absl::string_view member : absl::StrSplit(text, ',')) {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(member, &number)) {
      return absl::InvalidArgumentError(
          "feed: option members: want numbers between commas: 12,34");
    }
    members.insert(absl::StrCat(number));
  }
  return members;
}

absl::StatusOr<uint64_t> SinceOf(const FeedConfig& config) {
  const std::string text = OptionOf(config, "since");
  if (text.empty()) return 0;
  const auto since = ParseUtc(text);
  if (!since.has_value()) {
    return absl::InvalidArgumentError(
        "feed: option since: want a time: 2026-01-31T00:00:00Z");
  }
  return *since;
}

absl::Status Check(const FeedConfig& config) {
  HASHVET_RETURN_IF_ERROR(MembersOf(config).status());
  return SinceOf(config).status();
}

absl::StatusOr<std::unique_ptr<FeedClient>> Make(
    const FeedConfig& config, const std::string& credential,
    const FeedClientOptions& options) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(credential, absl::MaxSplits(':', 1));
  if (parts.first.empty() || parts.second.empty()) {
    return absl::InvalidArgumentError(
        "credential: want USER:PASSWORD in one line");
  }
  ncmec::Client::Options made = {.base_url = config.base_url,
                                 .user = parts.first,
                                 .password = parts.second,
                                 .how = options};
  while (made.base_url.ends_with('/')) made.base_url.pop_back();
  HASHVET_ASSIGN_OR_RETURN(made.members, MembersOf(config));
  HASHVET_ASSIGN_OR_RETURN(made.since, SinceOf(config));
  if (const std::string large = OptionOf(config, "large"); !large.empty()) {
    HASHVET_ASSIGN_OR_RETURN(made.large, ncmec::LargeFiles::Open(large));
  }
  HASHVET_ASSIGN_OR_RETURN(auto transport, MakeTransport(config, options));
  return std::unique_ptr<FeedClient>(
      new ncmec::Client(std::move(made), std::move(transport)));
}

}  // namespace

FeedProtocol NcmecProtocol() {
  return {.name = "ncmec",
          .needs_base = true,
          .needs_credential = true,
          .options = {"members", "since", "large"},
          .check = &Check,
          .make = &Make,
          .describe = &ncmec::DescribeCheckpoint,
          .min_every_s = 600};
}

}  // namespace hashvet
