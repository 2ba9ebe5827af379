#include "hashvet/matcher/matcher.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
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
          .hashes = options.all_orientations ? hashes : hashes.first(1),
          .quality = picture.pdq.quality};
}

Question Ask(const HashValue& value, const MatchOptions&) {
  if (const Hash256* hash = value.As<Hash256>(); hash != nullptr) {
    return {.kind = value.kind(), .hashes = {hash, 1}};
  }
  return {.kind = value.kind(), .digest = &value};
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

template <typename Item>
std::vector<Verdict> MatchAll(std::span<const Item> items, Request::Lists lists,
                              const MatchOptions& options) {
  const Request request(lists, options);
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
  CountOutcomes(verdicts);
  return verdicts;
}

}  // namespace

absl::StatusOr<Matcher> Matcher::Create(
    std::vector<std::shared_ptr<const SnapshotReader>> lists) {
  if (lists.empty()) {
    return absl::InvalidArgumentError("matcher: got no list, want at least 1");
  }
  for (size_t i = 0; i < lists.size(); ++i) {
    if (lists[i] == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("matcher: list ", i, " is null"));
    }
    for (size_t k = 0; k < i; ++k) {
      if (lists[k]->lists()[0].name != lists[i]->lists()[0].name) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "matcher: two lists are named ", lists[i]->lists()[0].name, ": ",
          lists[k]->path(), " and ", lists[i]->path()));
    }
  }
  return Matcher(std::move(lists));
}

Verdict Matcher::MatchPicture(const PictureHashes& picture,
                              const MatchOptions& options) const {
  return MatchPictures({&picture, 1}, options)[0];
}

Verdict Matcher::MatchValue(const HashValue& value,
                            const MatchOptions& options) const {
  return MatchValues({&value, 1}, options)[0];
}

std::vector<Verdict> Matcher::MatchPictures(
    std::span<const PictureHashes> pictures,
    const MatchOptions& options) const {
  return MatchAll(pictures, lists_, options);
}

std::vector<Verdict> Matcher::MatchValues(std::span<const HashValue> values,
                                          const MatchOptions& options) const {
  return MatchAll(values, lists_, options);
}

}  // namespace hashvet
