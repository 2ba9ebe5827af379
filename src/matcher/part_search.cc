#include "src/matcher/part_search.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/functional/function_ref.h"
#include "hashvet/base/status.h"
#include "hashvet/base/wipe.h"
#include "hashvet/hash/bit_rows.h"
#include "src/list/byte_vector_limit.h"
#include "src/matcher/removed.h"

namespace hashvet {
namespace {

using Answers = std::vector<std::vector<Found>>;

// A row that some orientation of a query reached.
struct Hit {
  uint32_t row;
  uint32_t distance;  // as the index measures
  Orientation orientation;
  size_t variant = 0;
};

// The distance to be shown when a limit allows the hit.
using Judge =
    absl::FunctionRef<std::optional<uint32_t>(const Limit&, const Hit&)>;

// One file of a part under one kind: searches it, and makes hits to entries.
class FileSearch {
 public:
  // overlay  what took entries of this file away, or null
  FileSearch(const SnapshotReader& file, const SnapshotReader* overlay,
             HashKind kind, std::span<const Query> queries,
             const Limits& limits, const SearchOptions& options)
      : file_(file),
        overlay_(overlay),
        kind_(kind),
        queries_(queries),
        limits_(limits),
        options_(options) {}

  absl::Status AppendTo(Answers& answers) const {
    switch (InfoOf(kind_).family) {
      case HashFamily::kBits:
        return SearchBits(answers);
      case HashFamily::kDigest:
        return SearchDigests(answers);
      case HashFamily::kByteVector:
        break;
    }
    HASHVET_RETURN_IF_ERROR(SearchL1(answers));
    return SearchL2(answers);
  }

 private:
  // The largest of what `measure` makes of the limits; none for no limit.
  template <typename Measure>
  std::optional<uint32_t> Widest(const Measure& measure) const {
    std::optional<uint32_t> widest;
    const auto widen = [&](const std::optional<Limit>& limit) {
      if (!limit.has_value()) return;
      const std::optional<uint32_t> its = measure(*limit);
      if (its.has_value()) widest = std::max(widest.value_or(0), *its);
    };
    for (const std::optional<Limit>& limit : limits_.lists) widen(limit);
    widen(limits_.canaries);
    return widest;
  }

  absl::Status SearchBits(Answers& answers) const {
    const RangeIndex* const index = file_.range_index(kind_);
    const std::optional<uint32_t> widest = Widest(
        [](const Limit& limit) { return std::optional(limit.original); });
    if (index == nullptr || !widest.has_value()) return absl::OkStatus();
    WipedVector<uint64_t> words;
    const auto append = [&](std::span<const uint64_t> row) {
      words.insert(words.end(), row.begin(), row.end());
    };
    for (const Query& query : queries_) {
      for (const Hash256& hash : query.orientations) append(hash.words());
      for (const HashValue& value : query.values) append(value.row_words());
    }
    HASHVET_ASSIGN_OR_RETURN(const BitRows rows,
                             BitRows::Create(words, index->width_bits()));
    HASHVET_ASSIGN_OR_RETURN(const Neighbors near,
                             index->Search(rows, *widest, options_));
    AppendNear(
        near,
        [](const Limit& limit, const Hit& hit) {
          const uint32_t max = hit.orientation == Orientation::kOriginal
                                   ? limit.original
                                   : limit.rotated;
          return hit.distance <= max ? std::optional(hit.distance)
                                     : std::nullopt;
        },
        answers);
    return absl::OkStatus();
  }

  absl::Status SearchDigests(Answers& answers) const {
    const DigestIndex* const index = file_.digest_index(kind_);
    if (index == nullptr) return absl::OkStatus();
    WipedVector<Digest> digests;
    for (const Query& query : queries_) {
      digests.push_back(*query.values[0].As<Digest>());
    }
    HASHVET_ASSIGN_OR_RETURN(const auto found, index->Find(digests, options_));
    for (size_t q = 0; q < queries_.size(); ++q) {
      if (!found[q].has_value()) continue;
      const Hit hit{*found[q], 0, Orientation::kOriginal};
      AppendEntries(
          {&hit, 1},
          [](const Limit&, const Hit&) { return std::optional<uint32_t>(0); },
          answers[q]);
    }
    return absl::OkStatus();
  }

  WipedVector<ByteVector144> Vectors() const {
    WipedVector<ByteVector144> vectors;
    for (const Query& query : queries_) {
      vectors.push_back(*query.values[0].As<ByteVector144>());
    }
    return vectors;
  }

  // Lists under L1.
  absl::Status SearchL1(Answers& answers) const {
    const ByteVectorIndex* const index = file_.byte_vector_index(kind_);
    const std::optional<uint32_t> widest = Widest([](const Limit& limit) {
      return limit.metric == ByteVectorMetric::kL1
                 ? std::optional(limit.original)
                 : std::nullopt;
    });
    if (index == nullptr || !widest.has_value()) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(const Neighbors near,
                             index->SearchL1(Vectors(), *widest, options_));
    AppendNear(
        near,
        [](const Limit& limit, const Hit& hit) {
          return limit.metric == ByteVectorMetric::kL1 &&
                         hit.distance <= limit.original
                     ? std::optional(hit.distance)
                     : std::nullopt;
        },
        answers);
    return absl::OkStatus();
  }

  // Lists under L2 and its square together: within t is within t * t, squared,
  // in integers.
  static std::optional<uint32_t> SquaredLimitOf(const Limit& limit) {
    return SquaredLimit(limit.metric, limit.original);
  }
  absl::Status SearchL2(Answers& answers) const {
    const ByteVectorIndex* const index = file_.byte_vector_index(kind_);
    const std::optional<uint32_t> widest = Widest(&SquaredLimitOf);
    if (index == nullptr || !widest.has_value()) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(
        const Neighbors near,
        index->SearchSquaredL2(Vectors(), *widest, options_));
    AppendNear(
        near,
        [](const Limit& limit, const Hit& hit) -> std::optional<uint32_t> {
          const std::optional<uint32_t> max = SquaredLimitOf(limit);
          if (!max.has_value() || hit.distance > *max) return std::nullopt;
          return limit.metric == ByteVectorMetric::kL2
                     ? RootRoundedUp(hit.distance)
                     : hit.distance;
        },
        answers);
    return absl::OkStatus();
  }

  // The neighbours of every query's every orientation.
  void AppendNear(const Neighbors& near, Judge judge, Answers& answers) const {
    size_t at = 0;  // in the neighbours
    std::vector<Hit> hits;
    for (size_t q = 0; q < queries_.size(); ++q) {
      hits.clear();
      const size_t orientations =
          queries_[q].orientations.size() + queries_[q].values.size();
      for (size_t o = 0; o < orientations; ++o, ++at) {
        for (const Neighbor& neighbor : near.of(at)) {
          hits.push_back({neighbor.row, neighbor.distance,
                          static_cast<Orientation>(o % queries_[q].turns),
                          o / queries_[q].turns});
        }
      }
      std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
        return std::tie(a.row, a.distance, a.orientation, a.variant) <
               std::tie(b.row, b.distance, b.orientation, b.variant);
      });
      for (size_t begin = 0, end = 0; begin < hits.size(); begin = end) {
        while (end < hits.size() && hits[end].row == hits[begin].row) ++end;
        AppendEntries(std::span(hits).subspan(begin, end - begin), judge,
                      answers[q]);
      }
    }
  }

  // The entries of one row, by its hits, the nearest first.
  void AppendEntries(std::span<const Hit> hits, Judge judge,
                     std::vector<Found>& found) const {
    const uint32_t row = hits[0].row;
    const uint32_t entries = file_.entry_count(kind_, row);
    for (uint32_t i = 0; i < entries; ++i) {
      const EntryView entry = file_.entry(kind_, row, i);
      const std::optional<Limit>* limit = LimitFor(entry.list);
      if (limit == nullptr || !limit->has_value()) continue;
      if (IsRemoved(file_, overlay_, kind_, row, i)) continue;
      for (const Hit& hit : hits) {
        const std::optional<uint32_t> distance = judge(**limit, hit);
        if (!distance.has_value()) continue;
        found.push_back(
            {&file_, row, entry, *distance, hit.orientation, hit.variant});
        break;
      }
    }
  }

  const std::optional<Limit>* LimitFor(uint16_t list) const {
    if (list == kCanaryList) return &limits_.canaries;
    return list < limits_.lists.size() ? &limits_.lists[list] : nullptr;
  }

  const SnapshotReader& file_;
  const SnapshotReader* const overlay_;
  const HashKind kind_;
  const std::span<const Query> queries_;
  const Limits& limits_;
  const SearchOptions& options_;
};

bool AreEqual(HashKind kind, const Found& a, const Found& b) {
  const auto said = [](const EntryView& entry) {
    return std::tie(entry.list, entry.key, entry.category,
                    entry.category_scheme, entry.quality, entry.opinion);
  };
  return a.distance == b.distance && a.orientation == b.orientation &&
         said(a.entry) == said(b.entry) &&
         a.file->value(kind, a.row) == b.file->value(kind, b.row);
}

// Drops what the overlay, from `base_found` on, has as the base has it.
// Canaries are a file's own.
void DropRepeated(HashKind kind, size_t base_found, std::vector<Found>& found) {
  const auto begin = found.begin() + static_cast<std::ptrdiff_t>(base_found);
  const auto is_repeated = [&](const Found& each) {
    return each.entry.list != kCanaryList &&
           std::any_of(found.begin(), begin, [&](const Found& other) {
             return AreEqual(kind, each, other);
           });
  };
  found.erase(std::remove_if(begin, found.end(), is_repeated), found.end());
}

}  // namespace

Limit LimitOf(const KindPolicy& policy) {
  return {policy.max_distance,
          policy.max_distance_rotated.value_or(policy.max_distance),
          policy.metric};
}

absl::StatusOr<Answers> SearchPart(const Generation::Part& part, HashKind kind,
                                   std::span<const Query> queries,
                                   const Limits& limits,
                                   const SearchOptions& options) {
  Answers answers(queries.size());
  HASHVET_RETURN_IF_ERROR(
      FileSearch(*part.base, part.overlay.get(), kind, queries, limits, options)
          .AppendTo(answers));
  if (part.overlay == nullptr) return answers;
  std::vector<size_t> base_found;
  for (const std::vector<Found>& found : answers) {
    base_found.push_back(found.size());
  }
  HASHVET_RETURN_IF_ERROR(
      FileSearch(*part.overlay, nullptr, kind, queries, limits, options)
          .AppendTo(answers));
  for (size_t q = 0; q < answers.size(); ++q) {
    if (base_found[q] < answers[q].size()) {
      DropRepeated(kind, base_found[q], answers[q]);
    }
  }
  return answers;
}

}  // namespace hashvet
