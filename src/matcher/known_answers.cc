#include "hashvet/matcher/known_answers.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/base/wipe.h"
#include "hashvet/list/benign_panel.h"
#include "src/matcher/part_search.h"
#include "src/matcher/removed.h"
#include "src/matcher/turned_value.h"

namespace hashvet {
namespace {

// A threshold of some list, to be tested once for all lists that have it.
struct Threshold {
  HashKind kind;
  Limit limit;
  std::string_view list;  // the first that has it
};

// The part's test. Everything random comes from the seed.
class PartTest {
 public:
  PartTest(const Generation::Part& part,
           std::span<const Generation::List> lists,
           const KnownAnswerOptions& options, uint64_t seed)
      : part_(part), lists_(lists), options_(options), random_(seed) {}

  absl::Status Run() {
    std::vector<Threshold> thresholds = Thresholds();
    Choose(options_.thresholds, thresholds);
    for (const Threshold& threshold : thresholds) {
      HASHVET_RETURN_IF_ERROR(TestCanaries(threshold, *part_.base));
      if (part_.overlay != nullptr) {
        HASHVET_RETURN_IF_ERROR(TestCanaries(threshold, *part_.overlay));
      }
    }
    HASHVET_RETURN_IF_ERROR(TestEntries());
    return TestPanel();
  }

 private:
  static absl::Status Missed(std::string_view list, HashKind kind,
                             const std::string& what) {
    return absl::DataLossError(Message(list, kind, what));
  }
  static std::string Message(std::string_view list, HashKind kind,
                             const std::string& what) {
    return absl::StrCat("known-answer test: list ", ToAbsl(list), ", ",
                        ToAbsl(NameOf(kind)), ": ", what);
  }

  // Keeps at most `count` of them, chosen at random.
  template <typename T>
  void Choose(size_t count, std::vector<T>& from) {
    if (count >= from.size()) return;
    std::shuffle(from.begin(), from.end(), random_);
    from.resize(count);
  }

  std::vector<Threshold> Thresholds() const {
    std::vector<Threshold> thresholds;
    for (const HashKindInfo& info : AllHashKinds()) {
      for (const Generation::List& list : lists_) {
        if (!part_.Carries(list.number, info.kind)) continue;
        const auto policy = KindPolicyOf(list.policy, info.kind);
        if (!policy.has_value()) continue;
        const Limit limit = LimitOf(*policy);
        const auto is_same = [&](const Threshold& other) {
          return other.kind == info.kind && other.limit == limit;
        };
        if (std::any_of(thresholds.begin(), thresholds.end(), is_same)) {
          continue;
        }
        thresholds.push_back({info.kind, limit, list.policy.name});
      }
    }
    return thresholds;
  }

  // Every list's own limits.
  Limits OwnLimits(HashKind kind, bool with_ignore) const {
    Limits limits;
    for (const Generation::List& list : lists_) {
      const auto policy = KindPolicyOf(list.policy, kind);
      const bool asked = with_ignore || list.policy.role != ListRole::kIgnore;
      limits.lists.push_back(policy.has_value() && asked
                                 ? std::optional(LimitOf(*policy))
                                 : std::nullopt);
    }
    return limits;
  }

  absl::StatusOr<std::vector<std::vector<Found>>> Search(
      HashKind kind, std::span<const Query> queries,
      const Limits& limits) const {
    SearchOptions options;
    options.executor = options_.executor;
    return SearchPart(part_, kind, queries, limits, options);
  }

  absl::Status TestCanaries(const Threshold& threshold,
                            const SnapshotReader& file) {
    if (file.rows(threshold.kind) == 0) return absl::OkStatus();
    const std::vector<HashValue> canaries = file.canaries(threshold.kind);
    if (canaries.empty()) {
      return Missed(threshold.list, threshold.kind, "there is no canary");
    }
    std::vector<size_t> numbers(canaries.size());
    std::iota(numbers.begin(), numbers.end(), size_t{0});
    Choose(options_.canaries, numbers);
    for (const size_t number : numbers) {
      HASHVET_RETURN_IF_ERROR(
          TestCanary(threshold, file, canaries[number], number));
    }
    return absl::OkStatus();
  }

  // What is asked about a canary, and where it must be found.
  struct Probe {
    HashValue value;
    std::optional<uint32_t> distance;  // none: not to be found
    Orientation orientation = Orientation::kOriginal;
  };

  absl::Status TestCanary(const Threshold& threshold,
                          const SnapshotReader& file, const HashValue& canary,
                          size_t number) {
    const Limit& limit = threshold.limit;
    std::vector<Probe> probes = {{canary, 0}};
    // At a limit, which is the distance shown, and just past it. Values that
    // cannot be turned so far have nobody at that distance.
    const auto add = [&](uint32_t at, Orientation orientation) {
      const bool is_root = limit.metric == ByteVectorMetric::kL2;
      const uint32_t measured = is_root ? at * at : at;
      if (auto value = TurnedTo(canary, measured, limit.metric, random_)) {
        probes.push_back({*std::move(value), at, orientation});
      }
      if (auto value = TurnedTo(canary, measured + 1, limit.metric, random_)) {
        probes.push_back({*std::move(value), std::nullopt, orientation});
      }
    };
    add(limit.original, Orientation::kOriginal);
    if (threshold.kind == HashKind::kPdq && limit.rotated < limit.original) {
      add(limit.rotated, static_cast<Orientation>(1 + random_() % 7));
    }
    return TestProbes(threshold, file, canary, number, probes);
  }

  absl::Status TestProbes(const Threshold& threshold,
                          const SnapshotReader& file, const HashValue& canary,
                          size_t number, std::span<const Probe> probes) {
    std::vector<std::array<Hash256, kOrientations>> pictures(probes.size());
    std::vector<Query> queries;
    for (size_t i = 0; i < probes.size(); ++i) {
      if (probes[i].orientation == Orientation::kOriginal) {
        queries.push_back({.values = {&probes[i].value, 1}});
        continue;
      }
      // A picture whose other orientations are as far away as can be.
      Hash256::Words words = canary.As<Hash256>()->words();
      for (uint64_t& word : words) word = ~word;
      pictures[i].fill(Hash256(words));
      pictures[i][static_cast<size_t>(probes[i].orientation)] =
          *probes[i].value.As<Hash256>();
      queries.push_back({.orientations = pictures[i]});
    }
    Limits limits;
    limits.lists.resize(lists_.size());
    limits.canaries = threshold.limit;
    HASHVET_ASSIGN_OR_RETURN(const auto answers,
                             Search(threshold.kind, queries, limits));
    for (size_t i = 0; i < probes.size(); ++i) {
      const auto is_it = [&](const Found& found) {
        return found.file == &file && found.entry.list == kCanaryList &&
               file.value(threshold.kind, found.row) == canary;
      };
      const auto found =
          std::find_if(answers[i].begin(), answers[i].end(), is_it);
      const bool expected = probes[i].distance.has_value();
      const std::string turn =
          probes[i].orientation == Orientation::kOriginal ? "" : ", rotated";
      if (!expected && found != answers[i].end()) {
        return Missed(
            threshold.list, threshold.kind,
            absl::StrCat("canary ", number, " found past the threshold", turn));
      }
      if (!expected) continue;
      if (found == answers[i].end() || found->distance != *probes[i].distance ||
          found->orientation != probes[i].orientation) {
        return Missed(threshold.list, threshold.kind,
                      absl::StrCat("canary ", number, " not found at distance ",
                                   *probes[i].distance, turn));
      }
    }
    return absl::OkStatus();
  }

  struct Sample {
    HashKind kind;
    HashValue value;
    EntryView entry;
  };

  // Random rows of both files, each row as likely as any other, and one entry
  // of each. Rows whose entries nobody can match are left out.
  WipedVector<Sample> Samples() {
    struct Rows {
      const SnapshotReader* file;
      const SnapshotReader* overlay;
      HashKind kind;
      uint64_t end;  // of the numbers that mean its rows
    };
    std::vector<Rows> all;
    uint64_t end = 0;
    const auto add = [&](const SnapshotReader* file,
                         const SnapshotReader* overlay) {
      for (const SnapshotReader::KindCounts& counts : file->kinds()) {
        end += file->rows(counts.kind);
        all.push_back({file, overlay, counts.kind, end});
      }
    };
    add(part_.base.get(), part_.overlay.get());
    if (part_.overlay != nullptr) add(part_.overlay.get(), nullptr);
    WipedVector<Sample> samples;
    if (end == 0) return samples;
    std::uniform_int_distribution<uint64_t> any_row(0, end - 1);
    for (size_t i = 0; i < options_.entries; ++i) {
      const uint64_t number = any_row(random_);
      const Rows& rows = *std::upper_bound(
          all.begin(), all.end(), number,
          [](uint64_t at, const Rows& each) { return at < each.end; });
      const uint32_t in_file = rows.file->rows(rows.kind);
      const auto row = static_cast<uint32_t>(number - (rows.end - in_file));
      const uint32_t entries = rows.file->entry_count(rows.kind, row);
      const uint32_t first = static_cast<uint32_t>(random_());
      for (uint32_t k = 0; k < entries; ++k) {
        const uint32_t at = (first % entries + k) % entries;
        const EntryView entry = rows.file->entry(rows.kind, row, at);
        if (entry.list >= lists_.size() ||
            IsRemoved(*rows.file, rows.overlay, rows.kind, row, at) ||
            !KindPolicyOf(lists_[entry.list].policy, rows.kind).has_value()) {
          continue;
        }
        samples.push_back({rows.kind, rows.file->value(rows.kind, row), entry});
        break;
      }
    }
    return samples;
  }

  absl::Status TestEntries() {
    const WipedVector<Sample> samples = Samples();
    for (const HashKindInfo& info : AllHashKinds()) {
      std::vector<const Sample*> of_kind;
      std::vector<Query> queries;
      for (const Sample& sample : samples) {
        if (sample.kind != info.kind) continue;
        of_kind.push_back(&sample);
        queries.push_back({.values = {&sample.value, 1}});
      }
      if (queries.empty()) continue;
      HASHVET_ASSIGN_OR_RETURN(
          const auto answers,
          Search(info.kind, queries, OwnLimits(info.kind, true)));
      for (size_t i = 0; i < queries.size(); ++i) {
        const Sample& sample = *of_kind[i];
        const auto is_it = [&](const Found& found) {
          return found.distance == 0 && found.entry.list == sample.entry.list &&
                 found.entry.key == sample.entry.key &&
                 found.file->value(info.kind, found.row) == sample.value;
        };
        if (std::any_of(answers[i].begin(), answers[i].end(), is_it)) continue;
        return Missed(lists_[sample.entry.list].policy.name, info.kind,
                      absl::StrCat("entry ", ToAbsl(sample.entry.key),
                                   " does not find itself"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status TestPanel() {
    std::vector<const BenignHash*> panel;
    for (const BenignHash& each : BenignPanel()) panel.push_back(&each);
    Choose(options_.panel, panel);
    std::vector<Query> queries;
    for (const BenignHash* each : panel) {
      queries.push_back({.orientations = {&each->hash, 1}});
    }
    if (queries.empty()) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(
        const auto answers,
        Search(HashKind::kPdq, queries, OwnLimits(HashKind::kPdq, false)));
    for (size_t i = 0; i < queries.size(); ++i) {
      if (answers[i].empty()) continue;
      const EntryView& entry = answers[i][0].entry;
      return absl::FailedPreconditionError(
          Message(lists_[entry.list].policy.name, HashKind::kPdq,
                  absl::StrCat("entry ", ToAbsl(entry.key),
                               " matches the harmless picture ",
                               ToAbsl(panel[i]->picture))));
    }
    return absl::OkStatus();
  }

  const Generation::Part& part_;
  const std::span<const Generation::List> lists_;
  const KnownAnswerOptions& options_;
  std::mt19937_64 random_;
};

}  // namespace

absl::Status TestKnownAnswers(const Generation& generation,
                              const KnownAnswerOptions& options) {
  // Entries' values were in use, by this thread at least.
  absl::Cleanup wipe = [] { WipeStack(); };
  for (size_t part = 0; part < generation.parts().size(); ++part) {
    HASHVET_RETURN_IF_ERROR(PartTest(generation.parts()[part],
                                     generation.lists_of(part), options,
                                     options.seed + part)
                                .Run());
  }
  return absl::OkStatus();
}

}  // namespace hashvet
