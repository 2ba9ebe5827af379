#include "src/feeds/stopncii/wire.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/url.h"

namespace hashvet::stopncii {
namespace {

Feedback ReadFeedback(const JsonValue& json) {
  Feedback feedback = {.source = std::string(json.TextOf("source")),
                       .value = std::string(json.TextOf("feedbackValue"))};
  if (const JsonValue* tags = json.Find("tags")) {
    for (const JsonValue& tag : tags->items) feedback.tags.push_back(tag.text);
  }
  return feedback;
}

// Nothing where it cannot be told what it is about.
std::optional<Record> ReadRecord(const JsonValue& json, FeedCounts& drift) {
  Record record;
  std::optional<int64_t> modified;
  for (const JsonMember& member : json.members) {
    const JsonValue& value = member.value;
    if (member.name == "lastModtimestamp") {
      modified = value.Integer();
    } else if (member.name == "signalType") {
      record.type = value.text;
    } else if (member.name == "hashValue") {
      record.value =
          absl::AsciiStrToLower(absl::StripAsciiWhitespace(value.text));
    } else if (member.name == "hashStatus") {
      record.status = value.text;
    } else if (member.name == "caseNumbers") {
      for (const JsonMember& each : value.members) {
        record.cases.emplace_back(each.name, each.value.text);
      }
    } else if (member.name == "CSPFeedbacks") {
      for (const JsonValue& each : value.items) {
        record.feedback.push_back(ReadFeedback(each));
      }
    } else if (member.name != "hashRegions") {
      ++drift[absl::StrCat("hashRecords[].", member.name)];
    }
  }
  if (!modified.has_value() || *modified < 0 || record.type.empty() ||
      record.value.empty()) {
    return std::nullopt;
  }
  record.modified_at = static_cast<uint64_t>(*modified);
  return record;
}

}  // namespace

std::string PagePath(uint64_t start, uint64_t page_size,
                     std::string_view token) {
  return absl::StrCat(
      "/FetchHashes?startTimestamp=", start, "&pageSize=", page_size,
      token.empty() ? "" : "&nextPageToken=", QueryEscaped(token));
}

std::string FeedbackBody(std::string_view value, bool blocked,
                         const std::vector<std::string>& tags) {
  JsonWriter json;
  json.Number("count", 1);
  json.BeginArray("hashFeedbacks");
  json.BeginItem();
  json.BeginArray("tags");
  for (const std::string& tag : tags) json.Item(tag);
  json.EndArray();
  json.Text("feedbackValue", blocked ? "Blocked" : "NotBlocked");
  json.Text("hashValue", value);
  json.EndObject();
  json.EndArray();
  return json.Finish();
}

absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Record)> sink) {
  constexpr std::array<std::string_view, 1> kStreamed = {"hashRecords"};
  Page page;
  HASHVET_ASSIGN_OR_RETURN(
      const JsonValue root,
      ReadJson(source, "StopNCII page", kStreamed,
               [&](std::string_view, const JsonValue& json) {
                 ++page.records;
                 auto record = ReadRecord(json, drift);
                 if (record.has_value()) {
                   sink(*std::move(record));
                 } else {
                   ++page.unreadable;
                 }
                 return absl::OkStatus();
               }));
  const auto wrong = [](absl::string_view why) {
    return FeedError(FeedCause::kProtocol,
                     absl::StrCat("StopNCII page: ", why));
  };
  const JsonValue* const records = root.Find("hashRecords");
  if (records == nullptr || !records->is_array()) {
    return wrong("no hashRecords");
  }
  const JsonValue* const more = root.Find("hasMoreRecords");
  if (more == nullptr || !more->Bool().has_value()) {
    return wrong("no hasMoreRecords");
  }
  page.has_more = *more->Bool();
  page.next_token = root.TextOf("nextPageToken");
  if (const JsonValue* next = root.Find("nextSetTimestamp")) {
    const auto number = next->Integer();
    if (number.has_value() && *number >= 0) {
      page.next_start = static_cast<uint64_t>(*number);
    }
  }
  if (page.has_more && page.next_token.empty()) {
    return wrong("more records, and no nextPageToken");
  }
  if (!page.has_more && !page.next_start.has_value()) {
    return wrong("no nextSetTimestamp");
  }
  if (const JsonValue* count = root.Find("count")) {
    if (count->Integer() != static_cast<int64_t>(page.records)) {
      return wrong(
          absl::StrCat(page.records, " records, its count says ", count->text));
    }
  }
  return page;
}

}  // namespace hashvet::stopncii
