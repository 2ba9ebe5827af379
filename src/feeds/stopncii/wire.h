// StopNCII's JSON, as it is on the wire: pages into plain structs.

#ifndef HASHVET_SRC_FEEDS_STOPNCII_WIRE_H_
#define HASHVET_SRC_FEEDS_STOPNCII_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_client.h"
#include "src/feeds/xml_reader.h"

namespace hashvet::stopncii {

struct Feedback {
  std::string source;
  std::string value;  // "Blocked", "NotBlocked" …
  std::vector<std::string> tags;
};

struct Record {
  uint64_t modified_at = 0;
  std::string type;    // "ImagePDQ"
  std::string value;   // in lower case
  std::string status;  // "Active", "Withdrawn", "Deleted" …
  std::vector<std::pair<std::string, std::string>> cases;  // id, status
  std::vector<Feedback> feedback;
};

struct Page {
  uint64_t records = 0;
  bool has_more = false;
  std::string next_token;
  std::optional<uint64_t> next_start;
  uint64_t unreadable = 0;  // records without type, value or time
};

std::string PagePath(uint64_t start, uint64_t page_size,
                     std::string_view token);
// One opinion of one hash.
std::string FeedbackBody(std::string_view value, bool blocked,
                         const std::vector<std::string>& tags);

// Errors: those of ReadJson; protocol for another document.
absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Record)> sink);

}  // namespace hashvet::stopncii

#endif  // HASHVET_SRC_FEEDS_STOPNCII_WIRE_H_
