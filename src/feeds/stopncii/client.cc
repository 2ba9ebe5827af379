#include "src/feeds/stopncii/client.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iterator>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/hash/text.h"
#include "hashvet/ledger/value_key.h"
#include "src/feeds/protocols.h"
#include "src/feeds/retry.h"
#include "src/feeds/store.h"
#include "src/feeds/utc.h"
#include "src/feeds/value_text.h"

namespace hashvet::stopncii {
namespace {

// Read again with every set: what was stamped before it and came late, and
// what shares its second.
constexpr uint64_t kOverlapS = 120;
// The source forgets what was deleted.
constexpr uint64_t kStaleS = 30 * 86'400;
// A clock of ours that went back by more says nothing about that.
constexpr uint64_t kClockSlackS = 3600;
// How long a page's token is taken to be good.
constexpr uint64_t kTokenLifeS = 12 * 3600;
constexpr int kMaxRestarts = 8;       // of one sync
constexpr int kMaxEmptyPages = 1000;  // in a row
// A server that makes no sense anywhere is no matter of pages.
constexpr int kMaxNewDebts = 16;  // of one sync
constexpr size_t kMaxDebts = 1000;

struct SignalType {
  std::string_view name;
  std::optional<HashKind> kind;  // nothing: nothing here compares it
};
constexpr SignalType kSignalTypes[] = {{"ImagePDQ", HashKind::kPdq},
                                       {"VideoMD5", HashKind::kMd5},
                                       {"VideoTMK", std::nullopt},
                                       {"Text", std::nullopt},
                                       {"URL", std::nullopt}};

bool Is(std::string_view word, std::string_view name) {
  return absl::EqualsIgnoreCase(ToAbsl(word), ToAbsl(name));
}
bool IsOneOf(std::string_view word,
             std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](auto name) { return Is(word, name); });
}
bool IsGone(std::string_view status) {
  return IsOneOf(status, {"Withdrawn", "Deleted"});
}
bool IsStatus(std::string_view status) {
  return IsGone(status) || IsOneOf(status, {"Active", "Received", "Unknown"});
}

// A text that would keep its entry from being one is left out.
bool Fits(const std::string& text, size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes &&
         std::ranges::none_of(text, [](char c) {
           return absl::ascii_iscntrl(static_cast<unsigned char>(c));
         });
}

template <typename T>
void Limit(std::vector<T>& parts, std::string_view name, FeedCounts& drift) {
  if (parts.size() <= kMaxEntryParts) return;
  ++drift[absl::StrCat("hashRecords/", ToAbsl(name), " (too many)")];
  parts.erase(parts.begin() + static_cast<ptrdiff_t>(kMaxEntryParts),
              parts.end());
}

// Only what is active is enforced. That holds for the hash as a whole, and
// while one of its cases may stand.
SourceStatus StatusOf(const Record& record, FeedCounts& drift) {
  if (!IsStatus(record.status)) {
    ++drift[absl::StrCat("hashRecords/hashStatus ", record.status)];
  }
  for (const auto& [id, status] : record.cases) {
    if (!IsStatus(status)) {
      ++drift[absl::StrCat("hashRecords/caseNumbers ", status)];
    }
  }
  if (Is(record.status, "Deleted")) return SourceStatus::kDeleted;
  if (!Is(record.status, "Active")) return SourceStatus::kWithdrawn;
  const bool all_gone = !record.cases.empty() &&
                        std::ranges::all_of(record.cases, [](const auto& each) {
                          return IsGone(each.second);
                        });
  return all_gone ? SourceStatus::kWithdrawn : SourceStatus::kActive;
}

OwnerOpinion OpinionOf(const CspFeedback& said, FeedCounts& drift) {
  OwnerOpinion opinion = {.owner = said.source, .opinion = Opinion::kSeed};
  if (Is(said.value, "Blocked")) {
    opinion.opinion = Opinion::kPositive;
  } else if (Is(said.value, "NotBlocked")) {
    opinion.opinion = Opinion::kNegative;
  } else if (!IsOneOf(said.value, {"Unknown", "None", "QualityUnknown",
                                   "PendingReview", "Withdrawn", "Deleted"})) {
    ++drift[absl::StrCat("hashRecords/CSPFeedbacks/feedbackValue ",
                         said.value)];
  }
  for (const std::string& tag : said.tags) {
    if (Fits(tag, kMaxTextBytes)) {
      opinion.tags.push_back(tag);
    } else {
      ++drift["hashRecords/CSPFeedbacks/tags (no text)"];
    }
  }
  return opinion;
}

void AddRecord(const Record& record, FeedPage& page) {
  const auto type =
      std::ranges::find_if(kSignalTypes, [&](const SignalType& each) {
        return Is(record.signal_type, each.name);
      });
  if (type == std::end(kSignalTypes) || !type->kind.has_value()) {
    ++page.carried[record.signal_type];
    if (type == std::end(kSignalTypes) && !Is(record.signal_type, "Unknown")) {
      ++page.drift[absl::StrCat("hashRecords/signalType ", record.signal_type)];
    }
    return;
  }
  if (record.changed_at.has_value()) {
    page.newest_at = std::max(page.newest_at.value_or(0), *record.changed_at);
  }
  auto value = ParseValueText(*type->kind, record.value);
  if (!value.ok()) {
    page.malformed_lines.push_back(
        {.where = absl::StrCat("StopNCII ", ToAbsl(type->name)),
         .text = record.value,
         .reason = std::string(value.status().message())});
    return;
  }
  EntryUpdate update = {
      .key = absl::StrCat(ToAbsl(type->name), "-", KeyOfValue(*value)),
      .status = StatusOf(record, page.drift),
      .updated_at = record.changed_at};
  if (update.status == SourceStatus::kDeleted) {
    page.updates.Add(std::move(update));
    return;
  }
  update.values.push_back({.value = *std::move(value)});
  update.stated = Opinion::kSeed;
  for (const CspFeedback& said : record.feedback) {
    if (Fits(said.source, kMaxTextBytes)) {
      update.opinions.push_back(OpinionOf(said, page.drift));
    } else {
      ++page.drift["hashRecords/CSPFeedbacks/source (no text)"];
    }
  }
  for (const auto& [id, status] : record.cases) {
    if (Fits(id, kMaxTextBytes) && Fits(status, kMaxTextBytes)) {
      update.cases.push_back({.id = id, .status = status});
    } else {
      ++page.drift["hashRecords/caseNumbers (no text)"];
    }
  }
  Limit(update.opinions, "CSPFeedbacks", page.drift);
  Limit(update.cases, "caseNumbers", page.drift);
  page.updates.Add(std::move(update));
}

bool IsUnreadable(const absl::Status& status) {
  return CauseOf(status) == FeedCause::kProtocol &&
         (status.code() == absl::StatusCode::kDataLoss ||
          status.code() == absl::StatusCode::kResourceExhausted);
}

// What was asked for is not there, or makes no sense to the server.
bool IsRefused(const absl::Status& status) {
  return CauseOf(status) == FeedCause::kProtocol &&
         (status.code() == absl::StatusCode::kNotFound ||
          status.code() == absl::StatusCode::kFailedPrecondition);
}

uint64_t Less(uint64_t time, uint64_t seconds) {
  return std::max(kFirstTimestamp, time - std::min(time, seconds));
}

}  // namespace

uint64_t Client::Now() const {
  return options_.how.now ? options_.how.now()
                          : static_cast<uint64_t>(std::time(nullptr));
}

HttpRequest Client::Ask(const std::string& path, const std::string& key) const {
  return {.url = absl::StrCat(options_.base_url, path),
          .headers = {absl::StrCat("x-functions-key: ", key),
                      absl::StrCat("Ocp-Apim-Subscription-Key: ",
                                   options_.subscription_key)}};
}

absl::Status Client::Fetch(const std::string& path, int max_tries,
                           absl::FunctionRef<absl::Status(ByteSource)> read) {
  FeedClientOptions how = options_.how;
  how.max_tries = std::min(how.max_tries, max_tries);
  return Retrying(how, true, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(auto response, transport_->SendForSuccess(Ask(
                                                path, options_.function_key)));
    if (response->date().has_value()) date_ = response->date();
    return read([&](std::span<char> buffer) { return response->Read(buffer); });
  });
}

bool Client::IsStale(const std::string& text, uint64_t now) const {
  const auto checkpoint = ParseCheckpoint(text);
  if (!checkpoint.ok()) return false;  // told when it is read
  uint64_t since = checkpoint->fetched_at;
  if (since == 0 && checkpoint->set.has_value()) {
    since = checkpoint->set->begun_at;
  }
  if (since == 0) return false;
  return now > since ? now - since > kStaleS : since - now > kClockSlackS;
}

bool Client::ChooseSet(Checkpoint& checkpoint) {
  if (checkpoint.set.has_value()) {
    // A page that was told too long ago is asked for no more: its set is, from
    // the first page on.
    Checkpoint::Set& set = *checkpoint.set;
    if (!set.token.empty() &&
        (set.token_at > Now() || Now() - set.token_at > kTokenLifeS)) {
      set.token.clear();
    }
    return true;
  }
  if (!read_) {
    const uint64_t from = Less(checkpoint.start, kOverlapS);
    checkpoint.set = {.asked = from, .from = from, .begun_at = Now()};
    return true;
  }
  for (const FeedDebt& debt : checkpoint.debts) {
    if (asked_debts_.contains(debt.from)) continue;
    checkpoint.set = {
        .asked = debt.from, .from = debt.from, .begun_at = Now(), .debt = true};
    return true;
  }
  return false;
}

bool Client::AsksEarlier(Checkpoint& checkpoint, FeedPage& page) {
  if (!date_.has_value()) return false;
  const ServerClock before = checkpoint.clock;
  const uint64_t now = Now();
  const uint64_t back = WentBack(before, *date_, now);
  if (back == 0) {
    checkpoint.clock = {.date = *date_, .at = now};
    return false;
  }
  // Among pages it is left to the next set, which then still can tell.
  Checkpoint::Set& set = *checkpoint.set;
  if (set.debt || !set.token.empty() || went_back_) return false;
  went_back_ = true;
  // What happened since has times that were read before.
  page.warnings.push_back(absl::StrCat("the server's clock went back by ", back,
                                       " s or more: that time is read again"));
  checkpoint.clock = {.date = *date_, .at = now};
  checkpoint.restore_to = std::max(checkpoint.restore_to, before.date + 1);
  set.from = std::min(set.from, Less(std::min(before.date, *date_), kOverlapS));
  set.from = std::min(set.from, Less(before.date, back + kOverlapS));
  set.asked = set.from;
  return true;
}

absl::StatusOr<Page> Client::FetchPage(Checkpoint& checkpoint, FeedPage& page) {
  Checkpoint::Set& set = *checkpoint.set;
  const std::string path = FetchPath(set.from, kPageSize, set.token);
  Page got;
  uint64_t newest = 0;
  date_.reset();
  uint64_t took_s = 0;
  const auto asked_at = std::chrono::steady_clock::now();
  HASHVET_RETURN_IF_ERROR(Fetch(
      path, std::numeric_limits<int>::max(),
      [&](ByteSource source) -> absl::Status {
        page = {};  // a try before this one may have begun it
        const auto took = std::chrono::steady_clock::now() - asked_at;
        took_s = static_cast<uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(took).count());
        newest = set.newest;
        HASHVET_ASSIGN_OR_RETURN(
            got, ReadPage(source, page.drift, [&](const Record& record) {
              newest = std::max(newest, record.changed_at.value_or(0));
              AddRecord(record, page);
            }));
        return absl::OkStatus();
      }));
  if (got.has_more && got.token == set.token) {
    return FeedError(FeedCause::kProtocol,
                     "StopNCII hashes: a page that names itself as the next");
  }
  empty_pages_ = got.records == 0 && got.has_more ? empty_pages_ + 1 : 0;
  if (empty_pages_ > kMaxEmptyPages) {
    return FeedError(FeedCause::kProtocol,
                     absl::StatusCode::kFailedPrecondition,
                     "StopNCII hashes: empty pages without an end");
  }
  set.newest = newest;
  // A slow server may tell the time when it was done.
  if (set.begun_date == 0) {
    const uint64_t date = date_.value_or(0);
    set.begun_date = date - std::min(date, took_s);
  }
  // Nothing else tells one from another.
  for (const std::string& reason : got.unreadable) {
    page.malformed_lines.push_back(
        {.where = absl::StrCat("StopNCII since ", set.from),
         .text = reason,
         .reason = reason});
  }
  return got;
}

void Client::FinishSet(const Page& got, Checkpoint& checkpoint,
                       FeedPage& page) {
  const Checkpoint::Set set = *checkpoint.set;
  checkpoint.set.reset();
  if (set.debt) {
    std::erase_if(checkpoint.debts,
                  [&](const FeedDebt& debt) { return debt.from == set.asked; });
    return;
  }
  read_ = begun_here_;
  checkpoint.fetched_at = set.begun_at;
  if (!got.next_start.has_value()) {
    ++page.drift["nextSetTimestamp (missing)"];
    return;
  }
  // Never past when it was begun: what changed since may have been in a page
  // that was read before.
  uint64_t next = *got.next_start;
  if (set.begun_date != 0) {
    next = std::min(next, set.begun_date);
  } else {
    page.warnings.emplace_back(
        "the server tells no time (Date): this machine's clock says when the "
        "set was begun");
    next =
        std::min({next, set.begun_at, std::max(set.newest, checkpoint.start)});
  }
  if (next < set.asked) {
    page.warnings.push_back(
        absl::StrCat("the next set would begin ", set.asked - next,
                     " s before this one: that time is read again"));
    checkpoint.start = next;
  } else {
    checkpoint.start = set.asked < checkpoint.start && !page.restore
                           ? std::max(checkpoint.start, next)
                           : next;
  }
  // What was stamped by a clock that went back before anybody asked: what is
  // said of it next has an earlier time.
  if (set.begun_date != 0 && set.newest > set.begun_date) {
    checkpoint.restore_to = std::max(checkpoint.restore_to, set.newest + 1);
  }
  if (checkpoint.start >= checkpoint.restore_to) checkpoint.restore_to = 0;
}

absl::Status Client::JumpOver(const absl::Status& failure,
                              Checkpoint& checkpoint, FeedPage& page) {
  Checkpoint::Set& set = *checkpoint.set;
  if (new_debts_ >= kMaxNewDebts || checkpoint.debts.size() >= kMaxDebts) {
    return failure;
  }
  const auto is_readable = [&](uint64_t at) -> absl::StatusOr<bool> {
    FeedCounts drift;
    const absl::Status read =
        Fetch(FetchPath(at, kPageSize, ""), 1, [&](ByteSource source) {
          return ReadPage(source, drift, [](const Record&) {}).status();
        });
    if (read.ok()) return true;
    if (IsUnreadable(read)) return false;
    return read;
  };
  // The first time that can be read from, by steps that double and then halve.
  const uint64_t begin = std::max(set.from, set.newest);
  const uint64_t end = std::max(begin, date_.value_or(Now())) + 1;
  uint64_t bad = begin;
  uint64_t good = 0;
  for (uint64_t step = 1; good == 0; step *= 2) {
    const uint64_t at = std::min(begin + step, end);
    HASHVET_ASSIGN_OR_RETURN(const bool readable, is_readable(at));
    (readable ? good : bad) = at;
    if (!readable && at == end) return failure;
  }
  while (good - bad > 1) {
    const uint64_t middle = bad + (good - bad) / 2;
    HASHVET_ASSIGN_OR_RETURN(const bool readable, is_readable(middle));
    (readable ? good : bad) = middle;
  }
  ++new_debts_;
  AddDebt(set.from, good - 1, checkpoint.debts);
  asked_debts_.insert(set.from);
  page.warnings.push_back(
      absl::StrCat("what changed from ", UtcText(set.from), " to ",
                   UtcText(good - 1), " cannot be read (", failure.message(),
                   "): it is owed, and asked for at every sync"));
  set.from = good;
  set.token.clear();
  return absl::OkStatus();
}

absl::StatusOr<bool> Client::TakeFailure(const absl::Status& failure,
                                         Checkpoint& checkpoint,
                                         FeedPage& page) {
  Checkpoint::Set& set = *checkpoint.set;
  if (IsRefused(failure) && !set.token.empty() && restarts_ < kMaxRestarts) {
    ++restarts_;
    page.warnings.push_back(
        "the server no longer knows a page: its set is read again");
    set.token.clear();
    return false;
  }
  if (!IsUnreadable(failure)) return failure;
  if (set.debt) {
    for (FeedDebt& debt : checkpoint.debts) {
      if (debt.from == set.asked) ++debt.tries;
    }
    asked_debts_.insert(set.asked);
    checkpoint.set.reset();
    return true;
  }
  HASHVET_RETURN_IF_ERROR(JumpOver(failure, checkpoint, page));
  return false;
}

absl::StatusOr<FeedPage> Client::Next(const std::string& text) {
  HASHVET_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(text));
  FeedPage page;
  bool hand_out = false;
  while (!hand_out) {
    const bool resumes = checkpoint.set.has_value();
    if (!ChooseSet(checkpoint)) break;
    if (!resumes) begun_here_ = !checkpoint.set->debt;
    FeedPage fetched;
    const auto got = FetchPage(checkpoint, fetched);
    if (!got.ok()) {
      HASHVET_ASSIGN_OR_RETURN(hand_out,
                               TakeFailure(got.status(), checkpoint, page));
      continue;
    }
    if (AsksEarlier(checkpoint, page)) continue;
    Checkpoint::Set& set = *checkpoint.set;
    fetched.told_order = true;
    fetched.restore = set.debt || set.from < checkpoint.restore_to;
    if (got->has_more) {
      set.token = got->token;
      set.token_at = Now();
    } else {
      FinishSet(*got, checkpoint, fetched);
    }
    fetched.warnings.insert(fetched.warnings.begin(), page.warnings.begin(),
                            page.warnings.end());
    page = std::move(fetched);
    hand_out = true;
  }
  Checkpoint ahead = checkpoint;
  page.complete = !ChooseSet(ahead);
  page.checkpoint = Write(checkpoint);
  return page;
}

absl::StatusOr<std::vector<std::string>> Client::Test() {
  Page got;
  FeedCounts drift;
  HASHVET_RETURN_IF_ERROR(
      Fetch(FetchPath(kFirstTimestamp, 1, ""), 1,
            [&](ByteSource source) -> absl::Status {
              HASHVET_ASSIGN_OR_RETURN(
                  got, ReadPage(source, drift, [](const Record&) {}));
              return absl::OkStatus();
            }));
  std::vector<std::string> lines = {got.records > 0
                                        ? "the keys are taken: it has hashes"
                                        : "the keys are taken: it is empty"};
  if (date_.has_value()) {
    lines.push_back(absl::StrCat("the server's time is ", UtcText(*date_)));
  }
  return lines;
}

absl::Status Client::SendFeedbackOf(const FeedbackItem& item,
                                    std::span<const EntryValue> values) {
  const auto of = std::ranges::find_if(values, [&](const EntryValue& each) {
    return Is(item.type, NameOf(each.value.kind())) ||
           std::ranges::any_of(kSignalTypes, [&](const SignalType& type) {
             return type.kind == each.value.kind() && Is(item.type, type.name);
           });
  });
  if (of == values.end()) {
    return absl::InvalidArgumentError(
        "StopNCII feedback: the entry has no value of that type any more, want "
        "pdq or md5");
  }
  HttpRequest request =
      Ask(kFeedbackPath, options_.feedback_key.empty() ? options_.function_key
                                                       : options_.feedback_key);
  request.method = "POST";
  request.content_type = "application/json; charset=utf-8";
  request.body = FeedbackBody(ToHex(of->value), item.affirmative, item.reasons);
  // It says what holds, so saying it twice is as once.
  return Retrying(options_.how, false,
                  [&] { return transport_->SendForSuccess(request).status(); });
}

}  // namespace hashvet::stopncii
