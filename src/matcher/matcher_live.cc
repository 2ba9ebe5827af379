// How a matcher's generations come and go.

#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/log.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
#include "hashvet/list/refusal.h"
#include "src/matcher/matcher_state.h"

namespace hashvet {
namespace {

// A word for each reason, of a fixed few: labels never hold what a file says.
std::string_view ReasonOf(const absl::Status& refusal) {
  if (const auto attack = RefusalOf(refusal)) return NameOf(*attack);
  switch (refusal.code()) {
    case absl::StatusCode::kNotFound:
      return "missing";
    case absl::StatusCode::kDataLoss:
      return "damaged";
    case absl::StatusCode::kPermissionDenied:
      return "not_permitted";
    case absl::StatusCode::kInvalidArgument:
      return "invalid";
    case absl::StatusCode::kFailedPrecondition:
      return "not_usable";
    case absl::StatusCode::kResourceExhausted:
      return "no_resources";
    default:
      return "other";
  }
}

absl::Status NotHere() {
  return absl::FailedPreconditionError(
      "matcher: made by the parent of this process; want one made here to "
      "follow lists");
}

}  // namespace

Matcher::State::State(MatcherOptions with,
                      std::unique_ptr<GenerationSource> from,
                      std::shared_ptr<const Generation> first)
    : options(std::move(with)),
      source(std::move(from)),
      cell(std::make_shared<const Serving>(std::move(first), 1, Now())) {}

Matcher::State::~State() {
  // The thread is the parent's: there is none to be joined.
  if (InChild()) (void)watcher.release();
}

uint64_t Matcher::State::Now() const {
  return options.now_s ? options.now_s()
                       : static_cast<uint64_t>(std::time(nullptr));
}

void Matcher::State::Tell(GenerationEvent::What what, const Serving& about,
                          absl::Status status) {
  std::lock_guard lock(observing);
  if (!observer) return;
  observer({.what = what,
            .version = about.generation->version(),
            .generation = about.number,
            .status = std::move(status)});
}

void Matcher::State::Serve(std::shared_ptr<const Generation> next) {
  const auto serving = std::make_shared<const Serving>(
      std::move(next), cell.Acquire()->number + 1, Now());
  cell.Swap(serving);
  {
    std::lock_guard lock(telling);
    told.self_test = absl::OkStatus();
    told.self_test_s.reset();
  }
  GetCounter("hashvet_generation_swaps_total").Add();
  GetGauge("hashvet_generation_since_seconds")
      .Set(static_cast<double>(serving->since_s));
  Log(LogLevel::kInfo,
      absl::StrCat("lists: generation ", serving->number,
                   " serves: ", serving->generation->version()));
  Tell(GenerationEvent::What::kServes, *serving);
}

void Matcher::State::NoteRefusal(const absl::Status& refusal) {
  bool is_new = false;
  bool is_over = false;
  {
    std::lock_guard lock(telling);
    is_new = !refusal.ok() && refusal != told.refusal;
    is_over = refusal.ok() && !told.refusal.ok();
    told.refusal = refusal;
    if (is_new) {
      told.last_refusal = std::string(refusal.message());
      told.last_refusal_s = Now();
      ++told.refusals;
    }
  }
  // By a count of its own: an observer may take long, and must not hold up
  // Release.
  const auto serving = [&] { return cell.Acquire().shared(); };
  if (is_over) {
    Log(LogLevel::kInfo, "lists: nothing is refused any more");
    Tell(GenerationEvent::What::kRecovered, *serving());
  }
  if (!is_new) return;
  GetCounter("hashvet_generation_refusals_total",
             absl::StrCat("reason=\"", ToAbsl(ReasonOf(refusal)), "\""))
      .Add();
  Log(LogLevel::kWarning,
      absl::StrCat("lists refused, those before keep serving: ",
                   refusal.message()));
  Tell(GenerationEvent::What::kRefused, *serving(), refusal);
}

absl::StatusOr<Matcher> Matcher::Follow(
    std::unique_ptr<GenerationSource> source, const MatcherOptions& options) {
  if (source == nullptr) {
    return absl::InvalidArgumentError("matcher: got no source, want one");
  }
  Offer first = source->Look();
  if (first.generation == nullptr) {
    if (!first.refusal.ok()) return std::move(first.refusal);
    return absl::FailedPreconditionError(
        "matcher: the source offers nothing at first");
  }
  auto state = std::make_unique<State>(options, std::move(source),
                                       std::move(first.generation));
  state->NoteRefusal(first.refusal);
  return Matcher(std::move(state));
}

absl::Status Matcher::State::CheckFollows() const {
  if (InChild()) return NotHere();
  if (source != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "matcher: made of lists that stay as they are; want Matcher::Follow");
}

absl::Status Matcher::State::Reload() {
  std::lock_guard lock(writing);
  Offer offer = source->Look();
  if (offer.generation != nullptr) Serve(std::move(offer.generation));
  NoteRefusal(offer.refusal);
  const size_t retired = cell.Release();
  GetGauge("hashvet_generation_retired").Set(static_cast<double>(retired));
  std::lock_guard telling_lock(telling);
  told.retired = retired;
  return std::move(offer.refusal);
}

absl::Status Matcher::State::SelfTest(const KnownAnswerOptions& what) {
  // By a count of its own: a test may take long, and must not hold up Release.
  const std::shared_ptr<const Serving> serving = cell.Acquire().shared();
  absl::Status result = TestKnownAnswers(*serving->generation, what);
  serving->is_blind = absl::IsDataLoss(result);
  {
    std::lock_guard lock(telling);
    if (cell.Acquire()->number == serving->number) {
      told.self_test = result;
      told.self_test_s = Now();
    }
  }
  GetCounter("hashvet_generation_self_tests_total",
             result.ok() ? "result=\"passed\"" : "result=\"failed\"")
      .Add();
  if (!result.ok()) {
    Log(LogLevel::kError, ToStd(result.message()));
    Tell(GenerationEvent::What::kSelfTestFailed, *serving, result);
  }
  return result;
}

absl::Status Matcher::Reload() {
  HASHVET_RETURN_IF_ERROR(state_->CheckFollows());
  return state_->Reload();
}

absl::Status Matcher::SelfTest(const KnownAnswerOptions& options) {
  if (state_->InChild()) return NotHere();
  return state_->SelfTest(options);
}

absl::Status Matcher::Watch(const WatchOptions& options) {
  State& state = *state_;
  HASHVET_RETURN_IF_ERROR(state.CheckFollows());
  if (options.poll.count() < 1 || options.poll.count() > 250) {
    return absl::InvalidArgumentError(absl::StrCat(
        "matcher: poll every ", options.poll.count(), " ms, want 1 to 250"));
  }
  std::lock_guard lock(state.writing);
  if (state.watcher != nullptr) {
    return absl::FailedPreconditionError("matcher: watches already");
  }
  HASHVET_ASSIGN_OR_RETURN(state.watcher,
                           Watcher::Start(
                               options, state.source->directories(),
                               [&state] { (void)state.Reload(); },
                               [&state, what = options.self_test]() mutable {
                                 (void)state.SelfTest(what);
                                 ++what.seed;  // other entries each time
                               }));
  {
    std::lock_guard observing(state.observing);
    state.observer = options.observer;
  }
  const std::shared_ptr<const Serving> serving = state.cell.Acquire().shared();
  state.Tell(GenerationEvent::What::kServes, *serving);
  return absl::OkStatus();
}

MatcherStatus Matcher::status() const {
  const State& state = *state_;
  MatcherStatus status;
  if (!state.InChild()) {
    std::lock_guard lock(state.telling);
    status = state.told;
  }
  const std::shared_ptr<const Serving> serving = state.cell.Acquire().shared();
  const Generation& generation = *serving->generation;
  status.version = generation.version();
  status.generation = serving->number;
  status.serving_since_s = serving->since_s;
  const uint64_t now_s = state.Now();
  const std::span<const uint64_t> entries = generation.CountEntries();
  for (size_t i = 0; i < generation.lists().size(); ++i) {
    const Generation::List& list = generation.lists()[i];
    status.lists.push_back({.name = list.policy.name,
                            .version = generation.parts()[list.part].version(),
                            .role = list.policy.role,
                            .entries = entries[i],
                            .staleness = StalenessOf(list.policy, now_s),
                            .age_s = AgeOf(list.policy, now_s),
                            .answers = CheckStaleness(list.policy, now_s),
                            .policy = list.policy,
                            .carried_only = list.carried_only});
  }
  return status;
}

std::shared_ptr<const Generation> Matcher::generation() const {
  return state_->cell.Acquire()->generation;
}

}  // namespace hashvet
