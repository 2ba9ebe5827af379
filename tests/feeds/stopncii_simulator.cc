#include "tests/feeds/stopncii_simulator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace hashvet::testing {
namespace {

constexpr char kJson[] = "application/json; charset=utf-8";

void AppendRecord(const StopNciiRecord& record, std::string& out) {
  absl::StrAppend(&out, "{\"lastModtimestamp\": ", record.changed_at,
                  ", \"signalType\": \"", record.type, "\", \"hashValue\": \"",
                  record.value, "\", \"hashStatus\": \"", record.Status(),
                  "\", \"caseNumbers\": {");
  const char* comma = "";
  for (const auto& [id, status] : record.cases) {
    absl::StrAppend(&out, comma, "\"", id, "\": \"", status, "\"");
    comma = ", ";
  }
  absl::StrAppend(&out, "}, \"CSPFeedbacks\": [", record.feedback,
                  "], \"hashRegions\": [\"UK\"]}");
}

}  // namespace

std::string StopNciiRecord::Status() const {
  if (!status.empty()) return status;
  const auto is = [&](const char* word) {
    return [word](const auto& each) { return each.second == word; };
  };
  if (std::ranges::any_of(cases, is("Active"))) return "Active";
  return std::ranges::all_of(cases, is("Deleted")) ? "Deleted" : "Withdrawn";
}

StopNciiSimulator::StopNciiSimulator(Options options)
    : options_(std::move(options)), now_(options_.now) {
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

void StopNciiSimulator::PutLocked(StopNciiRecord record) {
  record.changed_at = now_;
  std::string id = record.Id();
  records_[std::move(id)] = std::move(record);
}

void StopNciiSimulator::Put(StopNciiRecord record) {
  const std::lock_guard lock(mutex_);
  PutLocked(std::move(record));
}

void StopNciiSimulator::SetCase(const std::string& id,
                                const std::string& case_id,
                                const std::string& status) {
  const std::lock_guard lock(mutex_);
  StopNciiRecord& record = records_.at(id);
  record.cases[case_id] = status;
  record.changed_at = now_;
}

void StopNciiSimulator::Forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  records_.erase(id);
}

std::map<std::string, StopNciiRecord> StopNciiSimulator::Records() {
  const std::lock_guard lock(mutex_);
  return records_;
}

void StopNciiSimulator::ExpireTokens() {
  const std::lock_guard lock(mutex_);
  expired_ = sets_.size();
}

void StopNciiSimulator::SpoilRecord(const std::string& id) {
  const std::lock_guard lock(mutex_);
  spoilt_ = id;
}

void StopNciiSimulator::TellNextSet(uint64_t time) {
  const std::lock_guard lock(mutex_);
  next_set_ = time;
}

void StopNciiSimulator::TellEmptyPages(int count) {
  const std::lock_guard lock(mutex_);
  empty_pages_ = count;
  empty_told_ = 0;
}

void StopNciiSimulator::set_after_page(
    std::function<void(StopNciiSimulator&)> call) {
  const std::lock_guard lock(mutex_);
  after_page_ = std::move(call);
}

std::vector<std::string> StopNciiSimulator::feedback() {
  const std::lock_guard lock(mutex_);
  return feedback_;
}

// What a set is told in the order of.
std::string StopNciiSimulator::PlaceOf(const StopNciiRecord& record) const {
  return options_.ordered
             ? absl::StrFormat("%012d %s", record.changed_at, record.Id())
             : absl::StrCat(record.value.substr(3, 4), " ", record.Id());
}

std::vector<StopNciiRecord> StopNciiSimulator::Rest(
    const Set& set, const std::string& after) const {
  std::vector<StopNciiRecord> rest;
  for (const auto& [id, record] : options_.snapshots ? set.records : records_) {
    const bool is_in = options_.start_inclusive ? record.changed_at >= set.start
                                                : record.changed_at > set.start;
    if (is_in && PlaceOf(record) > after) rest.push_back(record);
  }
  std::ranges::sort(rest, {}, [&](const auto& each) { return PlaceOf(each); });
  return rest;
}

FeedAnswer StopNciiSimulator::FetchHashes(const FeedRequest& request) {
  size_t page_size = 0;
  if (!absl::SimpleAtoi(request.Query("pageSize"), &page_size)) {
    return {.status = 400};
  }
  page_size = std::min(page_size, options_.page_size);
  const std::string token = request.Query("nextPageToken");
  size_t number = 0;
  std::string after;
  if (token.empty()) {
    Set set = {.records = records_};
    if (!absl::SimpleAtoi(request.Query("startTimestamp"), &set.start)) {
      return {.status = 400};
    }
    if (!options_.snapshots) set.records.clear();
    sets_.push_back(std::move(set));
    number = sets_.size() - 1;
  } else {
    // "set+N/after": it needs to be escaped.
    const std::vector<std::string> parts =
        absl::StrSplit(token, absl::MaxSplits('/', 1));
    if (parts.size() != 2 || !parts[0].starts_with("set+") ||
        !absl::SimpleAtoi(parts[0].substr(4), &number) ||
        number >= sets_.size() || number < expired_) {
      return {.status = 400};
    }
    after = parts[1].substr(0, parts[1].find('#'));
  }
  const std::vector<StopNciiRecord> rest = Rest(sets_[number], after);
  FeedAnswer answer = {.content_type = kJson};
  size_t count = std::min(rest.size(), page_size);
  bool is_empty = false;
  if (empty_told_ < empty_pages_) {
    ++empty_told_;
    count = 0;
    is_empty = true;
  }
  const bool more = is_empty || count < rest.size();
  std::string records;
  bool is_spoilt = false;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) records += ", ";
    AppendRecord(rest[i], records);
    is_spoilt = is_spoilt || rest[i].Id() == spoilt_;
  }
  uint64_t next = now_;
  if (options_.next_is_newest) {
    next = sets_[number].start;
    for (const auto& [id, record] :
         options_.snapshots ? sets_[number].records : records_) {
      next = std::max(next, record.changed_at);
    }
  }
  if (!more && next_set_.has_value()) next = *std::exchange(next_set_, {});
  std::string told = "null";
  if (more) {
    told = absl::StrCat("\"set+", number, "/",
                        count == 0 ? after : PlaceOf(rest[count - 1]), "#",
                        empty_told_, "\"");
  }
  answer.body =
      absl::StrCat("{\"count\": ", count, ", \"nextPageToken\": ", told,
                   ", \"nextSetTimestamp\": ", next,
                   ", \"hasMoreRecords\": ", more ? "true" : "false",
                   ", \"hashRecords\": [", records, "]}");
  if (is_spoilt) answer.body.resize(answer.body.size() / 2);
  if (after_page_) after_page_(*this);
  return answer;
}

FeedAnswer StopNciiSimulator::Answer(const FeedRequest& request) {
  asked_at_ = now_;
  if (request.Header("x-functions-key") != options_.function_key ||
      request.Header("Ocp-Apim-Subscription-Key") !=
          options_.subscription_key) {
    return {.status = 401};
  }
  if (request.method == "POST" && request.path == "/v1/SubmitFeedback") {
    feedback_.push_back(request.body);
    return {.body = "{}", .content_type = kJson};
  }
  if (request.path == "/v1/FetchHashes") return FetchHashes(request);
  return {.status = 404};
}

}  // namespace hashvet::testing
