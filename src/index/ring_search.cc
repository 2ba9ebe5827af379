// What a ring search waits for is memory: 272 short runs of entries a query at
// 31 of 256 bits, each somewhere else. So queries follow each other closely,
// and before one's runs are filtered the memory of the others' next steps is
// asked for:
//
//   q + 2   offsets are asked for
//   q + 1   Plan    offsets -> runs of entries; the first are asked for
//   q       Filter  runs -> entries that may be near; their ids are asked for
//   q - 1   rows are asked for
//           Check   rows -> neighbours

#include "src/index/ring_search.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/index/ring_plan.h"
#include "src/index/row_scan.h"
#include "src/index/tile_scan.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

// Entries of one query between the filter and the check; 110 at 10 M rows.
constexpr size_t kRoom = 2048;
// Queries that one body of ParallelFor takes.
constexpr size_t kMinSlice = 8;
constexpr size_t kMaxSlice = 256;
// Work between two looks at the clock.
constexpr double kNsPerCheck = 5e5;

// The answers to a slice of queries, in order.
struct Slice {
  std::vector<Neighbor> items;
  std::vector<size_t> counts;     // a query's items; 0 for those in `scanned`
  std::vector<uint32_t> scanned;  // queries to be answered by a scan
  RingCounts work;
};

class SliceSearch {
 public:
  SliceSearch(const RingTables& tables, BitRows queries, uint32_t max_distance,
              const SearchOptions& options, double scan_cost, Slice& slice)
      : tables_(tables),
        queries_(queries),
        max_distance_(max_distance),
        options_(options),
        plan_(tables, max_distance, scan_cost),
        kernels_(*kernels::ActiveTarget()),
        entries_(new uint64_t[kRoom]),
        ids_(new uint32_t[kRoom]),
        hits_(new kernels::Hit[kRoom]),
        slice_(slice) {}

  absl::Status Run() {
    const size_t end = queries_.size();
    slice_.counts.reserve(end);
    if (plan_.always_scan()) {
      for (size_t q = 0; q < end; ++q) FinishQuery(q, true);
      return absl::OkStatus();
    }
    AskForOffsets(0);
    AskForOffsets(1);
    Plan(0);
    AskForFirstRuns();
    for (size_t q = 0; q < end; ++q) {
      HASHVET_RETURN_IF_ERROR(LookAtClock(RingPlan::NsOf(planned_[q % 2], 0)));
      if (q + 1 < end) Plan(q + 1);
      lines_.clear();
      if (q + 2 < end) plan_.AppendLines(queries_[q + 2], lines_);
      HASHVET_RETURN_IF_ERROR(FindRows());  // of q - 1
      AskFor(lines_);
      HASHVET_RETURN_IF_ERROR(Filter(q));
    }
    lines_.clear();
    HASHVET_RETURN_IF_ERROR(FindRows());
    AskFor(lines_);
    CheckRows();
    FinishQuery(end - 1, scan_);
    return absl::OkStatus();
  }

 private:
  // Always inline: GCC takes a function that only prefetches for one without
  // any effect, and drops the calls.
  [[gnu::always_inline]] static void AskFor(
      const std::vector<const void*>& lines) {
    for (const void* line : lines) __builtin_prefetch(line, 0, 2);
  }

  void AskForOffsets(size_t q) {
    if (q >= queries_.size()) return;
    lines_.clear();
    plan_.AppendLines(queries_[q], lines_);
    AskFor(lines_);
  }

  // The filter asks for the runs kRunsAhead of where it is.
  [[gnu::always_inline]] void AskForFirstRuns() {
    constexpr uint32_t kEntriesALine = 32, kEntriesAtMost = 512;
    const auto runs = queue_.runs();
    for (size_t r = 0; r < runs.size() && r < kernels::kRunsAhead; ++r) {
      const uint16_t* const begin = tables_.next.data() + runs[r].begin;
      const uint32_t end = std::min(runs[r].count, kEntriesAtMost);
      for (uint32_t e = 0; e < end; e += kEntriesALine) {
        __builtin_prefetch(begin + e, 0, 2);
      }
    }
  }

  void Plan(size_t q) {
    planned_[q % 2] = plan_.AppendRuns(queries_[q], queue_);
    slice_.work.probed += planned_[q % 2].runs;
    slice_.work.candidates += planned_[q % 2].candidates;
  }

  // `ns` of work are about to be done.
  absl::Status LookAtClock(double ns) {
    unchecked_ns_ += ns;
    if (unchecked_ns_ < kNsPerCheck) return absl::OkStatus();
    unchecked_ns_ = 0;
    return CheckTime(options_.deadline, options_.cancellation);
  }

  // Filters q's runs. What q - 1 still has to do is done on the way.
  absl::Status Filter(size_t q) {
    const RingPlan::Work& work = planned_[q % 2];
    size_t left = work.runs;
    bool scan = work.scan;
    size_t verified = 0;
    bool earlier = q > 0;
    while (left > 0 && !scan) {
      const kernels::RingFound found = kernels_.ring->filter(
          tables_.next.data(), queue_.runs().data(), left, queue_.runs().size(),
          tables_.ids.data(), entries_.get(), kRoom);
      queue_.RemoveFirst(found.runs);
      left -= found.runs;
      if (earlier) FinishEarlier(q, earlier);
      entries_found_ = found.entries;
      verified += found.entries;
      if (left == 0) break;
      // More entries pass than there is room for.
      HASHVET_RETURN_IF_ERROR(LookAtClock(RingPlan::NsOf({}, kRoom)));
      lines_.clear();
      HASHVET_RETURN_IF_ERROR(FindRows());
      AskFor(lines_);
      CheckRows();
      // Near copies of the query in number: the rows themselves, in order, are
      // read sooner.
      scan = plan_.DearerThanScan(verified);
    }
    if (earlier) FinishEarlier(q, earlier);
    queue_.RemoveFirst(left);
    slice_.work.verified += verified;
    scan_ = scan;
    return absl::OkStatus();
  }

  void FinishEarlier(size_t q, bool& earlier) {
    CheckRows();
    FinishQuery(q - 1, scan_);
    earlier = false;
  }

  // The rows of the entries found: their ids, and what to ask memory for.
  absl::Status FindRows() {
    const uint64_t* const rows = tables_.rows.words().data();
    const size_t words = tables_.rows.words_per_row();
    const size_t row_count = tables_.rows.size();
    for (size_t e = 0; e < entries_found_; ++e) {
      const uint32_t id = tables_.ids[entries_[e]];
      if (id >= row_count) {
        return absl::DataLossError(
            absl::StrCat("ring tables: table ", entries_[e] / row_count,
                         " entry ", entries_[e] % row_count, " names no row"));
      }
      ids_[e] = id;
      for (size_t w = 0; w < words; w += 8) {
        lines_.push_back(rows + id * words + w);
      }
    }
    ids_found_ = entries_found_;
    entries_found_ = 0;
    return absl::OkStatus();
  }

  // Compares the rows found and keeps those that are near.
  void CheckRows() {
    const size_t found = kernels_.rows->check(
        tables_.rows.words().data(), tables_.rows.words_per_row(), ids_.get(),
        ids_found_, queries_[slice_.counts.size()].data(), 0, max_distance_,
        hits_.get());
    for (size_t i = 0; i < found; ++i) {
      slice_.items.push_back({hits_[i].row, hits_[i].distance});
    }
    ids_found_ = 0;
  }

  // Queries finish in order. A row may be found from several tables.
  void FinishQuery(size_t q, bool scan) {
    auto& items = slice_.items;
    const auto begin = items.begin() + static_cast<ptrdiff_t>(finished_items_);
    if (scan) {
      items.erase(begin, items.end());
      slice_.scanned.push_back(static_cast<uint32_t>(q));
      ++slice_.work.scanned;
    } else if (items.end() - begin > 1) {
      std::sort(begin, items.end(), [](const Neighbor& a, const Neighbor& b) {
        return a.row < b.row;
      });
      items.erase(std::unique(begin, items.end()), items.end());
    }
    slice_.counts.push_back(items.size() - finished_items_);
    finished_items_ = items.size();
  }

  const RingTables& tables_;
  const BitRows queries_;
  const uint32_t max_distance_;
  const SearchOptions& options_;
  const RingPlan plan_;
  const kernels::Target& kernels_;

  RunQueue queue_;                  // of the query being filtered and the next
  RingPlan::Work planned_[2];       // theirs, by q % 2
  std::vector<const void*> lines_;  // of memory, to be asked for
  const std::unique_ptr<uint64_t[]> entries_;
  const std::unique_ptr<uint32_t[]> ids_;
  const std::unique_ptr<kernels::Hit[]> hits_;
  size_t entries_found_ = 0;
  size_t ids_found_ = 0;
  double unchecked_ns_ = 0;
  bool scan_ = false;          // the query filtered last is one for the scan
  size_t finished_items_ = 0;  // items of finished queries
  Slice& slice_;
};

// Puts the slices' answers in order, with those that a scan gives.
absl::StatusOr<Neighbors> Assemble(const RingTables& tables, BitRows queries,
                                   uint32_t max_distance,
                                   const SearchOptions& options,
                                   std::span<Slice> slices, size_t slice_size) {
  std::vector<uint64_t> words;
  std::vector<size_t> begins(1, 0);
  begins.reserve(queries.size() + 1);
  for (size_t s = 0; s < slices.size(); ++s) {
    for (const size_t count : slices[s].counts) {
      begins.push_back(begins.back() + count);
    }
    for (const uint32_t q : slices[s].scanned) {
      const auto query = queries[s * slice_size + q];
      words.insert(words.end(), query.begin(), query.end());
    }
  }
  if (words.empty()) {
    if (slices.size() == 1) {
      return Neighbors(std::move(begins), std::move(slices[0].items));
    }
    std::vector<Neighbor> items;
    items.reserve(begins.back());
    for (const Slice& slice : slices) {
      items.insert(items.end(), slice.items.begin(), slice.items.end());
    }
    return Neighbors(std::move(begins), std::move(items));
  }

  HASHVET_ASSIGN_OR_RETURN(const BitRows asked,
                           BitRows::Create(words, queries.width_bits()));
  HASHVET_ASSIGN_OR_RETURN(const Neighbors scanned,
                           ScanRows(tables.rows, asked, max_distance, options));
  std::vector<Neighbor> items;
  items.reserve(begins.back() + scanned.total());
  begins.resize(1);
  size_t next_scanned = 0;
  for (const Slice& slice : slices) {
    size_t of_slice = 0;
    auto item = slice.items.begin();
    for (size_t q = 0; q < slice.counts.size(); ++q) {
      if (of_slice < slice.scanned.size() && slice.scanned[of_slice] == q) {
        const auto found = scanned.of(next_scanned++);
        items.insert(items.end(), found.begin(), found.end());
        ++of_slice;
      } else {
        const auto end = item + static_cast<ptrdiff_t>(slice.counts[q]);
        items.insert(items.end(), item, end);
        item = end;
      }
      begins.push_back(items.size());
    }
  }
  return Neighbors(std::move(begins), std::move(items));
}

}  // namespace

absl::StatusOr<Neighbors> SearchRing(const RingTables& tables, BitRows queries,
                                     uint32_t max_distance,
                                     const SearchOptions& options,
                                     RingCounts& counts, double scan_cost) {
  size_t slice_size = queries.size();
  if (options.executor != nullptr) {
    const size_t pieces = 4 * options.executor->parallelism();
    slice_size = std::clamp((queries.size() + pieces - 1) / pieces, kMinSlice,
                            kMaxSlice);
  }
  slice_size = std::max<size_t>(slice_size, 1);
  const size_t slice_count = (queries.size() + slice_size - 1) / slice_size;
  // Bodies of ParallelFor do not throw.
  try {
    if (queries.empty() || tables.rows.empty()) {
      return Neighbors(std::vector<size_t>(queries.size() + 1), {});
    }
    std::vector<Slice> slices(slice_count);
    std::vector<absl::Status> done(slice_count);
    const auto body = [&](size_t s) {
      try {
        const size_t begin = s * slice_size;
        const size_t end = std::min(begin + slice_size, queries.size());
        SliceSearch search(tables, queries.slice(begin, end), max_distance,
                           options, scan_cost, slices[s]);
        done[s] = search.Run();
      } catch (const std::bad_alloc&) {
        done[s] = OutOfMemory("the answer");
      }
    };
    if (options.executor == nullptr || slice_count == 1) {
      for (size_t s = 0; s < slice_count; ++s) body(s);
    } else {
      options.executor->ParallelFor(slice_count, body);
    }
    for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
    for (const Slice& slice : slices) {
      counts.probed += slice.work.probed;
      counts.candidates += slice.work.candidates;
      counts.verified += slice.work.verified;
      counts.scanned += slice.work.scanned;
    }
    return Assemble(tables, queries, max_distance, options, slices, slice_size);
  } catch (const std::bad_alloc&) {
    return OutOfMemory("the answer");
  }
}

}  // namespace hashvet
