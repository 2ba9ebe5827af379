#include "src/feeds/ncmec/client.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/protocols.h"
#include "src/feeds/retry.h"
#include "src/feeds/store.h"
#include "src/feeds/utc.h"
#include "src/feeds/value_text.h"

namespace hashvet::ncmec {
namespace {

// The provider's clients stop so short of now: later entries may still be on
// their way to what is asked.
constexpr uint64_t kBehindNowS = 5;
// Read again at every sync: what came late, or before a small step back of the
// server's clock.
constexpr uint64_t kOverlapS = 120;
// Between ranges, since the ends of one are inclusive or exclusive as the
// server likes.
constexpr uint64_t kSeamS = 1;
// How long a page's URL is taken to be good.
constexpr uint64_t kPagingLifeS = 12 * 3600;
// Of ranges: the provider's figures.
constexpr uint64_t kMaxRows = 400'000;
constexpr uint64_t kManyRows = 100'000;
constexpr uint64_t kFewRows = 2'000;
constexpr uint64_t kFewRanges = 4;
constexpr uint64_t kShrink = 4;
constexpr uint64_t kMinWindowS = 60;
// A server that fails over a wide range is asked for less, so often.
constexpr uint64_t kServerShrink = 64;
constexpr int kMaxServerShrinks = 3;
constexpr int kMaxRestarts = 16;  // of one sync
// A server that makes no sense anywhere is no matter of ranges.
constexpr int kMaxNewDebts = 16;  // of one sync
constexpr size_t kMaxDebts = 1000;

bool IsUnreadable(const absl::Status& status) {
  return CauseOf(status) == FeedCause::kProtocol &&
         (status.code() == absl::StatusCode::kDataLoss ||
          status.code() == absl::StatusCode::kResourceExhausted);
}

// The server answered that it failed, or took too long.
bool IsTooMuch(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnknown ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

std::string_view MediaOf(const Entry& entry) {
  return entry.video ? "video" : "image";
}

// "42-image-a7", back into its parts.
struct KeyParts {
  std::string member;
  std::string id;
};
std::optional<KeyParts> SplitKey(const std::string& key) {
  const std::vector<std::string> parts =
      absl::StrSplit(key, absl::MaxSplits('-', 2));
  if (parts.size() != 3 || (parts[1] != "image" && parts[1] != "video")) {
    return std::nullopt;
  }
  return KeyParts{parts[0], parts[2]};
}

struct MatchedType {
  std::string_view name;
  HashKind kind;
};
constexpr MatchedType kMatchedTypes[] = {{"md5", HashKind::kMd5},
                                         {"sha1", HashKind::kSha1},
                                         {"pdna", HashKind::kPhotoDna},
                                         {"pdq", HashKind::kPdq}};

EntryUpdate UpdateOf(const Entry& entry, FeedPage& page) {
  EntryUpdate update = {
      .key = absl::StrCat(entry.member, "-", ToAbsl(MediaOf(entry)), "-",
                          entry.id),
      .status = entry.deleted ? SourceStatus::kDeleted : SourceStatus::kActive,
      .updated_at = entry.timestamp};
  if (entry.deleted) return update;
  update.member = entry.member;
  update.category = entry.classification;
  if (!entry.classification.empty()) update.category_scheme = "ncmec";
  for (const Fingerprint& each : entry.fingerprints) {
    const auto known =
        std::ranges::find(kMatchedTypes, each.type, &MatchedType::name);
    if (known != std::end(kMatchedTypes) && each.href.empty()) {
      AddValueText(known->kind, each.type, each.value, update);
      continue;
    }
    ++page.carried[absl::StrCat(ToAbsl(MediaOf(entry)), " ", each.type)];
    if (!PathType(each.type).has_value()) {
      ++page.drift[absl::StrCat("fingerprints/", each.type)];
    }
  }
  // Who lists it, and everybody who says something of one of its values.
  update.opinions.push_back(
      {.owner = entry.member, .opinion = Opinion::kPositive});
  for (const MemberFeedback& said : entry.feedback) {
    update.opinions.push_back({.owner = said.member,
                               .opinion = said.affirmative
                                              ? Opinion::kPositive
                                              : Opinion::kNegative});
    update.feedback.push_back({.type = said.type,
                               .member = said.member,
                               .affirmative = said.affirmative,
                               .reason = said.reason});
  }
  return update;
}

}  // namespace

uint64_t Client::Now() const {
  return options_.how.now ? options_.how.now()
                          : static_cast<uint64_t>(std::time(nullptr));
}

HttpRequest Client::Get(const std::string& path) const {
  return {.url = absl::StrCat(options_.base_url, path),
          .user = options_.user,
          .password = options_.password};
}

absl::Status Client::Fetch(const std::string& path, bool retry_unreadable,
                           absl::FunctionRef<absl::Status(ByteSource)> read) {
  return Retrying(options_.how, retry_unreadable, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(auto response,
                             transport_->SendForSuccess(Get(path)));
    if (response->date().has_value()) date_ = response->date();
    return read([&](std::span<char> buffer) { return response->Read(buffer); });
  });
}

absl::Status Client::FindBound(Checkpoint& checkpoint, FeedPage& page) {
  date_.reset();
  HASHVET_RETURN_IF_ERROR(Fetch(kStatusPath, true, [](ByteSource source) {
    return ReadIdentity(source).status();
  }));
  if (!date_.has_value()) {
    page.warnings.push_back(
        "the server tells no time (Date): asked by this machine's clock");
  }
  const uint64_t server_now = date_.value_or(Now());
  bound_ = server_now - std::min(server_now, kBehindNowS);
  const ClockStep step =
      StepOf(checkpoint.clock, date_, Now(), checkpoint.until, *bound_);
  if (step.back > 0) {
    page.warnings.push_back(
        absl::StrCat("the server's clock went back by ", step.back,
                     " s or more: that time is read again"));
    checkpoint.restore_to = std::max(checkpoint.restore_to, step.told);
    checkpoint.until = step.from;
    // A range that is being read would end after it.
    if (checkpoint.range.has_value() && !checkpoint.range->debt) {
      checkpoint.range.reset();
    }
  }
  const uint64_t since = std::min(options_.since, *bound_);
  checkpoint.until =
      std::max(since, checkpoint.until - std::min(checkpoint.until, kOverlapS));
  return absl::OkStatus();
}

bool Client::ChooseRange(Checkpoint& checkpoint) const {
  if (checkpoint.range.has_value()) {
    // A page that was told too long ago, or by a clock that has gone back
    // since, is asked for no more: its range is, from the first page on.
    Checkpoint::Range& range = *checkpoint.range;
    if (!range.next.empty() &&
        (range.next_at > Now() || Now() - range.next_at > kPagingLifeS)) {
      range.next.clear();
      range.rows = 0;
    }
    return true;
  }
  if (checkpoint.until < *bound_) {
    const uint64_t width =
        checkpoint.window == 0 ? *bound_ - checkpoint.until : checkpoint.window;
    checkpoint.range = {
        .from = checkpoint.until - std::min(checkpoint.until, kSeamS),
        .to = std::min(*bound_, checkpoint.until + width)};
    return true;
  }
  for (const FeedDebt& debt : checkpoint.debts) {
    if (asked_debts_.contains(debt.from)) continue;
    checkpoint.range = {.from = debt.from, .to = debt.to, .debt = true};
    return true;
  }
  return false;
}

void Client::AddEntry(const Entry& entry, FeedPage& page) {
  if (!options_.members.empty() && !options_.members.contains(entry.member)) {
    return;
  }
  if (!entry.member_name.empty() && told_members_.insert(entry.member).second) {
    page.members.emplace_back(entry.member, entry.member_name);
  }
  if (entry.timestamp.has_value()) {
    page.newest_at = std::max(page.newest_at.value_or(0), *entry.timestamp);
  }
  EntryUpdate update = UpdateOf(entry, page);
  if (options_.large.has_value()) {
    const uint64_t at = entry.timestamp.value_or(0);
    if (entry.deleted) large_.push_back({.key = update.key});
    for (const Fingerprint& each : entry.fingerprints) {
      if (each.href.empty() || !PathType(each.type).has_value()) continue;
      large_.push_back({update.key, each.type, each.href, at});
    }
  }
  page.updates.Add(std::move(update));
}

absl::Status Client::FetchLarge(FeedPage& page) {
  uint64_t missing = 0;
  for (const Large& each : std::exchange(large_, {})) {
    const LargeFiles& files = *options_.large;
    if (each.href.empty()) {
      HASHVET_RETURN_IF_ERROR(files.Remove(each.key));
      continue;
    }
    if (files.Has(each.key, each.type, each.at)) continue;
    if (!IsFingerprintPath(each.href)) {
      ++page.drift["fingerprints/href (elsewhere)"];
      ++missing;
      continue;
    }
    const absl::Status got = Fetch(each.href, false, [&](ByteSource source) {
      return files.Write(each.key, each.type, each.at, source);
    });
    // It is not there, too long, or the server fails over it.
    if (CauseOf(got) == FeedCause::kProtocol ||
        (CauseOf(got) == FeedCause::kNetwork && IsTooMuch(got))) {
      ++missing;
    } else if (!got.ok()) {
      return got;
    }
  }
  if (missing > 0) {
    page.warnings.push_back(absl::StrCat(
        missing,
        " large fingerprints of a page are not to be had: asked for "
        "again when their entries change, or with a full refetch"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Page> Client::FetchPage(const std::string& path,
                                       FeedPage& page) {
  Page got;
  const FeedPage before = page;
  HASHVET_RETURN_IF_ERROR(
      Fetch(path, true, [&](ByteSource source) -> absl::Status {
        page = before;  // a try before this one may have begun it
        large_.clear();
        HASHVET_ASSIGN_OR_RETURN(
            got, ReadPage(source, page.drift,
                          [&](const Entry& entry) { AddEntry(entry, page); }));
        return absl::OkStatus();
      }));
  // Each at a place of its own, or the quarantine takes them for one.
  for (const uint64_t entry : got.nameless) {
    page.malformed_lines.push_back(
        {.where =
             absl::StrCat("NCMEC ", path.substr(0, 200), ": entry ", entry),
         .reason = "an entry without a member's number or an id"});
  }
  return got;
}

bool Client::TakePage(const Page& got, Checkpoint& checkpoint, FeedPage& page) {
  Checkpoint::Range& range = *checkpoint.range;
  const bool is_first = range.next.empty();
  const uint64_t width = range.to - range.from;
  const uint64_t coming = got.next.empty() ? 0 : RowsFrom(got.next).value_or(0);
  if (is_first && !range.debt && coming + got.entries > kMaxRows &&
      width > kMinWindowS) {
    checkpoint.window = std::max(kMinWindowS, width / kShrink);
    checkpoint.range.reset();
    return false;
  }
  range.rows += got.entries;
  // A whole refetch that was accepted without what is owed deleted it.
  page.restore = range.debt || range.from < checkpoint.restore_to;
  if (got.next.empty()) {
    FinishRange(checkpoint);
  } else {
    range.next = got.next;
    range.next_at = Now();
  }
  return true;
}

void Client::FinishRange(Checkpoint& checkpoint) const {
  const Checkpoint::Range range = *checkpoint.range;
  checkpoint.range.reset();
  if (range.debt) {
    std::erase_if(checkpoint.debts, [&](const FeedDebt& debt) {
      return debt.from == range.from;
    });
    return;
  }
  checkpoint.until = std::max(checkpoint.until, range.to);
  if (checkpoint.until >= checkpoint.restore_to) checkpoint.restore_to = 0;
  if (checkpoint.window == 0) return;
  checkpoint.quiet = range.rows < kFewRows ? checkpoint.quiet + 1 : 0;
  if (range.rows > kManyRows) {
    checkpoint.window = std::max(kMinWindowS, checkpoint.window / kShrink);
  } else if (checkpoint.quiet >= kFewRanges) {
    checkpoint.window *= 2;
    checkpoint.quiet = 0;
  }
}

// What to do about a page that did not come: ask for less, make a debt of it,
// or give up for now.
absl::Status Client::TakeFailure(const absl::Status& failure,
                                 Checkpoint& checkpoint, FeedPage& page,
                                 bool& hand_out) {
  Checkpoint::Range& range = *checkpoint.range;
  const uint64_t width = range.to - range.from;
  hand_out = false;
  if (failure.code() == absl::StatusCode::kNotFound && !range.next.empty() &&
      restarts_ < kMaxRestarts) {
    ++restarts_;
    page.warnings.push_back(
        "the server no longer knows a page: its range is read again");
    range.next.clear();
    range.rows = 0;
    return absl::OkStatus();
  }
  if (IsTooMuch(failure) && range.next.empty() && !range.debt &&
      width > kMinWindowS && server_shrinks_ < kMaxServerShrinks) {
    ++server_shrinks_;
    checkpoint.window = std::max(kMinWindowS, width / kServerShrink);
    checkpoint.range.reset();
    return absl::OkStatus();
  }
  if (!IsUnreadable(failure)) return failure;
  if (range.debt) {
    for (FeedDebt& debt : checkpoint.debts) {
      if (debt.from == range.from) ++debt.tries;
    }
    asked_debts_.insert(range.from);
    checkpoint.range.reset();
    hand_out = true;
    return absl::OkStatus();
  }
  if (width > 2 * kSeamS) {
    // Halved, from where the range begins.
    checkpoint.window = width / 2;
    checkpoint.range.reset();
    return absl::OkStatus();
  }
  if (new_debts_ >= kMaxNewDebts || checkpoint.debts.size() >= kMaxDebts) {
    return failure;
  }
  ++new_debts_;
  AddDebt(range.from, range.to, checkpoint.debts);
  asked_debts_.insert(range.from);
  page.warnings.push_back(
      absl::StrCat("what changed from ", UtcText(range.from), " to ",
                   UtcText(range.to), " cannot be read (", failure.message(),
                   "): it is owed, and asked for at every sync"));
  FinishRange(checkpoint);
  hand_out = true;
  return absl::OkStatus();
}

absl::StatusOr<FeedPage> Client::Next(const std::string& text) {
  HASHVET_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(text));
  FeedPage page;
  if (!bound_.has_value()) {
    HASHVET_RETURN_IF_ERROR(FindBound(checkpoint, page));
  }
  while (ChooseRange(checkpoint)) {
    const Checkpoint::Range range = *checkpoint.range;
    FeedPage fetched;
    auto got = FetchPage(
        range.next.empty() ? EntriesPath(range.from, range.to) : range.next,
        fetched);
    if (got.ok() && range.next.empty() && got->next.empty() &&
        got->count.has_value() && *got->count != got->entries) {
      got = FeedError(FeedCause::kProtocol,
                      absl::StrCat("NCMEC entries: ", got->entries,
                                   " of them, the answer says ", *got->count));
    }
    if (got.ok() && !range.next.empty() && got->next == range.next) {
      got = FeedError(FeedCause::kProtocol,
                      "NCMEC entries: a page that names itself as the next");
    }
    bool hand_out = false;
    if (got.ok()) {
      hand_out = TakePage(*got, checkpoint, fetched);
      if (hand_out) {
        HASHVET_RETURN_IF_ERROR(FetchLarge(fetched));
        fetched.warnings.insert(fetched.warnings.begin(), page.warnings.begin(),
                                page.warnings.end());
        page = std::move(fetched);
      }
    } else {
      HASHVET_RETURN_IF_ERROR(
          TakeFailure(got.status(), checkpoint, page, hand_out));
    }
    if (hand_out) break;
  }
  Checkpoint ahead = checkpoint;
  page.complete = !ChooseRange(ahead);
  page.checkpoint = Write(checkpoint);
  return page;
}

absl::StatusOr<std::vector<std::string>> Client::Test() {
  std::vector<std::string> lines;
  HASHVET_RETURN_IF_ERROR(
      Fetch(kStatusPath, false, [&](ByteSource source) -> absl::Status {
        HASHVET_ASSIGN_OR_RETURN(const Identity identity, ReadIdentity(source));
        lines.push_back(absl::StrCat(
            "taken for ", identity.username, " of ", identity.member.name,
            " (member ", identity.member.id, ") at ", identity.ip_address));
        return absl::OkStatus();
      }));
  if (date_.has_value()) {
    lines.push_back(absl::StrCat("the server's time is ", UtcText(*date_)));
  }
  HASHVET_RETURN_IF_ERROR(
      Fetch(kMembersPath, false, [&](ByteSource source) -> absl::Status {
        HASHVET_ASSIGN_OR_RETURN(const auto members, ReadMembers(source));
        lines.push_back(absl::StrCat(members.size(), " members"));
        return absl::OkStatus();
      }));
  const absl::Status groups = Fetch(
      kCategorizationsPath, false, [&](ByteSource source) -> absl::Status {
        HASHVET_ASSIGN_OR_RETURN(const auto found, ReadCategorizations(source));
        for (const CategorizationGroup& group : found) {
          lines.push_back(absl::StrCat("categorizations ", group.name, ": ",
                                       absl::StrJoin(group.names, ", ")));
        }
        return absl::OkStatus();
      });
  // Not every environment has them.
  if (!groups.ok() && groups.code() != absl::StatusCode::kNotFound) {
    return groups;
  }
  return lines;
}

absl::StatusOr<std::vector<FeedbackReason>> Client::Reasons(
    const std::string& type) {
  const auto path_type = PathType(type);
  if (!path_type.has_value()) {
    return absl::InvalidArgumentError(
        "NCMEC feedback: an unknown type of fingerprint, want md5, sha1, pdna, "
        "pdq …");
  }
  std::vector<FeedbackReason> reasons;
  HASHVET_RETURN_IF_ERROR(Fetch(
      ReasonsPath(*path_type), false, [&](ByteSource source) -> absl::Status {
        HASHVET_ASSIGN_OR_RETURN(reasons, ReadReasons(source));
        return absl::OkStatus();
      }));
  return reasons;
}

absl::Status Client::SendFeedback(const FeedbackItem& item) {
  const auto key = SplitKey(item.key);
  const auto type = PathType(item.type);
  if (!key.has_value() || !type.has_value()) {
    return absl::InvalidArgumentError(
        "NCMEC feedback: want an entry's key (42-image-a7) and a type of "
        "fingerprint (md5, sha1, pdna, pdq …)");
  }
  std::vector<std::string> guids;
  if (!item.affirmative) {
    HASHVET_ASSIGN_OR_RETURN(const auto reasons, Reasons(item.type));
    for (const std::string& given : item.reasons) {
      const auto found =
          std::ranges::find_if(reasons, [&](const FeedbackReason& reason) {
            return reason.id == given || reason.name == given;
          });
      if (found == reasons.end()) {
        return absl::InvalidArgumentError(
            "NCMEC feedback: a reason that the source does not have");
      }
      guids.push_back(found->id);
    }
    if (guids.empty() && reasons.size() == 1) guids.push_back(reasons[0].id);
    if (guids.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "NCMEC feedback: no reason given, want one of ", reasons.size()));
    }
  }
  HttpRequest request = Get(FeedbackPath(key->member, key->id, *type));
  request.method = "PUT";
  request.content_type = "application/xml; charset=utf-8";
  request.body = FeedbackBody(item.affirmative, guids);
  // It says what holds, so saying it twice is as once.
  return Retrying(options_.how, false,
                  [&] { return transport_->SendForSuccess(request).status(); });
}

}  // namespace hashvet::ncmec
