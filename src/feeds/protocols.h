// The protocols of this build, in one table: what a feed of each is to be told,
// and how its client is made.

#ifndef HASHVET_SRC_FEEDS_PROTOCOLS_H_
#define HASHVET_SRC_FEEDS_PROTOCOLS_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_config.h"

namespace hashvet {

struct FeedProtocol {
  std::string_view name;
  bool needs_base;
  bool needs_credential;
  std::vector<std::string> options;
  absl::Status (*check)(const FeedConfig& config);  // may be null
  absl::StatusOr<std::unique_ptr<FeedClient>> (*make)(
      const FeedConfig& config, const std::string& credential,
      const FeedClientOptions& options);
  FeedPlace (*describe)(const std::string& checkpoint);
  // Each sync reads all of it, or knows by its checkpoint how it was read.
  bool reads_whole = false;
  // What the provider asks to be left alone for between two syncs.
  uint64_t min_every_s = 0;
};

std::span<const FeedProtocol> AllFeedProtocols();
const FeedProtocol* FindFeedProtocol(std::string_view name);  // may be null

// Each in its own folder.
FeedProtocol NcmecProtocol();
FeedProtocol StopNciiProtocol();
FeedProtocol TcapProtocol();
FeedProtocol FileProtocol();
FeedProtocol UrlProtocol();
FeedProtocol ThreatExchangeProtocol();
FeedProtocol PeerProtocol();

TransportOptions TransportOptionsOf(const FeedConfig& config,
                                    const FeedClientOptions& options);
// As the feed's configuration says. Errors: Transport::Create's.
absl::StatusOr<std::unique_ptr<Transport>> MakeTransport(
    const FeedConfig& config, const FeedClientOptions& options);

// A proxy that credentials are not in: http://host:port or https://.
absl::Status CheckProxy(std::string_view url);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_PROTOCOLS_H_
