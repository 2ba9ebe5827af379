// Asking: what every call of a matcher shares. How generations come and go is
// matcher_live.cc's.

#include "hashvet/matcher/matcher.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
#include "hashvet/list/list_policy.h"
#include "src/matcher/matcher_state.h"
#include "src/matcher/picture_kinds.h"
#include "src/matcher/request.h"

namespace hashvet {
namespace {

// Questions answered at once: enough that a scan of the rows serves many, few
// enough that their matches fit in memory whatever the batch.
constexpr size_t kMaxQuestionsAtOnce = 1024;

constexpr size_t kOutcomes = static_cast<size_t>(Outcome::kListUnavailable) + 1;

Counter& CounterOf(Outcome outcome) {
  static const std::array<Counter*, kOutcomes> counters = [] {
    std::array<Counter*, kOutcomes> made = {};
    for (size_t i = 0; i < kOutcomes; ++i) {
      const std::string_view name = NameOf(static_cast<Outcome>(i));
      made[i] = &GetCounter("hashvet_verdicts_total",
                            absl::StrCat("outcome=\"", ToAbsl(name), "\""));
    }
    return made;
  }();
  return *counters[static_cast<size_t>(outcome)];
}

// Of all that is shown of the picture; of variants of it, the picture's own.
int BestQuality(const PictureHashes& picture) {
  int best = picture.pdq.quality;
  for (const PdqHashes& more : picture.more_pdq) {
    if (IsShowing(more)) best = std::max(best, more.quality);
  }
  return best;
}

// Of what of the picture these are of.
int QualityOf(const PictureHashes& picture, const KindHashes& hashes) {
  if (!IsShowing(hashes)) return picture.pdq.quality;
  for (const PdqHashes& more : picture.more_pdq) {
    if (more.frame == hashes.frame && more.over_black == hashes.over_black) {
      return more.quality;
    }
  }
  return 0;
}

// Hashes of several variants and showings, kept while they are asked.
struct Joined {
  std::deque<std::vector<Hash256>> pdq;
  std::deque<std::vector<HashValue>> values;
};

// The picture itself and its showings under one kind; nothing where it has
// none.
//
//   own  among picture.others
std::optional<Question> OfKind(const PictureHashes& picture,
                               const KindHashes& own, size_t turns,
                               Joined& joined) {
  std::vector<const KindHashes*> all;
  int best = 0;
  for (const KindHashes& other : picture.others) {
    if (other.kind != own.kind || other.orientations.empty()) continue;
    all.push_back(&other);
    turns = std::min(turns, other.orientations.size());
    best = std::max(best, QualityOf(picture, other));
  }
  if (all.empty()) return std::nullopt;
  Question question{.kind = own.kind};
  const bool has_quality = InfoOf(own.kind).family == HashFamily::kBits;
  if (has_quality) question.quality = best;
  if (all.size() == 1 && all[0] == &own) {
    const std::span<const HashValue> values = own.orientations;
    question.query = {.values = values.first(turns)};
    return question;
  }
  const bool some_show = best >= ListPolicy().min_quality;
  std::vector<HashValue>& values = joined.values.emplace_back();
  for (const KindHashes* hashes : all) {
    const int quality = QualityOf(picture, *hashes);
    if (some_show && quality < ListPolicy().min_quality) continue;
    values.insert(values.end(), hashes->orientations.begin(),
                  hashes->orientations.begin() + static_cast<ptrdiff_t>(turns));
    question.variants.push_back(
        {std::nullopt, quality, hashes->frame, hashes->over_black});
  }
  question.query = {.turns = turns, .values = values};
  return question;
}

// A picture is asked about under each of its kinds that some list carries;
// under PDQ where none is, so that the answer says so. One without a hash may
// still have digests.
//
//   kinds   what it should have been hashed under
//   joined  keeps the hashes of several variants while they are asked
void Ask(const PictureHashes& picture, const MatchOptions& options,
         const Request& request, std::span<const PictureKind> kinds,
         Joined& joined, std::vector<Question>& questions) {
  const size_t before = questions.size();
  const size_t turns = options.all_orientations ? kOrientations : 1;
  const bool hashed = picture.outcome == HashOutcome::kHashed;
  for (const KindHashes& other : picture.others) {
    if (IsShowing(other) || !IsAskedOfPictures(other.kind, options) ||
        !request.Carries(other.kind)) {
      continue;
    }
    std::optional<Question> question = OfKind(picture, other, turns, joined);
    if (question.has_value()) questions.push_back(*std::move(question));
  }
  if (!hashed) return;
  const Lacking lacking = LackingOf(picture, kinds);
  for (size_t q = before; q < questions.size(); ++q) {
    questions[q].lacking = lacking;
  }
  if (questions.size() > before && !request.Carries(HashKind::kPdq)) return;
  Question question{.kind = HashKind::kPdq, .quality = picture.pdq.quality};
  question.lacking = lacking;
  const std::span<const Hash256> hashes = picture.pdq.orientations;
  question.query = {.orientations = hashes.first(turns), .turns = turns};
  const auto note = [&](const PdqHashes& pdq) {
    question.variants.push_back(
        {pdq.variant, pdq.quality, pdq.frame, pdq.over_black});
  };
  if (picture.more_pdq.empty()) {
    note(picture.pdq);
    questions.push_back(std::move(question));
    return;
  }
  // An animation may begin with a blank frame, and a white drawing is nothing
  // over white: what shows more counts, and what is blank beside it does not.
  question.quality = BestQuality(picture);
  const bool some_show = *question.quality >= ListPolicy().min_quality;
  std::vector<Hash256>& all = joined.pdq.emplace_back();
  const auto append = [&](const PdqHashes& pdq) {
    const int quality = IsShowing(pdq) ? pdq.quality : picture.pdq.quality;
    if (some_show && quality < ListPolicy().min_quality) return;
    all.insert(all.end(), pdq.orientations.begin(),
               pdq.orientations.begin() + static_cast<ptrdiff_t>(turns));
    note(pdq);
  };
  append(picture.pdq);
  for (const PdqHashes& more : picture.more_pdq) append(more);
  question.query.orientations = all;
  questions.push_back(std::move(question));
}

Question QuestionOf(const HashValue& value) {
  return {.kind = value.kind(), .query = {.values = {&value, 1}}};
}

void Ask(const HashValue& value, const MatchOptions&, const Request&,
         std::span<const PictureKind>, Joined&,
         std::vector<Question>& questions) {
  questions.push_back(QuestionOf(value));
}

// The verdict of what cannot be asked about by how it looks.
std::optional<Verdict> Refuse(const PictureHashes& picture) {
  if (picture.outcome == HashOutcome::kHashed) return std::nullopt;
  Verdict verdict;
  verdict.outcome = FromHashOutcome(picture.outcome);
  verdict.status = picture.status;
  return verdict;
}
std::optional<Verdict> Refuse(const HashValue&) { return std::nullopt; }

// Which of two answers about one item counts: a match, then a failure, then
// what leaves more open.
int Weight(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMatch:
      return 4;
    case Outcome::kLowQuality:
      return 2;
    case Outcome::kNoMatch:
      return 1;
    case Outcome::kNotSampled:
      return 0;
    default:
      return 3;
  }
}

// Adds what another kind of the same item gave.
void Merge(Verdict more, Verdict& verdict) {
  if (Weight(more.outcome) > Weight(verdict.outcome)) {
    verdict.outcome = more.outcome;
  }
  verdict.status.Update(more.status);
  const auto merge = [](std::vector<Match>& from, std::vector<Match>& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()),
              std::make_move_iterator(from.end()));
    SortMatches(to);
  };
  merge(more.matches, verdict.matches);
  merge(more.ignored_by, verdict.ignored_by);
  merge(more.suppressed_matches, verdict.suppressed_matches);
  merge(more.shadow_matches, verdict.shadow_matches);
  for (std::string& list : more.not_sampled) {
    if (std::find(verdict.not_sampled.begin(), verdict.not_sampled.end(),
                  list) == verdict.not_sampled.end()) {
      verdict.not_sampled.push_back(std::move(list));
    }
  }
}

absl::Status DistrustOf(const Serving& serving) {
  if (!serving.is_blind.load(std::memory_order_relaxed)) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      "known-answer test: the lists in service are not found when searched; "
      "the matcher's status says which");
}

}  // namespace

template <typename Item>
std::vector<Verdict> Matcher::MatchAll(std::span<const Item> items,
                                       const MatchOptions& options) const {
  const auto serving = state_->cell.Acquire();
  const Request request(*serving->generation, options, state_->Now(),
                        DistrustOf(*serving));
  std::vector<PictureKind> kinds;
  if constexpr (std::is_same_v<Item, PictureHashes>) {
    kinds = PictureKindsOf(*serving->generation, options);
  }
  std::vector<Verdict> verdicts(items.size());
  std::vector<bool> has_verdict(items.size());
  std::vector<Question> questions;
  Joined joined;
  std::vector<size_t> asked;  // the item of each question
  const auto answer = [&] {
    std::vector<Verdict> answers = request.Answer(questions);
    for (size_t i = 0; i < asked.size(); ++i) {
      if (has_verdict[asked[i]]) {
        Merge(std::move(answers[i]), verdicts[asked[i]]);
      } else {
        verdicts[asked[i]] = std::move(answers[i]);
        has_verdict[asked[i]] = true;
      }
    }
    questions.clear();
    joined = {};
    asked.clear();
  };
  for (size_t i = 0; i < items.size(); ++i) {
    if (std::optional<Verdict> refused = Refuse(items[i])) {
      verdicts[i] = *std::move(refused);
      verdicts[i].snapshot = request.snapshot();
      has_verdict[i] = true;
    }
    Ask(items[i], options, request, kinds, joined, questions);
    asked.resize(questions.size(), i);
    if (questions.size() >= kMaxQuestionsAtOnce) answer();
  }
  if (!questions.empty()) answer();
  for (Verdict& verdict : verdicts) {
    verdict.generation = serving->number;
    CounterOf(verdict.outcome).Add();
  }
  return verdicts;
}

Matcher::Matcher(std::unique_ptr<State> state) : state_(std::move(state)) {
  CounterOf(Outcome::kMatch);  // a child must not find them half made
}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

absl::StatusOr<Matcher> Matcher::Create(
    std::vector<std::shared_ptr<const SnapshotReader>> lists) {
  std::vector<Generation::Part> parts;
  for (auto& list : lists) parts.push_back({std::move(list), nullptr});
  HASHVET_ASSIGN_OR_RETURN(auto generation,
                           Generation::Create(std::move(parts)));
  return Serve(std::move(generation));
}

Matcher Matcher::Serve(std::shared_ptr<const Generation> generation,
                       const MatcherOptions& options) {
  return Matcher(
      std::make_unique<State>(options, nullptr, std::move(generation)));
}

Verdict Matcher::MatchPicture(const PictureHashes& picture,
                              const MatchOptions& options) const {
  return std::move(MatchPictures({&picture, 1}, options)[0]);
}

Verdict Matcher::MatchValue(const HashValue& value,
                            const MatchOptions& options) const {
  return std::move(MatchValues({&value, 1}, options)[0]);
}

std::vector<HashKind> Matcher::PictureKinds(const MatchOptions& options) const {
  const auto serving = state_->cell.Acquire();
  std::vector<HashKind> kinds;
  for (const PictureKind& each :
       PictureKindsOf(*serving->generation, options)) {
    kinds.push_back(each.kind);
  }
  return kinds;
}

std::vector<Verdict> Matcher::MatchPictures(
    std::span<const PictureHashes> pictures,
    const MatchOptions& options) const {
  return MatchAll(pictures, options);
}

std::vector<Verdict> Matcher::MatchValues(std::span<const HashValue> values,
                                          const MatchOptions& options) const {
  return MatchAll(values, options);
}

Findings Matcher::FindValues(std::span<const HashValue> values,
                             const MatchOptions& options) const {
  const auto serving = state_->cell.Acquire();
  const Request request(*serving->generation, options, state_->Now(),
                        DistrustOf(*serving));
  Findings findings;
  findings.snapshot = request.snapshot();
  findings.generation = serving->number;
  std::vector<Question> questions;
  for (size_t begin = 0; begin < values.size(); begin += kMaxQuestionsAtOnce) {
    questions.clear();
    const size_t left = values.size() - begin;
    for (const HashValue& value :
         values.subspan(begin, std::min(left, kMaxQuestionsAtOnce))) {
      questions.push_back(QuestionOf(value));
    }
    for (NumberedVerdict& each : request.AnswerTelling(questions)) {
      each.item += begin;
      each.verdict.generation = serving->number;
      CounterOf(each.verdict.outcome).Add();
      findings.verdicts.push_back(std::move(each));
    }
  }
  CounterOf(Outcome::kNoMatch).Add(values.size() - findings.verdicts.size());
  return findings;
}

}  // namespace hashvet
