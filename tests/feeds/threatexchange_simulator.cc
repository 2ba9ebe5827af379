#include "tests/feeds/threatexchange_simulator.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace hashvet::testing {
namespace {

constexpr char kJson[] = "application/json; charset=utf-8";
constexpr uint64_t kMemoryS = uint64_t{90} * 86'400;

std::string Quoted(const std::string& text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string DescriptorJson(const TxDescriptor& descriptor) {
  std::string json = absl::StrCat(
      "{\"id\":", Quoted(descriptor.id),
      ",\"owner\":{\"id\":", Quoted(descriptor.owner), ",\"name\":\"App ",
      descriptor.owner, "\"},\"status\":", Quoted(descriptor.status),
      ",\"added_on\":\"2020-09-13T12:26:40+0000\"");
  if (!descriptor.tags.empty()) {
    absl::StrAppend(
        &json, ",\"tags\":{\"data\":[",
        absl::StrJoin(descriptor.tags, ",",
                      [](std::string* out, const std::string& tag) {
                        absl::StrAppend(
                            out, "{\"id\":\"5\",\"text\":", Quoted(tag), "}");
                      }),
        "]}");
  }
  if (!descriptor.reactions.empty()) {
    absl::StrAppend(&json, ",\"reactions\":[",
                    absl::StrJoin(descriptor.reactions, ",",
                                  [](std::string* out, const auto& each) {
                                    absl::StrAppend(
                                        out, "{\"key\":", Quoted(each.first),
                                        ",\"value\":", Quoted(each.second),
                                        "}");
                                  }),
                    "]");
  }
  return json + "}";
}

std::string DescriptorsJson(const TxRecord& record) {
  return absl::StrCat(
      "{\"data\":[",
      absl::StrJoin(record.descriptors, ",",
                    [](std::string* out, const TxDescriptor& each) {
                      out->append(DescriptorJson(each));
                    }),
      "]}");
}

std::string RowJson(const TxRecord& record) {
  const bool says_so = record.deleted && record.tombstone == 0;
  std::string json = absl::StrCat(
      "{\"id\":", Quoted(record.id),
      ",\"indicator\":", Quoted(record.indicator),
      ",\"type\":", Quoted(record.type), ",\"last_updated\":", record.updated,
      ",\"should_delete\":", says_so ? "true" : "false");
  if (!record.deleted) {
    absl::StrAppend(&json, ",\"descriptors\":", DescriptorsJson(record));
  } else if (record.tombstone == 2) {
    json += ",\"descriptors\":{\"data\":[]}";
  }
  if (!record.more.empty()) absl::StrAppend(&json, ",", record.more);
  return json + "}";
}

}  // namespace

ThreatExchangeSimulator::ThreatExchangeSimulator(Options options)
    : options_(std::move(options)), now_(options_.now) {
  Start();
}

ThreatExchangeSimulator::~ThreatExchangeSimulator() { Stop(); }

void ThreatExchangeSimulator::Advance(int64_t seconds) {
  const std::lock_guard lock(mutex_);
  now_ = static_cast<uint64_t>(static_cast<int64_t>(now_) + seconds);
}

uint64_t ThreatExchangeSimulator::now() {
  const std::lock_guard lock(mutex_);
  return now_;
}

void ThreatExchangeSimulator::PutLocked(TxRecord record) {
  record.updated = now_;
  record.deleted = false;
  std::string id = record.id;
  records_[std::move(id)] = std::move(record);
}

void ThreatExchangeSimulator::Put(TxRecord record) {
  const std::lock_guard lock(mutex_);
  PutLocked(std::move(record));
}

void ThreatExchangeSimulator::DeleteLocked(const std::string& id,
                                           int tombstone) {
  TxRecord& record = records_.at(id);
  record.deleted = true;
  record.tombstone = tombstone;
  record.updated = now_;
}

void ThreatExchangeSimulator::Delete(const std::string& id, int tombstone) {
  const std::lock_guard lock(mutex_);
  DeleteLocked(id, tombstone);
}

std::map<std::string, TxRecord> ThreatExchangeSimulator::Truth() {
  const std::lock_guard lock(mutex_);
  std::map<std::string, TxRecord> truth = records_;
  std::erase_if(truth, [](const auto& each) { return each.second.deleted; });
  return truth;
}

void ThreatExchangeSimulator::ExpireCursors() {
  const std::lock_guard lock(mutex_);
  ++cursor_age_;
}

void ThreatExchangeSimulator::SpoilTime(std::optional<uint64_t> time) {
  const std::lock_guard lock(mutex_);
  spoilt_ = time;
}

void ThreatExchangeSimulator::FailOver(size_t rows) {
  const std::lock_guard lock(mutex_);
  fail_over_ = rows;
}

void ThreatExchangeSimulator::set_empty_pages(bool empty) {
  const std::lock_guard lock(mutex_);
  empty_pages_ = empty;
}

void ThreatExchangeSimulator::set_next_base(std::string base) {
  const std::lock_guard lock(mutex_);
  next_base_ = std::move(base);
}

void ThreatExchangeSimulator::set_after_page(
    std::function<void(ThreatExchangeSimulator&)> call) {
  const std::lock_guard lock(mutex_);
  after_page_ = std::move(call);
}

std::vector<std::string> ThreatExchangeSimulator::reactions() {
  const std::lock_guard lock(mutex_);
  return reactions_;
}

// The API says with 400 what others have codes for.
FeedAnswer ThreatExchangeSimulator::Error(int code) {
  return {.status = 400,
          .body = absl::StrCat(
              "{\"error\":{\"message\":\"(#", code,
              ") no\",\"type\":\"OAuthException\",\"code\":", code, "}}"),
          .content_type = kJson};
}

FeedAnswer ThreatExchangeSimulator::Updates(const FeedRequest& request) {
  uint64_t start = 0;
  uint64_t stop = 0;
  size_t limit = 0;
  if (!absl::SimpleAtoi(request.Query("start_time"), &start) ||
      !absl::SimpleAtoi(request.Query("stop_time"), &stop) ||
      !absl::SimpleAtoi(request.Query("limit"), &limit) ||
      request.Query("fields").find("descriptors{") == std::string::npos) {
    return Error(100);
  }
  limit = std::min(limit, options_.page_size);
  const std::vector<std::string> types =
      absl::StrSplit(request.Query("types"), ',', absl::SkipEmpty());
  std::vector<const TxRecord*> rows;
  for (const auto& [id, record] : records_) {
    if (record.deleted && record.updated + kMemoryS < now_) continue;
    if (!types.empty() &&
        std::ranges::find(types, record.type) == types.end()) {
      continue;
    }
    const bool after = options_.start_inclusive ? record.updated >= start
                                                : record.updated > start;
    const bool before = options_.stop_inclusive ? record.updated <= stop
                                                : record.updated < stop;
    if (after && before) rows.push_back(&record);
  }
  if (rows.size() > fail_over_) return {.status = 500};
  const auto place = [](const TxRecord* row) {
    return std::pair(row->updated, row->id);
  };
  std::ranges::sort(rows, {}, place);
  // A cursor names the last row that was told, so that what moves is not
  // skipped: "age.time.id.empty".
  bool was_empty = false;
  std::string told = "0.0..";
  if (!request.Query("after").empty()) {
    told = request.Query("after");
    const std::vector<std::string> parts = absl::StrSplit(told, '.');
    uint64_t age = 0;
    uint64_t time = 0;
    if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &age) ||
        age != cursor_age_ || !absl::SimpleAtoi(parts[1], &time)) {
      return Error(100);
    }
    const std::pair last(time, parts[2]);
    std::erase_if(rows,
                  [&](const TxRecord* row) { return place(row) <= last; });
    was_empty = parts[3] == "e";
  }
  std::string data;
  bool more = false;
  std::string cursor;
  if (empty_pages_ && !was_empty) {
    more = true;
    const std::vector<std::string> parts = absl::StrSplit(told, '.');
    cursor = absl::StrCat(cursor_age_, ".", parts[1], ".", parts[2], ".e");
  } else {
    more = rows.size() > limit;
    rows.resize(std::min(rows.size(), limit));
    data = absl::StrJoin(rows, ",", [](std::string* out, const TxRecord* row) {
      out->append(RowJson(*row));
    });
    if (!rows.empty()) {
      cursor = absl::StrCat(cursor_age_, ".", rows.back()->updated, ".",
                            rows.back()->id, ".");
    }
  }
  FeedAnswer answer = {.body = absl::StrCat("{\"data\":[", data, "]"),
                       .content_type = kJson};
  if (!cursor.empty()) {
    absl::StrAppend(&answer.body,
                    ",\"paging\":{\"cursors\":{\"after\":", Quoted(cursor),
                    "}");
    if (more) {
      // As the API does it: whole, escaped, with the token in it.
      const std::string next = absl::StrCat(
          next_base_.empty() ? graph() : next_base_, "/", options_.group,
          "/threat_updates?access_token=",
          absl::StrReplaceAll(options_.token, {{"|", "%7C"}}),
          "&pretty=0&fields=",
          absl::StrReplaceAll(request.Query("fields"),
                              {{"{", "%7B"}, {"}", "%7D"}, {",", "%2C"}}),
          "&start_time=", start, "&stop_time=", stop, "&limit=", limit,
          types.empty() ? "" : "&types=", request.Query("types"),
          "&after=", cursor);
      absl::StrAppend(&answer.body, ",\"next\":",
                      absl::StrReplaceAll(Quoted(next), {{"/", "\\/"}}));
    }
    answer.body += "}";
  }
  answer.body += "}";
  if (spoilt_.has_value() && *spoilt_ >= start && *spoilt_ <= stop) {
    answer.body.resize(answer.body.size() / 2);
  }
  if (after_page_) after_page_(*this);
  return answer;
}

FeedAnswer ThreatExchangeSimulator::Object(const FeedRequest& request) {
  const std::string id = request.Query("ids");
  FeedAnswer answer = {.content_type = kJson};
  if (id == options_.group) {
    answer.body = absl::StrCat("{", Quoted(id), ":{\"id\":", Quoted(id),
                               ",\"name\":\"Test Group\"}}");
    return answer;
  }
  const auto found = records_.find(id);
  if (found == records_.end() || found->second.deleted) return Error(100);
  answer.body =
      absl::StrCat("{", Quoted(id), ":{\"id\":", Quoted(id),
                   ",\"descriptors\":", DescriptorsJson(found->second), "}}");
  return answer;
}

FeedAnswer ThreatExchangeSimulator::Answer(const FeedRequest& request) {
  if (request.Query("access_token") != options_.token) return Error(190);
  constexpr char kVersion[] = "/v21.0";
  if (!request.path.starts_with(kVersion)) return {.status = 404};
  std::string path = request.path.substr(sizeof(kVersion) - 1);
  while (path.ends_with('/')) path.pop_back();
  if (request.method == "POST") {
    reactions_.push_back(absl::StrCat(path.substr(1), " ", request.body));
    return {.body = "{\"success\":true}", .content_type = kJson};
  }
  if (path.empty()) return Object(request);
  if (path == absl::StrCat("/", options_.group, "/threat_updates")) {
    return Updates(request);
  }
  return Error(100);
}

}  // namespace hashvet::testing
