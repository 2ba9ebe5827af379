#include "tests/feeds/ncmec_simulator.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

namespace hashvet::testing {
namespace {

constexpr char kHead[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr char kSpace[] =
    " xmlns=\"https://hashsharing.ncmec.org/hashsharing/v2\"";

std::string TimeText(uint64_t seconds) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                          absl::FromUnixSeconds(static_cast<int64_t>(seconds)),
                          absl::UTCTimeZone());
}

std::optional<uint64_t> ParseTime(const std::string& text) {
  absl::Time time;
  std::string error;
  // No lenience: a client that sends anything else is wrong.
  if (text.size() < 20 || text.back() != 'Z' ||
      !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return std::nullopt;
  }
  return static_cast<uint64_t>(absl::ToUnixSeconds(time));
}

std::string Xml(const std::string& text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// An order that has nothing to do with time.
uint64_t Scattered(const std::string& key) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : key) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

void AppendRecord(const NcmecRecord& record, std::string& out) {
  const char* const name = record.video ? "video" : "image";
  const std::string element =
      record.deleted ? (record.video ? "deletedVideo" : "deletedImage") : name;
  absl::StrAppend(&out, "<", element, "><member id=\"", record.member,
                  "\">Member ", record.member, "</member><timestamp>",
                  TimeText(record.timestamp), "</timestamp><id>",
                  Xml(record.id), "</id>");
  if (!record.deleted) {
    if (!record.classification.empty()) {
      absl::StrAppend(&out, "<classification>", record.classification,
                      "</classification>");
    }
    out += "<fingerprints>";
    for (const auto& [type, value] : record.fingerprints) {
      absl::StrAppend(&out, "<", type, ">", value, "</", type, ">");
    }
    for (const std::string& type : record.large) {
      absl::StrAppend(&out, "<", type, " rel=\"self\" href=\"/v2/entries/",
                      record.id, "/fingerprints/", type, "\"/>");
    }
    out += "</fingerprints>";
    if (!record.feedback.empty()) {
      absl::StrAppend(&out, "<feedback lastUpdateTimestamp=\"",
                      TimeText(record.timestamp), "\">", record.feedback,
                      "</feedback>");
    }
  }
  absl::StrAppend(&out, "</", element, ">");
}

}  // namespace

std::string NcmecRecord::Key() const {
  return absl::StrCat(member, video ? "-video-" : "-image-", id);
}

NcmecSimulator::NcmecSimulator(Options options)
    : options_(std::move(options)), now_(options_.now) {
  Start();
}

NcmecSimulator::NcmecSimulator(Options options, const std::string& certificate,
                               const std::string& key)
    : FeedServer(certificate, key),
      options_(std::move(options)),
      now_(options_.now) {
  Start();
}

NcmecSimulator::~NcmecSimulator() { Stop(); }

void NcmecSimulator::Advance(int64_t seconds) {
  const std::lock_guard lock(mutex_);
  now_ = static_cast<uint64_t>(static_cast<int64_t>(now_) + seconds);
}

uint64_t NcmecSimulator::now() {
  const std::lock_guard lock(mutex_);
  return now_;
}

void NcmecSimulator::PutLocked(NcmecRecord record) {
  record.timestamp = now_;
  record.deleted = false;
  std::string key = record.Key();
  records_[std::move(key)] = std::move(record);
}

void NcmecSimulator::Put(NcmecRecord record) {
  const std::lock_guard lock(mutex_);
  PutLocked(std::move(record));
}

void NcmecSimulator::DeleteLocked(const std::string& key) {
  NcmecRecord& record = records_.at(key);
  record.deleted = true;
  record.timestamp = now_;
}

void NcmecSimulator::Delete(const std::string& key) {
  const std::lock_guard lock(mutex_);
  DeleteLocked(key);
}

std::map<std::string, NcmecRecord> NcmecSimulator::Truth() {
  const std::lock_guard lock(mutex_);
  std::map<std::string, NcmecRecord> truth = records_;
  std::erase_if(truth, [](const auto& each) { return each.second.deleted; });
  return truth;
}

std::vector<std::string> NcmecSimulator::Keys() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, record] : records_) keys.push_back(key);
  return keys;
}

void NcmecSimulator::ExpireCursors() {
  const std::lock_guard lock(mutex_);
  for (const auto& [range, keys] : cursors_) expired_.insert(range);
  cursors_.clear();
}

void NcmecSimulator::set_page_size(size_t rows) {
  const std::lock_guard lock(mutex_);
  options_.page_size = rows;
}

void NcmecSimulator::SpoilTime(std::optional<uint64_t> time) {
  const std::lock_guard lock(mutex_);
  spoilt_ = time;
}

void NcmecSimulator::FailOver(size_t rows) {
  const std::lock_guard lock(mutex_);
  fail_over_ = rows;
}

void NcmecSimulator::set_after_page(std::function<void(NcmecSimulator&)> call) {
  const std::lock_guard lock(mutex_);
  after_page_ = std::move(call);
}

std::vector<std::string> NcmecSimulator::feedback() {
  const std::lock_guard lock(mutex_);
  return feedback_;
}

bool NcmecSimulator::InRange(const NcmecRecord& record, uint64_t from,
                             uint64_t to) const {
  const bool after = options_.from_inclusive ? record.timestamp >= from
                                             : record.timestamp > from;
  const bool before =
      options_.to_inclusive ? record.timestamp <= to : record.timestamp < to;
  return after && before;
}

FeedAnswer NcmecSimulator::Entries(const FeedRequest& request) {
  const auto from = ParseTime(request.Query("from"));
  const auto to = ParseTime(request.Query("to"));
  if (!from.has_value() || !to.has_value()) return {.status = 400};
  const std::string range = absl::StrCat(*from, " ", *to);
  size_t start = 1;
  size_t size = options_.page_size;
  if (!request.Query("start").empty()) {
    if (expired_.contains(range) || !cursors_.contains(range)) {
      return {.status = 410};
    }
    (void)absl::SimpleAtoi(request.Query("start"), &start);
    (void)absl::SimpleAtoi(request.Query("size"), &size);
  } else {
    std::vector<std::string> keys;
    for (const auto& [key, record] : records_) {
      if (InRange(record, *from, *to)) keys.push_back(key);
    }
    if (keys.size() > fail_over_) return {.status = 500};
    std::ranges::sort(keys, {}, [](const std::string& key) {
      return std::pair(Scattered(key), key);
    });
    cursors_[range] = std::move(keys);
    expired_.erase(range);
  }
  const std::vector<std::string>& keys = cursors_[range];
  std::string images;
  std::string videos;
  size_t image_count = 0;
  size_t video_count = 0;
  for (size_t i = start - 1; i < std::min(keys.size(), start - 1 + size); ++i) {
    // As it is now: a row that was changed meanwhile is in a later range.
    const NcmecRecord& record = records_.at(keys[i]);
    if (!InRange(record, *from, *to)) continue;
    AppendRecord(record, record.video ? videos : images);
    ++(record.video ? video_count : image_count);
  }
  FeedAnswer answer;
  answer.body = absl::StrCat(kHead, "<queryResult", kSpace, "><images count=\"",
                             image_count, "\">", images, "</images>");
  // A container may be missing.
  if (video_count > 0) {
    absl::StrAppend(&answer.body, "<videos count=\"", video_count, "\">",
                    videos, "</videos>");
  }
  if (start - 1 + size < keys.size()) {
    const auto escaped = [](uint64_t time) {
      std::string text = TimeText(time);
      text.insert(text.size() - 1, ".000");
      return absl::StrReplaceAll(text, {{":", "%3A"}});
    };
    absl::StrAppend(
        &answer.body, "<paging><next>/v2/entries?from=", escaped(*from),
        "&amp;to=", escaped(*to), "&amp;start=", start + size,
        "&amp;size=", size, "&amp;max=", keys.size(), "</next></paging>");
  }
  answer.body += "</queryResult>";
  if (spoilt_.has_value() && *spoilt_ >= *from && *spoilt_ <= *to) {
    answer.body.resize(answer.body.size() / 2);
  }
  if (after_page_) after_page_(*this);
  return answer;
}

FeedAnswer NcmecSimulator::Answer(const FeedRequest& request) {
  const std::string want = absl::StrCat(
      "Basic ",
      absl::Base64Escape(absl::StrCat(options_.user, ":", options_.password)));
  if (request.Header("Authorization") != want) return {.status = 401};
  if (request.method == "PUT") {
    feedback_.push_back(
        absl::StrCat("PUT ", request.target, " ", request.body));
    return {.body = absl::StrCat(kHead, "<submissionResult", kSpace, "/>")};
  }
  if (request.path == "/v2/status") {
    return {.body = absl::StrCat(
                kHead, "<status", kSpace, "><ipAddress>127.0.0.1</ipAddress>",
                "<username>", options_.user,
                "</username><member id=\"7\">Test Platform</member></status>")};
  }
  if (request.path == "/v2/members") {
    return {.body = absl::StrCat(kHead, "<members", kSpace,
                                 "><member id=\"42\">Member 42</member>",
                                 "<member id=\"43\">Member 43</member>",
                                 "</members>")};
  }
  if (request.path.ends_with("/reasons")) {
    return {.body = absl::StrCat(
                kHead, "<availableFeedbackReasons", kSpace,
                "><reason guid=\"g-1\" name=\"Example Reason 1\" "
                "type=\"MD5\"/><reason guid=\"g-2\" name=\"Example Reason 2\" "
                "type=\"MD5\"/></availableFeedbackReasons>")};
  }
  if (request.path == "/v2/entries") return Entries(request);
  if (request.path.find("/fingerprints/") != std::string::npos) {
    return {.body = "bytes of " + request.path,
            .content_type = "application/octet-stream"};
  }
  return {.status = 404};
}

}  // namespace hashvet::testing
