#include <algorithm>
#include <cstring>
#include <functional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/list/snapshot_view.h"

namespace hashvet::snapshot {
namespace {

class Contents {
 public:
  Contents(const View& view, std::string_view path)
      : view_(view), path_(path) {}

  absl::Status CheckCategories() const;
  absl::Status CheckValues(const KindView& kind) const;
  absl::Status CheckPostings(const KindView& kind) const {
    HASHVET_RETURN_IF_ERROR(CheckRowBegins(kind));
    HASHVET_RETURN_IF_ERROR(CheckEntries(kind));
    return CheckEntryOrder(kind);
  }

 private:
  absl::Status Damaged(SectionType type, const KindView& kind,
                       absl::string_view reason) const {
    return absl::DataLossError(absl::StrCat(
        "snapshot ", ToAbsl(NameOf(type)), " of ",
        ToAbsl(hashvet::NameOf(kind.kind)), ": ", reason, ": ", ToAbsl(path_)));
  }
  absl::Status NotInOrder(SectionType type, const KindView& kind,
                          size_t row) const {
    return Damaged(type, kind, absl::StrCat("row ", row, " is not in order"));
  }
  absl::Status CheckPlanes(const KindView& kind) const;
  absl::Status CheckBits(const KindView& kind) const;
  absl::Status CheckVectors(const KindView& kind) const;
  absl::Status CheckRowBegins(const KindView& kind) const;
  absl::Status CheckEntries(const KindView& kind) const;
  absl::Status CheckEntryOrder(const KindView& kind) const;
  std::string_view CategoryText(size_t number) const {
    const uint64_t begin = view_.categories[number].begin;
    return view_.category_bytes.substr(
        begin, view_.categories[number + 1].begin - begin);
  }

  const View& view_;
  const std::string_view path_;
};

absl::Status Contents::CheckCategories() const {
  const auto& categories = view_.categories;
  for (size_t c = 0; c + 1 < categories.size(); ++c) {
    const uint64_t begin = categories[c].begin, end = categories[c + 1].begin;
    if (begin > end || categories[c].scheme_bytes > end - begin) {
      return absl::DataLossError(
          absl::StrCat("snapshot categories: number ", c,
                       " points outside: ", ToAbsl(path_)));
    }
  }
  if (categories[1].begin != 0 || categories.back().scheme_bytes != 0) {
    return absl::DataLossError(
        absl::StrCat("snapshot categories: the empty one is not the first: ",
                     ToAbsl(path_)));
  }
  const auto parts = [&](size_t number) {
    const std::string_view text = CategoryText(number);
    const size_t scheme_bytes = categories[number].scheme_bytes;
    return std::pair(text.substr(0, scheme_bytes), text.substr(scheme_bytes));
  };
  for (size_t c = 1; c + 1 < categories.size(); ++c) {
    if (parts(c - 1) < parts(c)) continue;
    return absl::DataLossError(
        absl::StrCat("snapshot categories: number ", c,
                     " is not in order: ", ToAbsl(path_)));
  }
  return absl::OkStatus();
}

absl::Status Contents::CheckPlanes(const KindView& kind) const {
  const auto& [p0, p1, p2, p3] = kind.planes->prefix;
  const std::span<const uint64_t> rest = kind.planes->rest;
  for (size_t r = 1; r < kind.counts.rows; ++r) {
    // The highest bits decide, except between near copies.
    if (rest[2 * r - 1] < rest[2 * r + 1]) continue;
    if (std::tie(rest[2 * r - 1], rest[2 * r - 2], p3[r - 1], p2[r - 1],
                 p1[r - 1], p0[r - 1]) >=
        std::tie(rest[2 * r + 1], rest[2 * r], p3[r], p2[r], p1[r], p0[r])) {
      return NotInOrder(SectionType::kRest, kind, r);
    }
  }
  return absl::OkStatus();
}

absl::Status Contents::CheckBits(const KindView& kind) const {
  const size_t words = kind.rows->words_per_row();
  const uint64_t* row = kind.rows->words().data();
  for (size_t r = 1; r < kind.counts.rows; ++r, row += words) {
    // A row's last word holds its highest bits.
    bool less = false;
    for (size_t w = words; w-- > 0;) {
      if (row[w] == row[words + w]) continue;
      less = row[w] < row[words + w];
      break;
    }
    if (!less) return NotInOrder(SectionType::kRows, kind, r);
  }
  return absl::OkStatus();
}

absl::Status Contents::CheckVectors(const KindView& kind) const {
  HASHVET_ASSIGN_OR_RETURN(const ByteVectorIndex index,
                           ByteVectorIndex::FromTables(*kind.vectors));
  for (size_t r = 1; r < kind.counts.rows; ++r) {
    if (index.row(r - 1) >= index.row(r)) {
      return NotInOrder(SectionType::kVectorPrefix, kind, r);
    }
  }
  return absl::OkStatus();
}

absl::Status Contents::CheckValues(const KindView& kind) const {
  if (kind.planes.has_value()) return CheckPlanes(kind);
  if (kind.rows.has_value()) return CheckBits(kind);
  if (kind.vectors.has_value()) return CheckVectors(kind);
  return absl::OkStatus();  // DigestIndex has looked at every digest
}

absl::Status Contents::CheckRowBegins(const KindView& kind) const {
  const std::span<const uint32_t> begins = kind.row_begins;
  if (begins.front() != 0 || begins.back() != kind.entries.size()) {
    return Damaged(SectionType::kRowBegins, kind,
                   "rows and entries contradict each other");
  }
  const auto stop =
      std::ranges::adjacent_find(begins, std::ranges::greater_equal());
  if (stop == begins.end()) return absl::OkStatus();
  return Damaged(SectionType::kRowBegins, kind,
                 absl::StrCat("row ", stop - begins.begin(), " has no entry"));
}

absl::Status Contents::CheckEntries(const KindView& kind) const {
  const size_t categories = view_.categories.size() - 1;
  std::vector<uint32_t> of_lists(view_.lists.size());
  uint32_t canaries = 0;
  uint64_t key_end = 0;
  for (const EntryRecord& entry : kind.entries) {
    const bool is_canary = entry.list == kCanaryList;
    const bool sound =
        KeyBegin(entry) == key_end && entry.category < categories &&
        (entry.quality <= 100 || entry.quality == kNoQuality) &&
        entry.opinion <= static_cast<uint8_t>(Opinion::kDisputed) &&
        (is_canary || entry.list < of_lists.size());
    if (!sound) {
      return Damaged(
          SectionType::kEntries, kind,
          absl::StrCat("entry ", &entry - &kind.entries[0], " points outside"));
    }
    ++(is_canary ? canaries : of_lists[entry.list]);
    key_end += KeyBytes(entry);
  }
  if (key_end != kind.key_bytes.size()) {
    return Damaged(SectionType::kEntries, kind,
                   "keys do not cover the key bytes");
  }
  if (!std::ranges::equal(of_lists, kind.list_entries) ||
      canaries != kind.counts.canary_entries) {
    return Damaged(SectionType::kEntries, kind,
                   "not as many of each list as the counts say");
  }
  return absl::OkStatus();
}

// REQUIRES: CheckRowBegins and CheckEntries passed.
absl::Status Contents::CheckEntryOrder(const KindView& kind) const {
  const auto parts = [&](const EntryRecord& entry) {
    return std::tuple(entry.list,
                      kind.key_bytes.substr(KeyBegin(entry), KeyBytes(entry)),
                      entry.category, entry.quality, entry.opinion);
  };
  uint32_t canary_rows = 0;
  for (size_t r = 0; r < kind.counts.rows; ++r) {
    const uint32_t begin = kind.row_begins[r], end = kind.row_begins[r + 1];
    // Canaries come last, so their row begins with one.
    if (kind.entries[begin].list == kCanaryList) ++canary_rows;
    for (uint32_t e = begin + 1; e < end; ++e) {
      if (parts(kind.entries[e - 1]) < parts(kind.entries[e])) continue;
      return Damaged(SectionType::kEntries, kind,
                     absl::StrCat("entry ", e, " is not in order"));
    }
  }
  if (canary_rows == kind.counts.canary_rows) return absl::OkStatus();
  return Damaged(SectionType::kCounts, kind,
                 absl::StrCat("got ", kind.counts.canary_rows,
                              " rows of canaries alone, want ", canary_rows));
}

}  // namespace

absl::Status VerifyContents(const View& view, std::string_view path,
                            Executor* executor) {
  const Contents contents(view, path);
  std::vector<std::function<absl::Status()>> checks;
  checks.emplace_back([&] { return contents.CheckCategories(); });
  for (const KindView& kind : view.kinds) {
    if (kind.counts.rows == 0) continue;
    checks.emplace_back([&] { return contents.CheckValues(kind); });
    checks.emplace_back([&] { return contents.CheckPostings(kind); });
  }
  std::vector<absl::Status> done(checks.size());
  const auto run = [&](size_t i) { done[i] = checks[i](); };
  if (executor != nullptr) {
    executor->ParallelFor(checks.size(), run);
  } else {
    for (size_t i = 0; i < checks.size(); ++i) run(i);
  }
  for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

}  // namespace hashvet::snapshot
