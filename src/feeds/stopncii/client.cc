#include "src/feeds/stopncii/client.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/feeds/json_writer.h"
#include "src/feeds/retry.h"
#include "src/feeds/store.h"
#include "src/feeds/utc.h"
#include "src/feeds/value_text.h"

namespace hashvet::stopncii {
namespace {

// The provider's: what is older is to be fetched anew.
constexpr uint64_t kStaleAfterS = uint64_t{30} * 86'400;
// Whether a set's beginning is inclusive is nowhere said.
constexpr uint64_t kSeamS = 1;
constexpr int kMaxNewDebts = 16;  // of one sync

bool IsUnreadable(const absl::Status& status) {
  return CauseOf(status) == FeedCause::kProtocol &&
         (status.code() == absl::StatusCode::kDataLoss ||
          status.code() == absl::StatusCode::kResourceExhausted);
}

Opinion OpinionOf(const std::string& value, FeedCounts& drift) {
  if (value == "Blocked") return Opinion::kPositive;
  if (value == "NotBlocked") return Opinion::kNegative;
  for (const char* const known : {"Unknown", "None", "QualityUnknown",
                                  "PendingReview", "Withdrawn", "Deleted"}) {
    if (value == known) return Opinion::kSeed;
  }
  ++drift["feedbackValue (unknown)"];
  return Opinion::kSeed;
}

// Only what is active is enforced.
SourceStatus StatusOf(const std::string& status, FeedCounts& drift) {
  if (status == "Active") return SourceStatus::kActive;
  if (status == "Deleted") return SourceStatus::kDeleted;
  if (status != "Withdrawn" && status != "Received" && status != "Unknown") {
    ++drift["hashStatus (unknown)"];
  }
  return SourceStatus::kWithdrawn;
}

void AddRecord(const Record& record, FeedPage& page) {
  page.newest_at = std::max(page.newest_at.value_or(0), record.modified_at);
  const bool is_pdq = record.type == "ImagePDQ";
  if (!is_pdq && record.type != "VideoMD5") {
    ++page.carried[record.type];
    return;
  }
  EntryUpdate update = {.key = absl::StrCat(record.type, ":", record.value),
                        .status = StatusOf(record.status, page.drift),
                        .updated_at = record.modified_at};
  if (update.status != SourceStatus::kDeleted) {
    AddValueText(is_pdq ? HashKind::kPdq : HashKind::kMd5, record.type,
                 record.value, update);
    update.stated = Opinion::kSeed;
    for (const Feedback& said : record.feedback) {
      update.opinions.push_back({.owner = said.source,
                                 .opinion = OpinionOf(said.value, page.drift),
                                 .tags = said.tags});
    }
    for (const auto& [id, status] : record.cases) {
      update.cases.push_back({.id = id, .status = status});
    }
  }
  page.updates.Add(std::move(update));
}

}  // namespace

std::string Write(const Checkpoint& checkpoint) {
  JsonWriter json;
  json.Number("start", checkpoint.start);
  json.Text("token", checkpoint.token);
  json.Number("seen", checkpoint.seen);
  json.Bool("exact", checkpoint.exact);
  json.Number("done_at", checkpoint.done_at);
  json.BeginArray("debts");
  for (const FeedDebt& debt : checkpoint.debts) {
    json.BeginItem();
    json.Number("from", debt.from);
    json.Number("to", debt.to);
    json.Number("tries", debt.tries);
    json.EndObject();
  }
  json.EndArray();
  return json.Finish();
}

absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text) {
  Checkpoint checkpoint;
  if (text.empty()) return checkpoint;
  HASHVET_ASSIGN_OR_RETURN(const JsonValue json,
                           ReadJsonText(text, "StopNCII checkpoint"));
  checkpoint.start = NumberOf(json, "start", 0);
  checkpoint.token = json.TextOf("token");
  checkpoint.seen = NumberOf(json, "seen", 0);
  const JsonValue* const exact = json.Find("exact");
  checkpoint.exact = exact != nullptr && exact->Bool().value_or(false);
  checkpoint.done_at = NumberOf(json, "done_at", 0);
  if (const JsonValue* debts = json.Find("debts")) {
    for (const JsonValue& debt : debts->items) {
      checkpoint.debts.push_back({.from = NumberOf(debt, "from", 0),
                                  .to = NumberOf(debt, "to", 0),
                                  .tries = NumberOf(debt, "tries", 0)});
    }
  }
  return checkpoint;
}

FeedPlace DescribeCheckpoint(const std::string& text) {
  FeedPlace place;
  const auto checkpoint = ParseCheckpoint(text);
  if (!checkpoint.ok()) return place;
  if (checkpoint->start > 0) place.read_to = checkpoint->start;
  place.debts = checkpoint->debts;
  return place;
}

uint64_t Client::Now() const {
  return how_.now ? how_.now() : static_cast<uint64_t>(std::time(nullptr));
}

bool Client::IsStale(const std::string& text, uint64_t now) const {
  const auto checkpoint = ParseCheckpoint(text);
  return checkpoint.ok() && checkpoint->done_at != 0 &&
         checkpoint->done_at + kStaleAfterS < now;
}

HttpRequest Client::Get(const std::string& path) const {
  return {.url = absl::StrCat(base_url_, path),
          .headers = {"x-functions-key: " + function_key_,
                      "Ocp-Apim-Subscription-Key: " + subscription_key_}};
}

absl::StatusOr<Page> Client::Fetch(uint64_t start, uint64_t page_size,
                                   const std::string& token, FeedPage& page,
                                   uint64_t& latest) {
  Page got;
  const FeedPage before = page;
  const uint64_t latest_before = latest;
  HASHVET_RETURN_IF_ERROR(Retrying(how_, true, [&]() -> absl::Status {
    page = before;  // a try before this one may have begun it
    latest = latest_before;
    HASHVET_ASSIGN_OR_RETURN(
        const auto response,
        transport_->SendForSuccess(Get(PagePath(start, page_size, token))));
    if (response->date().has_value()) date_ = response->date();
    HASHVET_ASSIGN_OR_RETURN(
        got,
        ReadPage([&](std::span<char> buffer) { return response->Read(buffer); },
                 page.drift,
                 [&](const Record& record) {
                   latest = std::max(latest, record.modified_at);
                   AddRecord(record, page);
                 }));
    return absl::OkStatus();
  }));
  if (got.unreadable > 0) {
    page.malformed_lines.push_back(
        {.where = absl::StrCat("StopNCII set ", start, ", after ", latest),
         .reason = absl::StrCat(got.unreadable,
                                " records without type, value or time")});
  }
  return got;
}

absl::Status Client::ReadSet(Checkpoint& checkpoint, FeedPage& page) {
  const auto start = [&] {
    return checkpoint.exact || checkpoint.start == 0
               ? checkpoint.start
               : checkpoint.start - kSeamS;
  };
  uint64_t page_size = page_size_;
  while (true) {
    uint64_t latest = checkpoint.seen;
    FeedPage fetched = page;
    const auto got =
        Fetch(start(), page_size, checkpoint.token, fetched, latest);
    if (got.ok()) {
      page = std::move(fetched);
      checkpoint.seen = latest;
      if (got->has_more) {
        if (got->next_token == checkpoint.token) {
          return FeedError(FeedCause::kProtocol,
                           "StopNCII page: it names itself as the next");
        }
        checkpoint.token = got->next_token;
        return absl::OkStatus();
      }
      if (*got->next_start < checkpoint.start) {
        page.warnings.push_back(absl::StrCat(
            "the next set begins ", checkpoint.start - *got->next_start,
            " s before this one: that time is read again"));
      }
      checkpoint.start = *got->next_start;
      checkpoint.token.clear();
      checkpoint.seen = 0;
      checkpoint.exact = false;
      checkpoint.done_at = Now();
      caught_up_ = true;
      return absl::OkStatus();
    }
    const absl::Status& failure = got.status();
    const bool is_gone =
        failure.code() == absl::StatusCode::kNotFound ||
        (failure.code() == absl::StatusCode::kFailedPrecondition &&
         CauseOf(failure) == FeedCause::kProtocol);
    if (is_gone && !checkpoint.token.empty()) {
      page.warnings.push_back(
          "the server no longer knows a page: its set is read again");
      checkpoint.token.clear();
      checkpoint.seen = 0;
      continue;
    }
    if (!IsUnreadable(failure)) return failure;
    if (page_size > 1) {
      page_size /= 2;
      continue;
    }
    return Skip(failure, checkpoint, page);
  }
}

absl::Status Client::Skip(const absl::Status& failure, Checkpoint& checkpoint,
                          FeedPage& page) {
  if (new_debts_ >= kMaxNewDebts) return failure;
  const uint64_t from = std::max(checkpoint.start, checkpoint.seen);
  const uint64_t end = date_.value_or(Now());
  const auto reads = [&](uint64_t start) -> absl::StatusOr<bool> {
    FeedPage ignored;
    uint64_t latest = 0;
    const auto got = Fetch(start, 1, "", ignored, latest);
    if (got.ok()) return true;
    if (IsUnreadable(got.status())) return false;
    return got.status();
  };
  // Doubled until it reads, then halved down to the first that does.
  uint64_t bad = from;
  uint64_t good = from;
  for (uint64_t step = 1;; step *= 2) {
    good = from + step;
    if (good > end + 1) return failure;
    HASHVET_ASSIGN_OR_RETURN(const bool is_good, reads(good));
    if (is_good) break;
    bad = good;
  }
  while (good - bad > 1) {
    const uint64_t middle = bad + (good - bad) / 2;
    HASHVET_ASSIGN_OR_RETURN(const bool is_good, reads(middle));
    (is_good ? good : bad) = middle;
  }
  ++new_debts_;
  checkpoint.debts.push_back({.from = from, .to = good, .tries = 1});
  asked_debts_.insert(from);
  page.warnings.push_back(
      absl::StrCat("what changed from ", UtcText(from), " to ", UtcText(good),
                   " cannot be read (", failure.message(),
                   "): it is owed, and asked for at every sync"));
  checkpoint.start = good;
  checkpoint.token.clear();
  checkpoint.seen = 0;
  checkpoint.exact = true;
  return absl::OkStatus();
}

const FeedDebt* Client::NextDebt(const Checkpoint& checkpoint) const {
  for (const FeedDebt& debt : checkpoint.debts) {
    if (!asked_debts_.contains(debt.from)) return &debt;
  }
  return nullptr;
}

// Record by record, as far as it reaches.
absl::Status Client::ReadDebt(FeedDebt debt, Checkpoint& checkpoint,
                              FeedPage& page) {
  asked_debts_.insert(debt.from);
  std::string token;
  for (uint64_t latest = 0; latest <= debt.to;) {
    const auto got =
        Fetch(debt.from - std::min(debt.from, kSeamS), 1, token, page, latest);
    if (!got.ok()) {
      if (!IsUnreadable(got.status())) return got.status();
      for (FeedDebt& each : checkpoint.debts) {
        if (each.from == debt.from) ++each.tries;
      }
      return absl::OkStatus();
    }
    if (!got->has_more || got->next_token == token) break;
    token = got->next_token;
  }
  std::erase_if(checkpoint.debts,
                [&](const FeedDebt& each) { return each.from == debt.from; });
  return absl::OkStatus();
}

absl::StatusOr<FeedPage> Client::Next(const std::string& text) {
  HASHVET_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(text));
  FeedPage page;
  // A record is told as it is now.
  page.restore = true;
  if (!caught_up_) {
    HASHVET_RETURN_IF_ERROR(ReadSet(checkpoint, page));
  } else if (const FeedDebt* debt = NextDebt(checkpoint)) {
    HASHVET_RETURN_IF_ERROR(ReadDebt(*debt, checkpoint, page));
  }
  page.complete = caught_up_ && NextDebt(checkpoint) == nullptr;
  page.checkpoint = Write(checkpoint);
  return page;
}

absl::StatusOr<std::vector<std::string>> Client::Test() {
  FeedPage page;
  uint64_t latest = 0;
  const uint64_t now = Now();
  HASHVET_RETURN_IF_ERROR(Fetch(now, 1, "", page, latest).status());
  return std::vector<std::string>{"it takes our keys"};
}

absl::Status Client::SendFeedback(const FeedbackItem& item) {
  const std::pair<std::string, std::string> key =
      absl::StrSplit(item.key, absl::MaxSplits(':', 1));
  if (key.second.empty()) {
    return absl::InvalidArgumentError(
        "StopNCII feedback: want an entry's key (ImagePDQ:…)");
  }
  HttpRequest request = Get("/SubmitFeedback");
  request.method = "POST";
  request.content_type = "application/json";
  request.body = FeedbackBody(key.second, item.affirmative, item.reasons);
  // It says what holds, so saying it twice is as once.
  return Retrying(how_, false,
                  [&] { return transport_->SendForSuccess(request).status(); });
}

}  // namespace hashvet::stopncii
