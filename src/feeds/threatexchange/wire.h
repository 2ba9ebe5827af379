// Meta's ThreatExchange as it is on the wire: requests of its Graph API as
// targets after a base, answers as JSON into plain structs. Nothing of ledgers
// or checkpoints.

#ifndef HASHVET_SRC_FEEDS_THREATEXCHANGE_WIRE_H_
#define HASHVET_SRC_FEEDS_THREATEXCHANGE_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_client.h"
#include "hashvet/feeds/transport.h"
#include "src/feeds/xml_reader.h"

namespace hashvet::threatexchange {

// What an application clicked on a descriptor.
struct Reaction {
  std::string key;                  // "HELPFUL"
  std::vector<std::string> owners;  // applications
};

// What one application says of an indicator.
struct Descriptor {
  std::string id;
  std::string owner;
  std::string owner_name;  // empty: not told
  std::string status;      // "MALICIOUS"
  std::vector<std::string> tags;
  std::optional<uint64_t> added_at;
  std::vector<Reaction> reactions;
};

struct Update {
  std::string id;
  std::string type;       // "HASH_PDQ"
  std::string indicator;  // the value
  std::optional<uint64_t> updated_at;
  // Said, or nobody describes it any more.
  bool deleted = false;
  std::vector<Descriptor> descriptors;
};

struct UnreadableRow {
  bool has_id = false;
  std::string where;  // "indicator 77", or which of its page
  std::string reason;
};

struct Page {
  uint64_t rows = 0;
  std::string next;  // a target of the updates; empty on the last page
  std::vector<UnreadableRow> unreadable;
};

// Targets: a path and query after the base, without the token.
std::string UpdatesTarget(std::string_view group, uint64_t from, uint64_t to,
                          const std::vector<std::string>& types);
std::string ObjectTarget(std::string_view id, std::string_view fields);

// The target that `next`, a whole URL with the token in it, asks for. Errors:
// protocol: another server, or another thing than the group's updates.
absl::StatusOr<std::string> NextTarget(std::string_view base_url,
                                       std::string_view group,
                                       std::string_view next);

// Letters, digits and underscores, as words and ids of the API are.
bool IsWord(std::string_view text);

// Calls `sink` for each row. What nobody knows is counted in `drift`. Errors:
// those of ReadJson and NextTarget; protocol for another document.
absl::StatusOr<Page> ReadPage(ByteSource source, std::string_view base_url,
                              std::string_view group, FeedCounts& drift,
                              absl::FunctionRef<void(Update)> sink);

// Of ObjectTarget(id, "id,name"). Errors: protocol.
absl::StatusOr<std::string> ReadName(ByteSource source, std::string_view id);
// Of ObjectTarget(id, "descriptors{id,owner}"). Errors: protocol.
absl::StatusOr<std::vector<Descriptor>> ReadDescriptors(ByteSource source,
                                                        std::string_view id);
// Errors: protocol unless it says success.
absl::Status ReadSuccess(ByteSource source);

// The error of an answer that is none of 200 .. 299. The API says with code 400
// what others say with 401 and 429: its own number is in the body.
absl::Status ErrorOf(HttpResponse& response);

}  // namespace hashvet::threatexchange

#endif  // HASHVET_SRC_FEEDS_THREATEXCHANGE_WIRE_H_
