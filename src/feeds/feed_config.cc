#include "hashvet/feeds/feed_config.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/list/key_source.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/protocols.h"
#include "src/feeds/store.h"
#include "src/feeds/url.h"

namespace hashvet {
namespace {

constexpr char kConfigName[] = "feed config";
constexpr uint64_t kMinEveryS = 10;
constexpr uint64_t kMaxEveryS = 30 * 86'400;

absl::Status Wrong(std::string_view field, std::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("feed: ", ToAbsl(field), ": ", ToAbsl(problem)));
}

std::string Write(const FeedConfig& config) {
  JsonWriter json;
  json.Text("protocol", config.protocol);
  json.Text("base_url", config.base_url);
  json.Text("credential", config.credential);
  json.BeginObject("options");
  for (const auto& [name, value] : config.options) json.Text(name, value);
  json.EndObject();
  json.Number("every_s", config.every_s);
  json.Text("ca_file", config.ca_file);
  json.Text("client_certificate", config.client_certificate);
  json.Text("client_key", config.client_key);
  json.BeginArray("pins");
  for (const std::string& pin : config.pins) json.Item(pin);
  json.EndArray();
  json.Text("proxy", config.proxy);
  return json.Finish();
}

absl::StatusOr<FeedConfig> Read(const std::string& text) {
  HASHVET_ASSIGN_OR_RETURN(const JsonValue json,
                           ReadJsonText(text, "the ledger's feed"));
  FeedConfig config = {
      .protocol = std::string(json.TextOf("protocol")),
      .base_url = std::string(json.TextOf("base_url")),
      .credential = std::string(json.TextOf("credential")),
      .ca_file = std::string(json.TextOf("ca_file")),
      .client_certificate = std::string(json.TextOf("client_certificate")),
      .client_key = std::string(json.TextOf("client_key")),
      .proxy = std::string(json.TextOf("proxy"))};
  if (const JsonValue* options = json.Find("options")) {
    for (const auto& [name, value] : options->members) {
      config.options[name] = value.text;
    }
  }
  if (const JsonValue* pins = json.Find("pins")) {
    for (const JsonValue& pin : pins->items) config.pins.push_back(pin.text);
  }
  config.every_s = NumberOf(json, "every_s", config.every_s);
  return config;
}

}  // namespace

uint64_t MinimumWait(const FeedConfig& config) {
  const FeedProtocol* const protocol = FindFeedProtocol(config.protocol);
  if (protocol == nullptr || protocol->min_every_s == 0) return 0;
  const auto url = ParseUrl(config.base_url);
  return url.ok() && IsLoopback(*url) ? 0 : protocol->min_every_s;
}

std::vector<std::string> FeedProtocols() {
  std::vector<std::string> names;
  for (const FeedProtocol& each : AllFeedProtocols()) {
    names.emplace_back(each.name);
  }
  return names;
}

absl::Status CheckFeedConfig(const FeedConfig& config) {
  const FeedProtocol* const protocol = FindFeedProtocol(config.protocol);
  if (protocol == nullptr) {
    return Wrong("protocol",
                 absl::StrCat("got '", config.protocol, "', want one of ",
                              absl::StrJoin(FeedProtocols(), ", ")));
  }
  if (protocol->needs_base != !config.base_url.empty()) {
    return Wrong("base", protocol->needs_base
                             ? "missing, want the URL that requests go to"
                             : absl::StrCat(config.protocol, " has none"));
  }
  if (protocol->needs_base) {
    if (absl::Status status = CheckBaseUrl(config.base_url); !status.ok()) {
      return Wrong("base", ToStd(status.message()));
    }
  }
  if (protocol->needs_credential && config.credential.empty()) {
    return Wrong("credential",
                 "missing, want env:NAME, file:PATH, command:… or fd:N");
  }
  if (!config.credential.empty()) {
    constexpr std::array<std::string_view, 4> kForms = {
        "env:", "file:", "command:", "fd:"};
    if (std::ranges::none_of(kForms, [&](std::string_view form) {
          return std::string_view(config.credential).starts_with(form);
        })) {
      return Wrong("credential",
                   "got none of env:NAME, file:PATH, command:… and fd:N (never "
                   "the secret itself)");
    }
  }
  for (const auto& [name, value] : config.options) {
    if (std::ranges::find(protocol->options, name) == protocol->options.end()) {
      return Wrong(
          "option",
          absl::StrCat(
              "got '", name, "', ", config.protocol,
              protocol->options.empty()
                  ? " has none"
                  : absl::StrCat(" has ",
                                 absl::StrJoin(protocol->options, ", "))));
    }
  }
  const uint64_t min_every_s = std::max(kMinEveryS, MinimumWait(config));
  if (config.every_s < min_every_s || config.every_s > kMaxEveryS) {
    return Wrong("every", absl::StrCat("got ", config.every_s, " s, want ",
                                       min_every_s, "..", kMaxEveryS));
  }
  if (!config.proxy.empty()) {
    if (absl::Status status = CheckProxy(config.proxy); !status.ok()) {
      return Wrong("proxy", ToStd(status.message()));
    }
  }
  return protocol->check == nullptr ? absl::OkStatus()
                                    : protocol->check(config);
}

absl::StatusOr<std::optional<FeedConfig>> LoadFeedConfig(
    Ledger& ledger, const std::string& list) {
  HASHVET_ASSIGN_OR_RETURN(const auto text,
                           ledger.Checkpoint(list, kConfigName));
  if (!text.has_value() || text->empty()) return std::nullopt;
  HASHVET_ASSIGN_OR_RETURN(FeedConfig config, Read(*text));
  return config;
}

namespace {

// Whether a checkpoint of the one means something to the other.
bool SameSource(const FeedConfig& a, const FeedConfig& b) {
  const FeedProtocol* const protocol = FindFeedProtocol(a.protocol);
  if (a.protocol != b.protocol || protocol == nullptr) return false;
  if (protocol->reads_whole) return true;
  // Where files go says nothing of what is read.
  auto of_a = a.options;
  auto of_b = b.options;
  of_a.erase("large");
  of_b.erase("large");
  return a.base_url == b.base_url && of_a == of_b;
}

// Of a list that is fed from elsewhere now: the next sync reads everything.
absl::Status BeginAnew(Ledger& ledger, const std::string& list,
                       bool same_protocol) {
  HASHVET_ASSIGN_OR_RETURN(const FeedState before, LoadFeedState(ledger, list));
  FeedState state = {.full = true, .newest_at = before.newest_at};
  if (same_protocol) state.whole = before.whole;
  return StoreText(ledger, list, kStateName, WriteFeedState(state));
}

}  // namespace

absl::Status StoreFeedConfig(Ledger& ledger, const std::string& list,
                             const std::optional<FeedConfig>& config) {
  // First that it begins anew: where it ends between the two, too much is read
  // and nothing is passed over.
  if (!config.has_value()) {
    HASHVET_RETURN_IF_ERROR(StoreText(ledger, list, kStateName, ""));
    return StoreText(ledger, list, kConfigName, "");
  }
  HASHVET_RETURN_IF_ERROR(CheckFeedConfig(*config));
  HASHVET_ASSIGN_OR_RETURN(const auto before, LoadFeedConfig(ledger, list));
  if (before.has_value() && !SameSource(*before, *config)) {
    HASHVET_RETURN_IF_ERROR(
        BeginAnew(ledger, list, before->protocol == config->protocol));
  }
  return StoreText(ledger, list, kConfigName, Write(*config));
}

absl::StatusOr<FeedPlace> DescribeFeed(const FeedConfig& config,
                                       const std::string& checkpoint) {
  const FeedProtocol* const protocol = FindFeedProtocol(config.protocol);
  if (protocol == nullptr) return Wrong("protocol", "unknown to this build");
  return protocol->describe(checkpoint);
}

absl::StatusOr<std::string> ReadCredential(std::string_view source) {
  std::string secret;
  if (source.starts_with("env:")) {
    const std::string name(source.substr(4));
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') {
      return absl::NotFoundError(
          absl::StrCat("credential: the variable is not set: ", name));
    }
    secret = value;
  } else {
    HASHVET_ASSIGN_OR_RETURN(const PrivateMemory memory, ReadSecret(source));
    const auto bytes = memory.bytes();
    secret.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  for (const char c : secret) {
    if (static_cast<unsigned char>(c) < ' ' || c == 127) {
      return absl::InvalidArgumentError(
          "credential: a control character in it, want one line");
    }
  }
  if (secret.empty()) {
    return absl::InvalidArgumentError("credential: empty");
  }
  return secret;
}

absl::StatusOr<std::unique_ptr<FeedClient>> MakeFeedClient(
    const FeedConfig& config, const FeedClientOptions& options) {
  HASHVET_RETURN_IF_ERROR(CheckFeedConfig(config));
  std::string credential;
  if (!config.credential.empty()) {
    HASHVET_ASSIGN_OR_RETURN(credential, ReadCredential(config.credential));
  }
  return FindFeedProtocol(config.protocol)->make(config, credential, options);
}

}  // namespace hashvet
