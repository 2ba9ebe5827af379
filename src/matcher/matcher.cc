// Asking: what every call of a matcher shares. How generations come and go is
// matcher_live.cc's.

#include "hashvet/matcher/matcher.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
#include "src/matcher/matcher_state.h"
#include "src/matcher/request.h"

namespace hashvet {
namespace {

// Questions answered at once: enough that a scan of the rows serves many, few
// enough that their matches fit in memory whatever the batch.
constexpr size_t kMaxQuestionsAtOnce = 1024;

constexpr size_t kOutcomes = static_cast<size_t>(Outcome::kListUnavailable) + 1;

void CountOutcomes(std::span<const Verdict> verdicts) {
  static const std::array<Counter*, kOutcomes> counters = [] {
    std::array<Counter*, kOutcomes> made = {};
    for (size_t i = 0; i < kOutcomes; ++i) {
      const std::string_view name = NameOf(static_cast<Outcome>(i));
      made[i] = &GetCounter("hashvet_verdicts_total",
                            absl::StrCat("outcome=\"", ToAbsl(name), "\""));
    }
    return made;
  }();
  for (const Verdict& verdict : verdicts) {
    counters[static_cast<size_t>(verdict.outcome)]->Add();
  }
}

Question Ask(const PictureHashes& picture, const MatchOptions& options) {
  const std::span<const Hash256> hashes = picture.pdq.orientations;
  return {.kind = HashKind::kPdq,
          .query = {.orientations =
                        options.all_orientations ? hashes : hashes.first(1)},
          .quality = picture.pdq.quality};
}

Question Ask(const HashValue& value, const MatchOptions&) {
  return {.kind = value.kind(), .query = {.value = &value}};
}

// The verdict of what cannot be asked about.
std::optional<Verdict> Refuse(const PictureHashes& picture) {
  if (picture.outcome == HashOutcome::kHashed) return std::nullopt;
  Verdict verdict;
  verdict.outcome = FromHashOutcome(picture.outcome);
  verdict.status = picture.status;
  return verdict;
}
std::optional<Verdict> Refuse(const HashValue&) { return std::nullopt; }

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
  std::vector<Verdict> verdicts(items.size());
  std::vector<Question> questions;
  std::vector<size_t> asked;  // the item of each question
  const auto answer = [&] {
    std::vector<Verdict> answers = request.Answer(questions);
    for (size_t i = 0; i < asked.size(); ++i) {
      verdicts[asked[i]] = std::move(answers[i]);
    }
    questions.clear();
    asked.clear();
  };
  for (size_t i = 0; i < items.size(); ++i) {
    if (std::optional<Verdict> refused = Refuse(items[i])) {
      verdicts[i] = *std::move(refused);
      verdicts[i].snapshot = request.snapshot();
      continue;
    }
    questions.push_back(Ask(items[i], options));
    asked.push_back(i);
    if (questions.size() == kMaxQuestionsAtOnce) answer();
  }
  if (!questions.empty()) answer();
  for (Verdict& verdict : verdicts) verdict.generation = serving->number;
  CountOutcomes(verdicts);
  return verdicts;
}

Matcher::Matcher(std::unique_ptr<State> state) : state_(std::move(state)) {
  CountOutcomes({});  // a child must not find the counters half made
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

std::vector<Verdict> Matcher::MatchPictures(
    std::span<const PictureHashes> pictures,
    const MatchOptions& options) const {
  return MatchAll(pictures, options);
}

std::vector<Verdict> Matcher::MatchValues(std::span<const HashValue> values,
                                          const MatchOptions& options) const {
  return MatchAll(values, options);
}

}  // namespace hashvet
