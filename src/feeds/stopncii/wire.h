// StopNCII's API, version 1, as it is on the wire: requests as paths and
// bodies, answers as JSON into plain structs. Nothing of ledgers or
// checkpoints.

#ifndef HASHVET_SRC_FEEDS_STOPNCII_WIRE_H_
#define HASHVET_SRC_FEEDS_STOPNCII_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_client.h"
#include "src/feeds/json_reader.h"

namespace hashvet::stopncii {

inline constexpr uint64_t kFirstTimestamp = 10;  // what clients begin with
inline constexpr uint64_t kPageSize = 800;
inline constexpr size_t kMaxTokenBytes = 8192;

// What one platform says of a hash.
struct CspFeedback {
  std::string source;
  std::string value;  // "Blocked", "NotBlocked" …
  std::vector<std::string> tags;
};

// One hash, with all the cases that it belongs to.
struct Record {
  std::optional<uint64_t> changed_at;  // seconds since 1970
  std::string signal_type;             // "ImagePDQ"
  std::string value;
  std::string status;                                      // "Active"
  std::vector<std::pair<std::string, std::string>> cases;  // id, status
  std::vector<CspFeedback> feedback;
};

struct Page {
  uint64_t records = 0;
  bool has_more = false;
  std::string token;  // of the next page
  std::optional<uint64_t> next_start;
  std::vector<std::string> unreadable;  // records without identity: the reason
};

// Paths, to be put after a base.
std::string FetchPath(uint64_t start, uint64_t page_size,
                      std::string_view token);
inline constexpr char kFeedbackPath[] = "/SubmitFeedback";

std::string FeedbackBody(std::string_view value, bool affirmative,
                         const std::vector<std::string>& tags);

// Calls `sink` for each record. What nobody knows is counted in `drift`.
// Errors: those of ReadJson; protocol where it does not say whether more
// follows, or how to ask for it.
absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Record)> sink);

}  // namespace hashvet::stopncii

#endif  // HASHVET_SRC_FEEDS_STOPNCII_WIRE_H_
