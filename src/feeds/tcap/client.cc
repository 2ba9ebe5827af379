#include "src/feeds/tcap/client.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/ledger/value_key.h"
#include "src/feeds/protocols.h"
#include "src/feeds/retry.h"
#include "src/feeds/url.h"
#include "src/feeds/utc.h"
#include "src/feeds/value_text.h"

namespace hashvet::tcap {
namespace {

// How far a page reaches back into what was read, at most half of it.
constexpr uint64_t kSeamRows = 100;
constexpr size_t kMaxTokenBytes = 65'536;  // of the answer that has it
// A step back of the server's clock by less is none.
constexpr double kClockSlackS = 60;
constexpr int kMaxRestarts = 8;       // of one sync
constexpr int kMaxEmptyPages = 1000;  // in a row

bool Fits(const std::string& text) {
  return !text.empty() && text.size() <= kMaxTextBytes &&
         std::ranges::none_of(text, [](char c) {
           return absl::ascii_iscntrl(static_cast<unsigned char>(c));
         });
}

std::optional<uint64_t> WholeSeconds(const std::optional<double>& seconds) {
  if (!seconds.has_value()) return std::nullopt;
  return static_cast<uint64_t>(std::floor(*seconds));
}

void AddRow(const Row& row, FeedPage& page) {
  struct Algorithm {
    std::string_view name;
    HashKind kind;
  };
  constexpr std::array<Algorithm, 2> kAlgorithms = {
      {{"MD5", HashKind::kMd5}, {"PDQ", HashKind::kPdq}}};
  const auto known = std::ranges::find_if(kAlgorithms, [&](const auto& each) {
    return absl::EqualsIgnoreCase(ToAbsl(each.name), row.algorithm);
  });
  if (known == kAlgorithms.end()) {
    ++page.carried[row.algorithm];
    ++page.drift[absl::StrCat("results/algorithm ", row.algorithm)];
    return;
  }
  const auto changed_at = WholeSeconds(row.updated_on);
  if (changed_at.has_value()) {
    page.newest_at = std::max(page.newest_at.value_or(0), *changed_at);
  }
  auto value = ParseValueText(known->kind, row.digest);
  if (!value.ok()) {
    page.malformed_lines.push_back(
        {.where = absl::StrCat("TCAP ", ToAbsl(known->name)),
         .text = row.digest,
         .reason = std::string(value.status().message())});
    return;
  }
  EntryUpdate update = {
      .key = absl::StrCat(ToAbsl(known->name), "-", KeyOfValue(*value)),
      .status = row.deleted ? SourceStatus::kDeleted : SourceStatus::kActive,
      .updated_at = changed_at};
  if (row.deleted) {
    page.updates.Add(std::move(update));
    return;
  }
  update.values.push_back({.value = *std::move(value)});
  update.created_at = WholeSeconds(row.created_on);
  // Nobody there says that it was verified.
  update.stated = Opinion::kSeed;
  if (Fits(row.ideology)) {
    update.category = row.ideology;
    update.category_scheme = "tcap";
  } else if (!row.ideology.empty()) {
    ++page.drift["results/ideology (no text)"];
  }
  if (Fits(row.file_type)) {
    update.opinions.push_back(
        {.owner = "tcap", .opinion = Opinion::kSeed, .tags = {row.file_type}});
  }
  page.updates.Add(std::move(update));
}

// Whether `row` comes before the last one that was read, or is it: what may lie
// between them was read. Identities that are no numbers have no order.
bool Joins(const Row& row, const Checkpoint::Set& set) {
  double last_on = 0;
  if (!row.updated_on.has_value() || !absl::SimpleAtod(set.last_on, &last_on)) {
    return true;
  }
  if (*row.updated_on != last_on) return *row.updated_on < last_on;
  uint64_t id = 0;
  uint64_t last_id = 0;
  if (!absl::SimpleAtoi(row.id, &id) ||
      !absl::SimpleAtoi(set.last_id, &last_id)) {
    return true;
  }
  return id <= last_id;
}

bool IsRefused(const absl::Status& status) {
  return CauseOf(status) == FeedCause::kProtocol &&
         (status.code() == absl::StatusCode::kNotFound ||
          status.code() == absl::StatusCode::kFailedPrecondition);
}

absl::Status Protocol(std::string_view message) {
  return FeedError(FeedCause::kProtocol,
                   absl::StrCat("TCAP hash list: ", ToAbsl(message)));
}

}  // namespace

absl::Status Client::Authenticate() {
  HttpRequest request = {.method = "POST",
                         .url = absl::StrCat(options_.base_url, kTokenPath),
                         .content_type = "application/x-www-form-urlencoded",
                         .body = TokenBody(options_.user, options_.password)};
  return Retrying(options_.how, true, [&]() -> absl::Status {
    auto response = transport_->SendForSuccess(request);
    // Some servers say so of a wrong password.
    if (response.status().code() == absl::StatusCode::kFailedPrecondition) {
      return FeedError(FeedCause::kAuthentication,
                       ToStd(response.status().message()));
    }
    HASHVET_RETURN_IF_ERROR(response.status());
    uint64_t size = 0;
    HASHVET_ASSIGN_OR_RETURN(
        token_,
        ReadToken([&](std::span<char> buffer) -> absl::StatusOr<size_t> {
          HASHVET_ASSIGN_OR_RETURN(const size_t got, (*response)->Read(buffer));
          size += got;
          if (size > kMaxTokenBytes)
            return Protocol("a token that is too long");
          return got;
        }));
    return absl::OkStatus();
  });
}

absl::Status Client::Fetch(const std::string& path,
                           absl::FunctionRef<absl::Status(ByteSource)> read) {
  for (bool is_new = false;; is_new = true) {
    if (token_.empty() || is_new) HASHVET_RETURN_IF_ERROR(Authenticate());
    const absl::Status status =
        Retrying(options_.how, true, [&]() -> absl::Status {
          HASHVET_ASSIGN_OR_RETURN(
              auto response, transport_->SendForSuccess(
                                 {.url = absl::StrCat(options_.base_url, path),
                                  .headers = {absl::StrCat(
                                      "Authorization: Bearer ", token_)}}));
          if (response->date().has_value()) date_ = response->date();
          return read(
              [&](std::span<char> buffer) { return response->Read(buffer); });
        });
    if (CauseOf(status) != FeedCause::kAuthentication || is_new) return status;
  }
}

absl::StatusOr<std::string> Client::PathOf(const std::string& next) const {
  HASHVET_ASSIGN_OR_RETURN(const Url base, ParseUrl(options_.base_url));
  const auto resolved =
      ResolveUrl(absl::StrCat(options_.base_url, ToAbsl(kListPath)), next);
  const auto url = resolved.ok() ? ParseUrl(*resolved) : resolved.status();
  const std::string want =
      absl::StrCat(base.path == "/" ? "" : base.path, ToAbsl(kListPath));
  if (!url.ok() || !url->SameOrigin(base) || url->has_user ||
      (url->path != want && url->path != want + "/")) {
    return Protocol("a next page elsewhere than /api/hash-list/v2/all");
  }
  const size_t query = resolved->find('?');
  const size_t end = std::min(resolved->find('#'), resolved->size());
  if (query == std::string::npos || query > end) {
    return Protocol("a next page that is the first");
  }
  return absl::StrCat(kListPath, resolved->substr(query, end - query));
}

absl::StatusOr<Page> Client::FetchPage(const std::string& path, FeedPage& page,
                                       std::optional<Row>& first,
                                       std::optional<Row>& last) {
  Page got;
  HASHVET_RETURN_IF_ERROR(Fetch(path, [&](ByteSource source) -> absl::Status {
    page = {};  // a try before this one may have begun it
    first.reset();
    last.reset();
    HASHVET_ASSIGN_OR_RETURN(got,
                             ReadPage(source, page.drift, [&](const Row& row) {
                               AddRow(row, page);
                               if (!first.has_value()) first = row;
                               last = row;
                             }));
    return absl::OkStatus();
  }));
  // Nothing else tells one from another.
  for (const std::string& reason : got.unreadable) {
    page.malformed_lines.push_back(
        {.where = "TCAP", .text = reason, .reason = reason});
  }
  return got;
}

absl::StatusOr<Page> Client::FetchJoined(Checkpoint::Set& set,
                                         const std::string& after,
                                         FeedPage& page) {
  const bool is_first = set.next.empty();
  std::string path = is_first ? ListPath(after) : set.next;
  const auto offset = NumberIn(path, "offset");
  const uint64_t limit = NumberIn(path, "limit").value_or(0);
  uint64_t back = 0;
  if (!is_first && offset.has_value()) {
    back = std::min(std::min(kSeamRows, limit / 2), *offset);
  }
  std::optional<Row> first;
  std::optional<Row> last;
  Page got;
  while (true) {
    if (back > 0) path = WithNumber(set.next, "offset", *offset - back);
    HASHVET_ASSIGN_OR_RETURN(got, FetchPage(path, page, first, last));
    const bool joins = back == 0 || back == *offset ||
                       (first.has_value() && Joins(*first, set));
    if (joins) break;
    back = std::min(back * 2, *offset);
  }
  if (!got.next.empty()) {
    HASHVET_ASSIGN_OR_RETURN(const std::string next, PathOf(got.next));
    const auto goes_on = NumberIn(next, "offset");
    if (next == path || (goes_on.has_value() && offset.has_value() &&
                         *goes_on <= *offset - back)) {
      return Protocol("a page that names itself as the next");
    }
    set.next = next;
  }
  empty_pages_ = got.rows == 0 && !got.next.empty() ? empty_pages_ + 1 : 0;
  if (empty_pages_ > kMaxEmptyPages) {
    return FeedError(FeedCause::kProtocol,
                     absl::StatusCode::kFailedPrecondition,
                     "TCAP hash list: empty pages without an end");
  }
  if (last.has_value() && last->updated_on.has_value()) {
    set.last_on = absl::StrFormat("%.17g", *last->updated_on);
    set.last_id = last->id;
  }
  return got;
}

bool Client::ClockWentBack(const Checkpoint& checkpoint) const {
  // "<seconds>,<id>", as far as it is that.
  double read_to = 0;
  return date_.has_value() && !went_back_ &&
         absl::SimpleAtod(
             checkpoint.after.substr(0, checkpoint.after.find(',')),
             &read_to) &&
         read_to > static_cast<double>(*date_) + kClockSlackS;
}

absl::StatusOr<FeedPage> Client::Next(const std::string& text) {
  HASHVET_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(text));
  std::vector<std::string> warnings;
  while (true) {
    if (!checkpoint.set.has_value()) {
      checkpoint.set.emplace();
      begun_here_ = true;
    }
    Checkpoint::Set& set = *checkpoint.set;
    FeedPage page;
    const auto got = FetchJoined(set, checkpoint.after, page);
    if (!got.ok()) {
      if (IsRefused(got.status()) && !set.next.empty() &&
          restarts_ < kMaxRestarts) {
        ++restarts_;
        warnings.emplace_back(
            "the server no longer knows a page: its set is read again");
        set = {.restore = set.restore};
        continue;
      }
      return got.status();
    }
    if (ClockWentBack(checkpoint)) {
      went_back_ = true;
      warnings.emplace_back(
          "the server's clock went back: everything is read again");
      checkpoint.after.clear();
      checkpoint.set = {.restore = true};
      continue;
    }
    page.told_order = true;
    page.restore = set.restore;
    checkpoint.read_to =
        std::max(checkpoint.read_to, page.newest_at.value_or(0));
    if (got->next.empty()) {
      // Only now: a page within may tell the end of all.
      if (!got->checkpoint.empty()) checkpoint.after = got->checkpoint;
      checkpoint.set.reset();
      read_ = begun_here_;
    }
    page.warnings = std::move(warnings);
    page.complete = !checkpoint.set.has_value() && read_;
    page.checkpoint = Write(checkpoint);
    return page;
  }
}

absl::StatusOr<std::vector<std::string>> Client::Test() {
  HASHVET_RETURN_IF_ERROR(Authenticate());
  FeedPage page;
  std::optional<Row> first;
  std::optional<Row> last;
  HASHVET_ASSIGN_OR_RETURN(const Page got,
                           FetchPage(ListPath(""), page, first, last));
  std::vector<std::string> lines = {
      absl::StrCat("signed in; ", got.rows, " rows on the first page, ",
                   got.next.empty() ? "which is all" : "and more")};
  if (date_.has_value()) {
    lines.push_back(absl::StrCat("the server's time is ", UtcText(*date_)));
  }
  return lines;
}

}  // namespace hashvet::tcap
