#include "src/feeds/protocols.h"

#include <algorithm>
#include <array>

#include "hashvet/base/status.h"
#include "src/feeds/url.h"

namespace hashvet {

std::span<const FeedProtocol> AllFeedProtocols() {
  static const auto* const protocols = new std::array<FeedProtocol, 7>{
      NcmecProtocol(), StopNciiProtocol(), ThreatExchangeProtocol(),
      TcapProtocol(),  PeerProtocol(),     FileProtocol(),
      UrlProtocol()};
  return *protocols;
}

const FeedProtocol* FindFeedProtocol(std::string_view name) {
  const auto all = AllFeedProtocols();
  const auto found = std::ranges::find(all, name, &FeedProtocol::name);
  return found == all.end() ? nullptr : &*found;
}

TransportOptions TransportOptionsOf(const FeedConfig& config,
                                    const FeedClientOptions& options) {
  return {.ca_file = config.ca_file,
          .client_certificate = config.client_certificate,
          .client_key = config.client_key,
          .pins = config.pins,
          .proxy = config.proxy,
          .cancelled = options.cancelled};
}

absl::StatusOr<std::unique_ptr<Transport>> MakeTransport(
    const FeedConfig& config, const FeedClientOptions& options) {
  return Transport::Create(TransportOptionsOf(config, options));
}

absl::Status CheckProxy(std::string_view text) {
  HASHVET_ASSIGN_OR_RETURN(const Url url, ParseUrl(text));
  if (url.scheme != "http" && url.scheme != "https") {
    return absl::InvalidArgumentError("want http://host:port or https://");
  }
  if (url.has_user) {
    return absl::InvalidArgumentError("credentials in it are not taken");
  }
  return absl::OkStatus();
}

}  // namespace hashvet
