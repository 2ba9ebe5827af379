// Where a list comes from: kept in the ledger with the list, so that a backup
// has both. It names credentials and never holds them.

#ifndef HASHVET_FEEDS_FEED_CONFIG_H_
#define HASHVET_FEEDS_FEED_CONFIG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/feeds/feed_client.h"
#include "hashvet/feeds/transport.h"
#include "hashvet/ledger/ledger.h"

namespace hashvet {

struct FeedConfig {
  std::string protocol;  // one of FeedProtocols()
  std::string base_url;  // of those that ask a server
  std::string
      credential;  // where it lies: env:NAME, file:PATH, command:…, fd:N
  // What the protocol asks for beyond that, by name.
  std::map<std::string, std::string, std::less<>> options;
  uint64_t every_s = 900;  // between syncs of a daemon
  std::string ca_file;
  std::string client_certificate;
  std::string client_key;
  std::vector<std::string> pins;
  std::string proxy;

  friend bool operator==(const FeedConfig&, const FeedConfig&) = default;
};

// What the provider asks to be left alone for between two syncs, in seconds; 0
// where it asks nothing, and for simulators on loopback.
HASHVET_EXPORT uint64_t MinimumWait(const FeedConfig& config);

// "ncmec" and the others of this build.
HASHVET_EXPORT std::vector<std::string> FeedProtocols();

// Errors: InvalidArgument, naming the field: an unknown protocol or option, a
// base that is neither https nor loopback, no credential where one is needed.
HASHVET_EXPORT absl::Status CheckFeedConfig(const FeedConfig& config);

// In the ledger, of a list: one or none. Errors: NotFound (no such list);
// DataLoss (what is kept cannot be read); those of the ledger.
HASHVET_EXPORT absl::StatusOr<std::optional<FeedConfig>> LoadFeedConfig(
    Ledger& ledger, const std::string& list);
// Nothing takes it away, with what the feed knows of how far it has read. A
// feed from elsewhere (protocol, base, options) than before reads
// everything anew at its next sync, and what is there serves until then.
HASHVET_EXPORT absl::Status StoreFeedConfig(
    Ledger& ledger, const std::string& list,
    const std::optional<FeedConfig>& config);

// The secret that `source` names, without a line break at its end. Errors: as
// ReadSecret; NotFound for a variable that is not set.
HASHVET_EXPORT absl::StatusOr<std::string> ReadCredential(
    std::string_view source);

struct FeedClientOptions {
  std::function<uint64_t()> now;      // seconds since 1970; empty: the clock
  std::function<bool()> cancelled;    // may be empty
  std::function<void(double)> sleep;  // seconds; empty: sleeps
  // Tried so often at once when a server does not answer or is cut off.
  int max_tries = 4;
};

// The client for a feed, with its credential read. Errors: those of
// CheckFeedConfig, ReadCredential and Transport::Create.
HASHVET_EXPORT absl::StatusOr<std::unique_ptr<FeedClient>> MakeFeedClient(
    const FeedConfig& config, const FeedClientOptions& options = {});

// What a feed's checkpoint says, for people: no credential is needed. Errors:
// InvalidArgument (an unknown protocol).
HASHVET_EXPORT absl::StatusOr<FeedPlace> DescribeFeed(
    const FeedConfig& config, const std::string& checkpoint);

}  // namespace hashvet

#endif  // HASHVET_FEEDS_FEED_CONFIG_H_
