#include "src/feeds/threatexchange/client.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/protocols.h"
#include "src/feeds/retry.h"
#include "src/feeds/store.h"
#include "src/feeds/url.h"
#include "src/feeds/utc.h"
#include "src/feeds/value_text.h"

namespace hashvet::threatexchange {
namespace {

// Stops so short of now: later updates may still be on their way to what is
// asked, and a second that has begun may get more.
constexpr uint64_t kBehindNowS = 5;
// Read again at every sync: what came late.
constexpr uint64_t kOverlapS = 120;
// Between ranges, since the ends of one are inclusive or exclusive as the
// server likes.
constexpr uint64_t kSeamS = 1;
// How long a page's URL is taken to be good.
constexpr uint64_t kPagingLifeS = 12 * 3600;
// The source tells deletions for 90 days.
constexpr uint64_t kMemoryS = uint64_t{85} * 86'400;
constexpr uint64_t kMinWindowS = 60;
// A server that fails over a wide range is asked for less, so often.
constexpr uint64_t kServerShrink = 64;
constexpr int kMaxServerShrinks = 3;
// A server that makes no sense anywhere is no matter of ranges.
constexpr int kMaxNewDebts = 16;  // of one sync
constexpr size_t kMaxDebts = 1000;
constexpr int kMaxRestarts = 16;  // of one sync
constexpr int kMaxEmptyPages = 1000;

constexpr std::string_view kVideoTag = "media_type_video";

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

// It does not know what was asked for.
bool IsRefused(const absl::Status& status) {
  return CauseOf(status) == FeedCause::kProtocol &&
         (status.code() == absl::StatusCode::kNotFound ||
          status.code() == absl::StatusCode::kFailedPrecondition);
}

// Types of indicators that are values of ours. Some are so only where a
// descriptor is tagged as a video's: the others may be of anything.
struct MatchedType {
  std::string_view name;
  HashKind kind;
  bool tagged;
};
constexpr MatchedType kMatchedTypes[] = {
    {"HASH_PDQ", HashKind::kPdq, false},
    {"HASH_VIDEO_MD5", HashKind::kMd5, false},
    {"HASH_MD5", HashKind::kMd5, true},
    {"HASH_VIDEO_SHA256", HashKind::kSha256, false},
    {"HASH_SHA256", HashKind::kSha256, true}};

// What a reaction says of somebody who described nothing.
struct KnownReaction {
  std::string_view key;
  Opinion opinion;  // kUnknown: nothing
};
constexpr KnownReaction kReactions[] = {
    {"HELPFUL", Opinion::kPositive},
    {"DISAGREE_WITH_TAGS", Opinion::kNegative},
    {"NOT_HELPFUL", Opinion::kUnknown},
    {"OUTDATED", Opinion::kUnknown},
    {"SAW_THIS_TOO", Opinion::kUnknown},
    {"WANT_MORE_INFO", Opinion::kUnknown},
    {"INGESTED", Opinion::kUnknown},
    {"IN_REVIEW", Opinion::kUnknown}};

// What we may say with a reaction.
struct OurReaction {
  std::string_view key;
  bool affirmative;
};
constexpr OurReaction kOurReactions[] = {{"HELPFUL", true},
                                         {"SAW_THIS_TOO", true},
                                         {"DISAGREE_WITH_TAGS", false},
                                         {"NOT_HELPFUL", false}};

Opinion OpinionOf(const Descriptor& descriptor, FeedPage& page) {
  if (descriptor.status == "MALICIOUS") return Opinion::kPositive;
  if (descriptor.status == "NON_MALICIOUS") return Opinion::kNegative;
  if (descriptor.status != "SUSPICIOUS" && descriptor.status != "UNKNOWN") {
    ++page.drift[absl::StrCat("data[].descriptors.data[].status ",
                              descriptor.status)];
  }
  return Opinion::kSeed;
}

// Who described it, then whoever only reacted.
void AddOpinions(const Update& said, FeedPage& page, EntryUpdate& update) {
  std::set<std::string_view> owners;
  for (const Descriptor& descriptor : said.descriptors) {
    owners.insert(descriptor.owner);
    update.opinions.push_back({.owner = descriptor.owner,
                               .opinion = OpinionOf(descriptor, page),
                               .tags = descriptor.tags});
    if (descriptor.owner.empty()) {
      ++page.drift["data[].descriptors.data[].owner (missing)"];
    }
  }
  for (const Descriptor& descriptor : said.descriptors) {
    for (const Reaction& reaction : descriptor.reactions) {
      const auto known =
          std::ranges::find(kReactions, reaction.key, &KnownReaction::key);
      if (known == std::end(kReactions)) {
        ++page.drift[absl::StrCat("data[].descriptors.data[].reactions ",
                                  reaction.key)];
        continue;
      }
      if (known->opinion == Opinion::kUnknown) continue;
      for (const std::string& owner : reaction.owners) {
        if (owners.contains(owner)) continue;
        update.opinions.push_back({.owner = owner, .opinion = known->opinion});
      }
    }
  }
}

bool HasTag(const Update& said, std::string_view tag) {
  return std::ranges::any_of(
      said.descriptors, [&](const Descriptor& descriptor) {
        return std::ranges::find(descriptor.tags, tag) != descriptor.tags.end();
      });
}

EntryUpdate UpdateOf(const Update& said, FeedPage& page) {
  EntryUpdate update = {
      .key = said.id,
      .status = said.deleted ? SourceStatus::kDeleted : SourceStatus::kActive,
      .updated_at = said.updated_at};
  if (said.deleted) return update;
  const auto known =
      std::ranges::find(kMatchedTypes, said.type, &MatchedType::name);
  if (known != std::end(kMatchedTypes) &&
      (!known->tagged || HasTag(said, kVideoTag))) {
    AddValueText(known->kind, said.type, said.indicator, update);
  } else {
    ++page.carried[said.type];
  }
  AddOpinions(said, page, update);
  for (const Descriptor& descriptor : said.descriptors) {
    if (!descriptor.added_at.has_value()) continue;
    update.created_at =
        std::min(update.created_at.value_or(UINT64_MAX), *descriptor.added_at);
  }
  return update;
}

}  // namespace

uint64_t Client::Now() const {
  return options_.how.now ? options_.how.now()
                          : static_cast<uint64_t>(std::time(nullptr));
}

absl::Status Client::Ask(const std::string& target, bool retry_unreadable,
                         absl::FunctionRef<absl::Status(ByteSource)> read) {
  const HttpRequest request = {
      .url = absl::StrCat(options_.base_url, target,
                          "&access_token=", QueryEscaped(options_.token))};
  return Retrying(options_.how, retry_unreadable, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(auto response, transport_->Send(request));
    if (response->date().has_value()) date_ = response->date();
    if (response->status() < 200 || response->status() > 299) {
      return ErrorOf(*response);
    }
    return read([&](std::span<char> buffer) { return response->Read(buffer); });
  });
}

absl::Status Client::Post(const std::string& target, const std::string& form) {
  const HttpRequest request = {
      .method = "POST",
      .url = absl::StrCat(options_.base_url, target,
                          "?access_token=", QueryEscaped(options_.token)),
      .content_type = "application/x-www-form-urlencoded",
      .body = form};
  // It says what holds, so saying it twice is as once.
  return Retrying(options_.how, false, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(auto response, transport_->Send(request));
    if (response->status() < 200 || response->status() > 299) {
      return ErrorOf(*response);
    }
    return ReadSuccess(
        [&](std::span<char> buffer) { return response->Read(buffer); });
  });
}

absl::StatusOr<std::string> Client::GroupName() {
  std::string name;
  HASHVET_RETURN_IF_ERROR(Ask(ObjectTarget(options_.group, "id,name"), true,
                              [&](ByteSource source) -> absl::Status {
                                HASHVET_ASSIGN_OR_RETURN(
                                    name, ReadName(source, options_.group));
                                return absl::OkStatus();
                              }));
  return name;
}

absl::Status Client::FindBound(Checkpoint& checkpoint, FeedPage& page) {
  date_.reset();
  HASHVET_RETURN_IF_ERROR(GroupName().status());
  if (!date_.has_value()) {
    page.warnings.push_back(
        "the server tells no time (Date): asked by this machine's clock");
  }
  const uint64_t server_now = date_.value_or(Now());
  const uint64_t bound = server_now - std::min(server_now, kBehindNowS);
  if (checkpoint.whole_at == 0) checkpoint.whole_at = bound;
  const uint64_t known_at =
      checkpoint.owed_since == 0
          ? checkpoint.whole_at
          : std::min(checkpoint.whole_at, checkpoint.owed_since);
  if (bound > known_at && bound - known_at > kMemoryS) {
    return FeedError(
        FeedCause::kStale,
        absl::StrCat("ThreatExchange: what is there is of ", UtcText(known_at),
                     ", over 85 days ago, and the source no longer tells all "
                     "that was deleted since"));
  }
  const ClockStep step =
      StepOf(checkpoint.clock, date_, Now(), checkpoint.until, bound);
  if (step.back > 0) {
    page.warnings.push_back(
        absl::StrCat("the server's clock went back by ", step.back,
                     " s or more: that time is read again"));
    checkpoint.restore_to = std::max(checkpoint.restore_to, step.told);
    checkpoint.until = step.from;
    checkpoint.whole_at = std::min(checkpoint.whole_at, step.from);
    // A range that is being read would end after it.
    if (checkpoint.range.has_value() && !checkpoint.range->debt) {
      checkpoint.range.reset();
    }
  }
  checkpoint.until -= std::min(checkpoint.until, kOverlapS);
  bound_ = bound;
  return absl::OkStatus();
}

bool Client::ChooseRange(Checkpoint& checkpoint) const {
  if (checkpoint.range.has_value()) {
    // A page that was told too long ago, or by a clock that has gone back
    // since, is asked for no more: its range is, from the first page on.
    Checkpoint::Range& range = *checkpoint.range;
    if (range.next_at > Now() || Now() - range.next_at > kPagingLifeS) {
      range.next.clear();
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

void Client::AddUpdate(const Update& update, FeedPage& page) {
  for (const Descriptor& each : update.descriptors) {
    if (!each.owner.empty() && !each.owner_name.empty() &&
        told_members_.insert(each.owner).second) {
      page.members.emplace_back(each.owner, each.owner_name);
    }
  }
  if (update.updated_at.has_value()) {
    page.newest_at = std::max(page.newest_at.value_or(0), *update.updated_at);
  }
  page.updates.Add(UpdateOf(update, page));
}

absl::StatusOr<Page> Client::FetchPage(const std::string& target,
                                       FeedPage& page) {
  Page got;
  const FeedPage before = page;
  HASHVET_RETURN_IF_ERROR(
      Ask(target, true, [&](ByteSource source) -> absl::Status {
        page = before;  // a try before this one may have begun it
        HASHVET_ASSIGN_OR_RETURN(
            got, ReadPage(source, options_.base_url, options_.group, page.drift,
                          [&](const Update& each) { AddUpdate(each, page); }));
        return absl::OkStatus();
      }));
  ++pages_;
  // One that is read again is the same one.
  for (const UnreadableRow& row : got.unreadable) {
    page.malformed_lines.push_back(
        {.where = absl::StrCat("ThreatExchange ", row.where,
                               row.has_id ? "" : " of page ",
                               row.has_id ? "" : absl::StrCat(pages_)),
         .text = row.reason,
         .reason = row.reason});
  }
  return got;
}

absl::Status Client::TakePage(const Page& got, Checkpoint& checkpoint,
                              FeedPage& page) {
  Checkpoint::Range& range = *checkpoint.range;
  empty_pages_ = got.rows == 0 && !got.next.empty() ? empty_pages_ + 1 : 0;
  if ((!got.next.empty() && got.next == range.next) ||
      empty_pages_ > kMaxEmptyPages) {
    return FeedError(FeedCause::kProtocol,
                     absl::StatusCode::kFailedPrecondition,
                     "ThreatExchange updates: pages that lead nowhere");
  }
  page.restore = range.debt || range.from < checkpoint.restore_to;
  if (got.next.empty()) {
    FinishRange(checkpoint);
  } else {
    range.next = got.next;
    range.next_at = Now();
  }
  return absl::OkStatus();
}

void Client::FinishRange(Checkpoint& checkpoint) {
  const Checkpoint::Range range = *checkpoint.range;
  server_shrinks_ = 0;
  checkpoint.range.reset();
  if (range.debt) {
    std::erase_if(checkpoint.debts, [&](const FeedDebt& debt) {
      return debt.from == range.from;
    });
    if (checkpoint.debts.empty()) checkpoint.owed_since = 0;
    return;
  }
  checkpoint.until = std::max(checkpoint.until, range.to);
  if (checkpoint.until >= checkpoint.restore_to) checkpoint.restore_to = 0;
  // Everything up to now was read: what is there is of now.
  if (checkpoint.until >= *bound_) {
    checkpoint.whole_at = std::max(checkpoint.whole_at, *bound_);
  }
  // A window that was made small for one bad place grows again.
  if (checkpoint.window != 0) {
    checkpoint.window =
        checkpoint.window >= checkpoint.until ? 0 : checkpoint.window * 2;
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
  if (IsRefused(failure) && !range.next.empty() && restarts_ < kMaxRestarts) {
    ++restarts_;
    page.warnings.push_back(
        "the server no longer knows a page: its range is read again");
    range.next.clear();
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
  if (checkpoint.debts.empty()) checkpoint.owed_since = *bound_;
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
  if (checkpoint.whole_at == 0) checkpoint.whole_at = *bound_;
  while (ChooseRange(checkpoint)) {
    const Checkpoint::Range range = *checkpoint.range;
    FeedPage fetched;
    const auto got =
        FetchPage(range.next.empty() ? UpdatesTarget(options_.group, range.from,
                                                     range.to, options_.types)
                                     : range.next,
                  fetched);
    if (got.ok()) {
      HASHVET_RETURN_IF_ERROR(TakePage(*got, checkpoint, fetched));
      fetched.warnings.insert(fetched.warnings.begin(), page.warnings.begin(),
                              page.warnings.end());
      page = std::move(fetched);
      break;
    }
    bool hand_out = false;
    HASHVET_RETURN_IF_ERROR(
        TakeFailure(got.status(), checkpoint, page, hand_out));
    if (hand_out) break;
  }
  Checkpoint ahead = checkpoint;
  page.complete = !ChooseRange(ahead);
  page.checkpoint = Write(checkpoint);
  return page;
}

absl::StatusOr<std::vector<std::string>> Client::Test() {
  std::vector<std::string> lines;
  date_.reset();
  HASHVET_ASSIGN_OR_RETURN(const std::string name, GroupName());
  lines.push_back(absl::StrCat("privacy group ", options_.group, ": ", name));
  lines.push_back(absl::StrCat("asked as application ", options_.app));
  if (date_.has_value()) {
    lines.push_back(absl::StrCat("the server's time is ", UtcText(*date_)));
  }
  return lines;
}

absl::StatusOr<std::vector<FeedbackReason>> Client::Reasons(
    const std::string& type) {
  std::vector<FeedbackReason> reasons;
  for (const OurReaction& each : kOurReactions) {
    reasons.push_back({.id = std::string(each.key),
                       .name = std::string(each.key),
                       .type = type});
  }
  return reasons;
}

absl::Status Client::SendFeedback(const FeedbackItem& item) {
  std::vector<std::string> reactions = item.reasons;
  for (const std::string& given : reactions) {
    const auto known =
        std::ranges::find(kOurReactions, given, &OurReaction::key);
    if (known == std::end(kOurReactions) ||
        known->affirmative != item.affirmative) {
      return absl::InvalidArgumentError(absl::StrCat(
          "ThreatExchange feedback: a reason that says something else, want ",
          item.affirmative ? "HELPFUL or SAW_THIS_TOO"
                           : "DISAGREE_WITH_TAGS or NOT_HELPFUL"));
    }
  }
  if (reactions.empty()) {
    reactions.push_back(item.affirmative ? "HELPFUL" : "DISAGREE_WITH_TAGS");
  }
  // What we said to the contrary before is taken back.
  std::vector<std::string_view> contrary;
  for (const OurReaction& each : kOurReactions) {
    if (each.affirmative != item.affirmative) contrary.push_back(each.key);
  }
  std::vector<Descriptor> descriptors;
  HASHVET_RETURN_IF_ERROR(Ask(ObjectTarget(item.key, "descriptors{id,owner}"),
                              true, [&](ByteSource source) -> absl::Status {
                                HASHVET_ASSIGN_OR_RETURN(
                                    descriptors,
                                    ReadDescriptors(source, item.key));
                                return absl::OkStatus();
                              }));
  std::erase_if(descriptors, [&](const Descriptor& each) {
    return each.id.empty() || each.owner == options_.app;
  });
  if (descriptors.empty()) {
    return absl::InvalidArgumentError(
        "ThreatExchange feedback: nobody but us describes the entry");
  }
  for (const Descriptor& each : descriptors) {
    HASHVET_RETURN_IF_ERROR(
        Post(absl::StrCat("/", QueryEscaped(each.id)),
             absl::StrCat(
                 "reactions=", QueryEscaped(absl::StrJoin(reactions, ",")),
                 "&reactions_to_remove=",
                 QueryEscaped(absl::StrJoin(
                     contrary, ",", [](std::string* out, std::string_view key) {
                       out->append(key);
                     })))));
  }
  return absl::OkStatus();
}

}  // namespace hashvet::threatexchange
