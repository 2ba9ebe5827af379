#include "tests/feeds/stopncii_simulator.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hashvet::testing {

StopNciiSimulator::StopNciiSimulator(Options options)
    : options_(options), now_(options.now) {
  Start();
}

StopNciiSimulator::~StopNciiSimulator() { Stop(); }

void StopNciiSimulator::Advance(int64_t seconds) {
  const std::lock_guard lock(mutex_);
  now_ = static_cast<uint64_t>(static_cast<int64_t>(now_) + seconds);
}

uint64_t StopNciiSimulator::now() {
  const std::lock_guard lock(mutex_);
  return now_;
}

void StopNciiSimulator::Put(NciiRecord record) {
  const std::lock_guard lock(mutex_);
  record.modified_at = now_;
  std::string key = record.Key();
  records_[std::move(key)] = std::move(record);
}

std::map<std::string, NciiRecord> StopNciiSimulator::Truth() {
  const std::lock_guard lock(mutex_);
  std::map<std::string, NciiRecord> truth = records_;
  std::erase_if(
      truth, [](const auto& each) { return each.second.status == "Deleted"; });
  return truth;
}

void StopNciiSimulator::ExpireTokens() {
  const std::lock_guard lock(mutex_);
  ++epoch_;
}

void StopNciiSimulator::SpoilTime(std::optional<uint64_t> time) {
  const std::lock_guard lock(mutex_);
  spoilt_ = time;
}

void StopNciiSimulator::SetNextOnce(uint64_t time) {
  const std::lock_guard lock(mutex_);
  next_once_ = time;
}

std::vector<std::string> StopNciiSimulator::feedback() {
  const std::lock_guard lock(mutex_);
  return feedback_;
}

FeedAnswer StopNciiSimulator::Answer(const FeedRequest& request) {
  FeedAnswer answer = {.content_type = "application/json; charset=utf-8"};
  if (request.Header("x-functions-key") != "user" ||
      request.Header("Ocp-Apim-Subscription-Key") != "secret") {
    return {.status = 401};
  }
  if (request.path == "/SubmitFeedback") {
    feedback_.push_back(request.body);
    answer.body = "{}";
    return answer;
  }
  if (request.path != "/FetchHashes") return {.status = 404};
  uint64_t start = 0;
  uint64_t size = 0;
  if (!absl::SimpleAtoi(request.Query("startTimestamp"), &start) ||
      !absl::SimpleAtoi(request.Query("pageSize"), &size) || size == 0) {
    return {.status = 400};
  }
  // A token is the last record told: pages go on after it, whatever changed.
  std::pair<uint64_t, std::string> after = {0, ""};
  bool is_first = true;
  if (const std::string token = request.Query("nextPageToken");
      !token.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(token, '|');
    uint64_t epoch = 0;
    if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &epoch) ||
        epoch != epoch_ || !absl::SimpleAtoi(parts[1], &after.first)) {
      return {.status = 410};
    }
    after.second = parts[2];
    is_first = false;
  }
  std::vector<std::pair<uint64_t, std::string>> keys;
  for (const auto& [key, record] : records_) {
    const bool in_set = options_.start_inclusive ? record.modified_at >= start
                                                 : record.modified_at > start;
    const std::pair<uint64_t, std::string> place = {record.modified_at, key};
    if (in_set && (is_first || place > after)) keys.push_back(place);
  }
  std::ranges::sort(keys);
  const bool has_more = keys.size() > size;
  if (has_more) keys.resize(size);
  std::string records;
  bool is_spoilt = false;
  for (const auto& [time, key] : keys) {
    const NciiRecord& record = records_.at(key);
    absl::StrAppend(&records, records.empty() ? "" : ",",
                    "{\"lastModtimestamp\":", record.modified_at,
                    ",\"signalType\":\"", record.type, "\",\"hashValue\":\"",
                    record.value, "\",\"hashStatus\":\"", record.status,
                    "\",\"caseNumbers\":", record.cases,
                    ",\"CSPFeedbacks\":", record.feedback,
                    ",\"hashRegions\":[\"x\"]}");
    is_spoilt = is_spoilt || spoilt_ == time;
  }
  answer.body =
      absl::StrCat("{\"count\":", keys.size(), ",\"nextPageToken\":",
                   has_more ? absl::StrCat("\"", epoch_, "|", keys.back().first,
                                           "|", keys.back().second, "\"")
                            : "null",
                   ",\"nextSetTimestamp\":", next_once_.value_or(now_),
                   ",\"hasMoreRecords\":", has_more ? "true" : "false",
                   ",\"hashRecords\":[", records, "]}");
  if (!has_more) next_once_.reset();
  if (is_spoilt) answer.body.resize(answer.body.size() / 2);
  return answer;
}

}  // namespace hashvet::testing
