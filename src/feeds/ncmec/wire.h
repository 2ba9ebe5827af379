// NCMEC hash sharing, version 2, as it is on the wire: requests as URLs and
// bodies, answers as XML into plain structs. Nothing of ledgers or checkpoints.

#ifndef HASHVET_SRC_FEEDS_NCMEC_WIRE_H_
#define HASHVET_SRC_FEEDS_NCMEC_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_client.h"
#include "src/feeds/xml_reader.h"

namespace hashvet::ncmec {

struct Fingerprint {
  std::string type;   // the element's name: "md5", "tmk-pdqf"
  std::string value;  // empty where it is large:
  std::string href;   // where the bytes of a large one are
};

// What one member says of one type of fingerprint.
struct MemberFeedback {
  std::string type;  // lower case
  bool affirmative = true;
  std::string member;
  std::string reason;  // of a negative one, its name
};

struct Entry {
  bool video = false;
  bool deleted = false;
  std::string member;  // a number
  std::string member_name;
  std::string id;
  std::optional<uint64_t> timestamp;
  std::string classification;
  std::vector<Fingerprint> fingerprints;
  std::vector<MemberFeedback> feedback;
};

struct Page {
  uint64_t entries = 0;
  std::optional<uint64_t> count;   // that the page states, of both containers
  std::string next;                // a path and query; empty on the last page
  std::vector<uint64_t> nameless;  // which entries, from 1 on, have no identity
};

struct Member {
  std::string id;
  std::string name;
};

struct Identity {  // of `status`
  std::string ip_address;
  std::string username;
  Member member;
};

struct CategorizationGroup {
  std::string name;
  bool allow_multiple = false;
  std::vector<std::string> names;
};

// Paths, to be put after a base.
std::string EntriesPath(uint64_t from, uint64_t to);
std::string ReasonsPath(std::string_view type);
std::string FeedbackPath(std::string_view member, std::string_view id,
                         std::string_view type);
inline constexpr char kStatusPath[] = "/v2/status";
inline constexpr char kMembersPath[] = "/v2/members";
inline constexpr char kCategorizationsPath[] = "/v2/categorizations";

// Whether `next` may be asked for: a path of the entries, on the base.
bool IsPagingPath(std::string_view next);
// How many rows come with and after the page that it asks for, as far as it
// says.
std::optional<uint64_t> RowsFrom(std::string_view next);

// The form of a type in a path: "TMK_PDQF"; nothing for unknown ones.
std::optional<std::string> PathType(std::string_view type);

// The names of elements that fingerprints have: "tmk-pdqf", of all there are.
std::vector<std::string> FingerprintTypes();

// Whether `href` may be asked for: a large fingerprint, on the base.
bool IsFingerprintPath(std::string_view href);

// A negative one names the guids of its reasons.
std::string FeedbackBody(bool affirmative,
                         const std::vector<std::string>& reasons);

// Calls `sink` for each entry. What nobody knows is counted in `drift`.
// Errors: those of ReadXml; protocol for another document.
absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Entry)> sink);
absl::StatusOr<Identity> ReadIdentity(ByteSource source);
absl::StatusOr<std::vector<Member>> ReadMembers(ByteSource source);
absl::StatusOr<std::vector<FeedbackReason>> ReadReasons(ByteSource source);
absl::StatusOr<std::vector<CategorizationGroup>> ReadCategorizations(
    ByteSource source);

}  // namespace hashvet::ncmec

#endif  // HASHVET_SRC_FEEDS_NCMEC_WIRE_H_
