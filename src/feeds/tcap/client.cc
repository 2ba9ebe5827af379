#include "src/feeds/tcap/client.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

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
// What the server's next pages ask for.
constexpr uint64_t kPageRows = 1000;
// A server that makes no sense anywhere is no matter of rows.
constexpr int kMaxNewHoles = 16;  // of one sync

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

bool IsUnreadable(const absl::Status& status) {
  return CauseOf(status) == FeedCause::kProtocol &&
         (status.code() == absl::StatusCode::kDataLoss ||
          status.code() == absl::StatusCode::kResourceExhausted);
}

uint64_t SecondsOf(const std::string& time) {
  double seconds = 0;
  return absl::SimpleAtod(time, &seconds) ? static_cast<uint64_t>(seconds) : 0;
}

// What no other page makes better.
absl::Status Protocol(std::string_view message) {
  return FeedError(FeedCause::kProtocol, absl::StatusCode::kInvalidArgument,
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
                           absl::FunctionRef<absl::Status(ByteSource)> read,
                           int max_tries) {
  FeedClientOptions how = options_.how;
  how.max_tries = std::min(how.max_tries, max_tries);
  for (bool is_new = false;; is_new = true) {
    if (token_.empty() || is_new) {
      const absl::Status status = Authenticate();
      // No page is to blame.
      if (IsUnreadable(status)) return Protocol(ToStd(status.message()));
      HASHVET_RETURN_IF_ERROR(status);
    }
    const absl::Status status = Retrying(how, true, [&]() -> absl::Status {
      HASHVET_ASSIGN_OR_RETURN(
          auto response,
          transport_->SendForSuccess(
              {.url = absl::StrCat(options_.base_url, path),
               .headers = {absl::StrCat("Authorization: Bearer ", token_)}}));
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

absl::StatusOr<Page> Client::FetchPage(const std::string& path, int max_tries,
                                       FeedPage& page,
                                       std::optional<Row>& first,
                                       std::optional<Row>& last) {
  Page got;
  const auto read = [&](ByteSource source) -> absl::Status {
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
  };
  HASHVET_RETURN_IF_ERROR(Fetch(path, read, max_tries));
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
    // Of smaller pages it comes on top.
    back = set.rows != 0 ? kSeamRows : std::min(kSeamRows, limit / 2);
  }
  // Never into what cannot be read.
  const uint64_t most =
      offset.has_value() ? *offset - std::min(set.hole_end, *offset) : 0;
  back = std::min(back, most);
  std::optional<Row> first;
  std::optional<Row> last;
  Page got;
  while (true) {
    if (back > 0) path = WithNumber(set.next, "offset", *offset - back);
    if (back > 0 && set.rows != 0) {
      path = WithNumber(path, "limit", limit + back);
    }
    // Of smaller pages many fail.
    HASHVET_ASSIGN_OR_RETURN(
        got,
        FetchPage(path, set.rows == 0 ? std::numeric_limits<int>::max() : 1,
                  page, first, last));
    const bool joins =
        back == 0 || back == most || (first.has_value() && Joins(*first, set));
    if (joins) break;
    back = std::min(back * 2, most);
  }
  if (!got.next.empty()) {
    HASHVET_ASSIGN_OR_RETURN(const std::string next, PathOf(got.next));
    const auto goes_on = NumberIn(next, "offset");
    if (next == path || (goes_on.has_value() && offset.has_value() &&
                         *goes_on <= *offset - back)) {
      return Protocol("a page that names itself as the next");
    }
    set.next = next;
    // Larger ones again.
    if (set.rows != 0 && NumberIn(next, "limit").has_value()) {
      set.rows = std::min(set.rows * 2, kPageRows);
      set.next = WithNumber(next, "limit", set.rows);
      if (set.rows == kPageRows) set.rows = 0;
    }
  }
  if (!set.holes.empty() && first.has_value()) {
    FeedDebt& hole = set.holes.back();
    if (hole.to == 0) {
      hole.to = std::max(hole.from,
                         WholeSeconds(first->updated_on).value_or(hole.from));
    }
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

absl::Status Client::AskForLess(const absl::Status& failure,
                                const std::string& after, Checkpoint::Set& set,
                                std::vector<std::string>& warnings) {
  if (!IsUnreadable(failure)) return failure;
  if (set.next.empty()) {
    set.next = absl::StrCat(ListPath(after), "&limit=", kPageRows, "&offset=0");
  }
  const auto offset = NumberIn(set.next, "offset");
  const auto limit = NumberIn(set.next, "limit");
  if (!offset.has_value() || !limit.has_value() || *limit == 0) return failure;
  set.rows = std::max<uint64_t>(*limit / 2, 1);
  set.next = WithNumber(set.next, "limit", set.rows);
  if (*limit > 1) return absl::OkStatus();
  if (new_holes_ >= kMaxNewHoles) return failure;
  ++new_holes_;
  const uint64_t from = SecondsOf(set.last_on);
  if (set.holes.empty() || set.holes.back().to != 0) {
    set.holes.push_back({.from = from});
    warnings.push_back(absl::StrCat(
        "a row after ", UtcText(from), " cannot be read (", failure.message(),
        "): it is owed, and asked for at every sync, with all that follows"));
  }
  set.hole_end = *offset + 1;
  set.next = WithNumber(set.next, "offset", set.hole_end);
  return absl::OkStatus();
}

void Client::FinishSet(const Page& got, Checkpoint& checkpoint) {
  std::vector<FeedDebt> owed = std::move(checkpoint.set->holes);
  checkpoint.set.reset();
  for (FeedDebt& hole : owed) {
    if (hole.to == 0) hole.to = std::max(hole.from, date_.value_or(hole.from));
    hole.tries = 1;
    for (const FeedDebt& before : checkpoint.debts) {
      if (before.from == hole.from) hole.tries = before.tries + 1;
    }
  }
  checkpoint.debts = std::move(owed);
  // Only now: a page within may tell the end of all.
  if (checkpoint.debts.empty() && !got.checkpoint.empty()) {
    checkpoint.after = got.checkpoint;
  }
  read_ = begun_here_;
}

uint64_t Client::Now() const {
  return options_.how.now ? options_.how.now()
                          : static_cast<uint64_t>(std::time(nullptr));
}

bool Client::ClockWentBack(const Checkpoint& checkpoint) const {
  if (!date_.has_value() || went_back_) return false;
  // "<seconds>,<id>", as far as it is that.
  uint64_t seconds =
      SecondsOf(checkpoint.after.substr(0, checkpoint.after.find(',')));
  if (checkpoint.set.has_value()) {
    seconds = std::max(seconds, SecondsOf(checkpoint.set->last_on));
  }
  const auto read_to = static_cast<double>(seconds);
  // What changed since may be stamped with times from here on.
  double from = static_cast<double>(*date_) + kClockSlackS;
  if (const uint64_t back = WentBack(checkpoint.clock, *date_, Now());
      back > 0) {
    from = std::min(from, static_cast<double>(checkpoint.clock.date) -
                              static_cast<double>(back));
  }
  return read_to > from;
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
      HASHVET_RETURN_IF_ERROR(
          AskForLess(got.status(), checkpoint.after, set, warnings));
      continue;
    }
    if (ClockWentBack(checkpoint)) {
      went_back_ = true;
      warnings.emplace_back(
          "the server's clock went back: everything is read again");
      checkpoint.after.clear();
      checkpoint.set = {.restore = true};
      continue;
    }
    if (date_.has_value()) checkpoint.clock = {.date = *date_, .at = Now()};
    page.told_order = true;
    // A whole refetch that was accepted without what is owed deleted it.
    page.restore = set.restore || !checkpoint.debts.empty();
    checkpoint.read_to =
        std::max(checkpoint.read_to, page.newest_at.value_or(0));
    if (got->next.empty()) FinishSet(*got, checkpoint);
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
  HASHVET_ASSIGN_OR_RETURN(
      const Page got, FetchPage(ListPath(""), std::numeric_limits<int>::max(),
                                page, first, last));
  std::vector<std::string> lines = {
      absl::StrCat("signed in; ", got.rows, " rows on the first page, ",
                   got.next.empty() ? "which is all" : "and more")};
  if (date_.has_value()) {
    lines.push_back(absl::StrCat("the server's time is ", UtcText(*date_)));
  }
  return lines;
}

}  // namespace hashvet::tcap
