#include "src/feeds/stopncii/wire.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/url.h"

namespace hashvet::stopncii {
namespace {

constexpr std::string_view kRecords = "hashRecords";
// A hash of which everybody makes a case is still one.
constexpr size_t kMaxMembers = 100'000;

std::optional<uint64_t> SecondsOf(const JsonValue& value) {
  const auto number = value.Integer();
  if (!number.has_value() || *number < 0) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

CspFeedback ReadFeedback(const JsonValue& json, FeedCounts& drift) {
  CspFeedback feedback;
  for (const auto& [name, value] : json.members) {
    if (name == "source") {
      feedback.source = value.text;
    } else if (name == "feedbackValue") {
      feedback.value = value.text;
    } else if (name == "tags") {
      for (const JsonValue& tag : value.items) {
        feedback.tags.push_back(tag.text);
      }
    } else {
      ++drift[absl::StrCat("hashRecords/CSPFeedbacks/", name)];
    }
  }
  return feedback;
}

Record ReadRecord(const JsonValue& json, FeedCounts& drift) {
  Record record;
  for (const auto& [name, value] : json.members) {
    if (name == "lastModtimestamp") {
      record.changed_at = SecondsOf(value);
      if (!record.changed_at.has_value()) {
        ++drift["hashRecords/lastModtimestamp (unreadable)"];
      }
    } else if (name == "signalType") {
      record.signal_type = value.text;
    } else if (name == "hashValue") {
      record.value = value.text;
    } else if (name == "hashStatus") {
      record.status = value.text;
    } else if (name == "caseNumbers") {
      for (const auto& [id, status] : value.members) {
        record.cases.emplace_back(id, status.text);
      }
    } else if (name == "CSPFeedbacks") {
      for (const JsonValue& each : value.items) {
        record.feedback.push_back(ReadFeedback(each, drift));
      }
    } else if (name != "hashRegions") {
      ++drift[absl::StrCat("hashRecords/", name)];
    }
  }
  return record;
}

absl::Status Unreadable(std::string_view what) {
  return FeedError(FeedCause::kProtocol,
                   absl::StrCat("StopNCII hashes: ", ToAbsl(what)));
}

}  // namespace

std::string FetchPath(uint64_t start, uint64_t page_size,
                      std::string_view token) {
  std::string path = absl::StrCat("/FetchHashes?startTimestamp=", start,
                                  "&pageSize=", page_size);
  if (!token.empty()) {
    absl::StrAppend(&path, "&nextPageToken=", QueryEscaped(token));
  }
  return path;
}

std::string FeedbackBody(std::string_view value, bool affirmative,
                         const std::vector<std::string>& tags) {
  JsonWriter json;
  json.Number("count", 1);
  json.BeginArray("hashFeedbacks");
  json.BeginItem();
  json.BeginArray("tags");
  for (const std::string& tag : tags) json.Item(tag);
  json.EndArray();
  json.Text("feedbackValue", affirmative ? "Blocked" : "NotBlocked");
  json.Text("hashValue", value);
  json.EndObject();
  json.EndArray();
  return json.Finish();
}

absl::StatusOr<Page> ReadPage(ByteSource source, FeedCounts& drift,
                              absl::FunctionRef<void(Record)> sink) {
  constexpr std::array<std::string_view, 1> kStreamed = {kRecords};
  Page page;
  const auto take = [&](std::string_view, const JsonValue& json) {
    ++page.records;
    Record record = ReadRecord(json, drift);
    if (record.signal_type.empty() || record.value.empty()) {
      page.unreadable.push_back(
          absl::StrCat("a record without signalType or hashValue, the ",
                       page.records, ". of its page"));
    } else {
      sink(std::move(record));
    }
    return absl::OkStatus();
  };
  HASHVET_ASSIGN_OR_RETURN(const JsonValue root,
                           ReadJson(source, "StopNCII hashes", kStreamed, take,
                                    {.max_members = kMaxMembers}));
  std::optional<bool> has_more;
  for (const auto& [name, value] : root.members) {
    if (name == "hasMoreRecords") {
      has_more = value.Bool();
    } else if (name == "nextPageToken") {
      page.token = value.text;
    } else if (name == "nextSetTimestamp") {
      page.next_start = SecondsOf(value);
    } else if (name == "count") {
      const auto count = SecondsOf(value);
      if (count != page.records) ++drift["count (not that of the records)"];
    } else if (name != kRecords) {
      ++drift[name];
    } else if (!value.is_array() && !value.is_null()) {
      return Unreadable("hashRecords is no array");
    }
  }
  if (!has_more.has_value()) return Unreadable("no word of more records");
  page.has_more = *has_more;
  if (page.has_more && page.token.empty()) {
    return Unreadable("more records, and no token to ask for them");
  }
  if (page.token.size() > kMaxTokenBytes) {
    return Unreadable(
        absl::StrCat("a token of over ", kMaxTokenBytes, " bytes"));
  }
  return page;
}

}  // namespace hashvet::stopncii
