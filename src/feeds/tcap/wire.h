// Tech Against Terrorism's TCAP hash list, version 2, as it is on the wire:
// requests as paths and bodies, answers as JSON into plain structs. Nothing of
// ledgers or checkpoints.

#ifndef HASHVET_SRC_FEEDS_TCAP_WIRE_H_
#define HASHVET_SRC_FEEDS_TCAP_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_client.h"
#include "src/feeds/json_reader.h"

namespace hashvet::tcap {

inline constexpr char kTokenPath[] = "/token-auth/tcap/";
inline constexpr char kListPath[] = "/api/hash-list/v2/all";

struct Row {
  std::string id;
  std::string algorithm;  // "MD5", "PDQ"
  std::string digest;
  std::string ideology;
  std::string file_type;
  bool deleted = false;
  std::optional<double> updated_on;  // seconds since 1970
  std::optional<double> created_on;
};

struct Page {
  uint64_t rows = 0;
  std::string next;                     // a URL; empty on the last page
  std::string checkpoint;               // may be empty
  std::vector<std::string> unreadable;  // rows that say nothing: the reason
};

std::string TokenBody(std::string_view user, std::string_view password);
// What changed after `checkpoint`, which is opaque; empty: everything.
std::string ListPath(std::string_view checkpoint);

// A number in the query of a URL or path.
std::optional<uint64_t> NumberIn(std::string_view url, std::string_view name);
// The same with another number there. REQUIRES: NumberIn(url, name)
std::string WithNumber(std::string_view url, std::string_view name,
                       uint64_t number);

// Errors: those of ReadJson; protocol where there is none.
absl::StatusOr<std::string> ReadToken(ByteSource source);
// Calls `sink` for each row. What nobody knows is counted in `drift`. Errors:
// those of ReadJson; protocol where it does not say whether more follows.
absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Row)> sink);

}  // namespace hashvet::tcap

#endif  // HASHVET_SRC_FEEDS_TCAP_WIRE_H_
