#include "tests/feeds/tcap_simulator.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace hashvet::testing {
namespace {

constexpr char kJson[] = "application/json; charset=utf-8";

std::string TimeText(uint64_t us) {
  return absl::StrFormat("%d.%06d", us / 1'000'000, us % 1'000'000);
}

std::string Place(const TcapRow& row) {
  return absl::StrCat(TimeText(row.changed_us), ",", row.id);
}

// "1700000000.000012,5", exactly.
bool ParsePlace(const std::string& text, std::pair<uint64_t, uint64_t>& place) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  if (parts.size() != 2) return false;
  const std::vector<std::string> time = absl::StrSplit(parts[0], '.');
  uint64_t seconds = 0;
  uint64_t us = 0;
  if (time.size() != 2 || time[1].size() != 6 ||
      !absl::SimpleAtoi(time[0], &seconds) || !absl::SimpleAtoi(time[1], &us)) {
    return false;
  }
  place.first = seconds * 1'000'000 + us;
  return absl::SimpleAtoi(parts[1], &place.second);
}

}  // namespace

TcapSimulator::TcapSimulator(Options options)
    : options_(std::move(options)), now_(options_.now) {
  Start();
}

TcapSimulator::~TcapSimulator() { Stop(); }

void TcapSimulator::Advance(int64_t seconds) {
  const std::lock_guard lock(mutex_);
  now_ = static_cast<uint64_t>(static_cast<int64_t>(now_) + seconds);
}

uint64_t TcapSimulator::now() {
  const std::lock_guard lock(mutex_);
  return now_;
}

void TcapSimulator::PutLocked(TcapRow row) {
  std::string key = row.Key();
  const auto there = rows_.find(key);
  row.id = there == rows_.end() ? rows_.size() + 1 : there->second.id;
  // Two rows may share a time, but none with one that was told.
  row.changed_us = now_ * 1'000'000 + ++tick_ / 2 % 1'000'000;
  rows_[std::move(key)] = std::move(row);
}

void TcapSimulator::Put(TcapRow row) {
  const std::lock_guard lock(mutex_);
  PutLocked(std::move(row));
}

void TcapSimulator::Delete(const std::string& key) {
  const std::lock_guard lock(mutex_);
  TcapRow row = rows_.at(key);
  row.deleted = true;
  PutLocked(std::move(row));
}

std::map<std::string, TcapRow> TcapSimulator::Rows() {
  const std::lock_guard lock(mutex_);
  return rows_;
}

void TcapSimulator::Spoil(std::set<std::string> keys) {
  const std::lock_guard lock(mutex_);
  spoilt_ = std::move(keys);
}

void TcapSimulator::ExpireTokens() {
  const std::lock_guard lock(mutex_);
  has_token_ = false;
}

void TcapSimulator::ExpirePages() {
  const std::lock_guard lock(mutex_);
  ++era_;
}

void TcapSimulator::set_after_page(std::function<void(TcapSimulator&)> call) {
  const std::lock_guard lock(mutex_);
  after_page_ = std::move(call);
}

int TcapSimulator::tokens() {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

FeedAnswer TcapSimulator::List(const FeedRequest& request) {
  if (request.Query("order") != "asc") return {.status = 400};
  tick_ |= 1;
  std::pair<uint64_t, uint64_t> after;
  const std::string after_text = request.Query("after");
  if (!after_text.empty() && !ParsePlace(after_text, after)) {
    return {.status = 400};
  }
  size_t limit = options_.page_size;
  size_t offset = 0;
  if (!request.Query("offset").empty()) {
    if (!absl::SimpleAtoi(request.Query("offset"), &offset) ||
        !absl::SimpleAtoi(request.Query("limit"), &limit)) {
      return {.status = 400};
    }
    const std::string era = request.Query("era");
    if (!era.empty() && era != absl::StrCat(era_)) return {.status = 404};
  }
  std::vector<TcapRow> rows;
  for (const auto& [key, row] : rows_) {
    if (std::pair(row.changed_us, row.id) > after) rows.push_back(row);
  }
  std::ranges::sort(rows, {}, [](const TcapRow& row) {
    return std::pair(row.changed_us, row.id);
  });
  const size_t end = std::min(rows.size(), offset + limit);
  std::string results;
  for (size_t i = offset; i < end; ++i) {
    const TcapRow& row = rows[i];
    absl::StrAppend(&results, i > offset ? ", " : "", "{\"id\": ", row.id,
                    ", \"hash_digest\": \"", row.digest,
                    "\", \"algorithm\": \"", row.algorithm,
                    "\", \"ideology\": \"", row.ideology,
                    "\", \"file_type\": \"", row.file_type,
                    "\", \"deleted\": ", row.deleted ? "true" : "false",
                    ", \"updated_on\": ", TimeText(row.changed_us),
                    ", \"created_on\": 1600000000.5}");
  }
  const bool more = end < rows.size();
  std::string checkpoint;
  if (!rows.empty() && (end > offset || !options_.checkpoint_of_page)) {
    checkpoint =
        Place(options_.checkpoint_of_page ? rows[end - 1] : rows.back());
  } else if (!options_.empty_checkpoint) {
    checkpoint = after_text;
  }
  std::string next = "null";
  if (more) {
    next = absl::StrCat("\"", base(), "/api/hash-list/v2/all?order=asc",
                        after_text.empty() ? "" : "&after=", after_text,
                        "&limit=", limit, "&offset=", end, "&era=", era_, "\"");
  }
  FeedAnswer answer = {
      .body = absl::StrCat("{\"count\": ", rows.size(), ", \"next\": ", next,
                           ", \"previous\": null, \"checkpoint\": \"",
                           checkpoint, "\", \"results\": [", results, "]}"),
      .content_type = kJson};
  for (size_t i = offset; i < end; ++i) {
    if (spoilt_.contains(rows[i].Key())) {
      answer.body.resize(answer.body.size() / 2);
      break;
    }
  }
  if (after_page_) after_page_(*this);
  return answer;
}

FeedAnswer TcapSimulator::Answer(const FeedRequest& request) {
  if (request.path == "/token-auth/tcap/" && request.method == "POST") {
    if (request.Query("username") != options_.user ||
        request.Query("password") != options_.password ||
        request.Query("resend") != "False") {
      return {.status = 400};
    }
    has_token_ = true;
    uses_ = 0;
    return {.body = absl::StrCat("{\"token\": \"token-", ++tokens_,
                                 "\", \"user\": {\"id\": 1}}"),
            .content_type = kJson};
  }
  if (!has_token_ || uses_ >= options_.token_uses ||
      request.Header("Authorization") !=
          absl::StrCat("Bearer token-", tokens_)) {
    return {.status = 401};
  }
  ++uses_;
  if (request.path == "/api/hash-list/v2/all") return List(request);
  return {.status = 404};
}

}  // namespace hashvet::testing
