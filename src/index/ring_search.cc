// What a ring search waits for is memory: 272 short runs of entries a query at
// 31 of 256 bits, each somewhere else. So queries that share runs are asked as
// a group (a picture's eight hashes), groups follow each other closely, and
// before one's runs are filtered the memory of the others' next steps is asked
// for:
//
//   g + 2   offsets are asked for
//   g + 1   Plan    offsets -> runs of entries; the first are asked for
//   g       Filter  runs -> entries that may be near; their ids are asked for
//   g - 1   rows are asked for
//           Check   rows -> neighbours

#include "src/index/ring_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/base/wipe.h"
#include "src/index/ring_plan.h"
#include "src/index/row_scan.h"
#include "src/index/tile_scan.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

// Entries of one group between the filter and the check: 110 for a query at
// 10 M rows, 690 for a picture's eight.
constexpr size_t kRoom = 4096;
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
        hits_(new kernels::Hit[kRoom]),
        slice_(slice) {}

  // What it held of queries is gone with it (wipe.h).
  ~SliceSearch() { Wipe(groups_, sizeof groups_); }

  absl::Status Run() {
    slice_.counts.reserve(queries_.size());
    if (plan_.always_scan()) {
      for (uint32_t q = 0; q < queries_.size(); ++q) Scan(q);
      return absl::OkStatus();
    }
    FormGroup(0);
    AskForOffsets(0);
    Plan(0);
    FormGroup(1);
    AskForOffsets(1);
    AskForFirstRuns();
    for (size_t g = 0; GroupAt(g).count > 0; ++g) {
      HASHVET_RETURN_IF_ERROR(LookAtClock(RingPlan::NsOf(planned_[g % 2], 0)));
      if (GroupAt(g + 1).count > 0) Plan(g + 1);
      FormGroup(g + 2);
      lines_.clear();
      plan_.AppendLines(ChunksOf(g + 2), lines_);
      HASHVET_RETURN_IF_ERROR(FindRows());  // of g - 1
      AskFor(lines_);
      HASHVET_RETURN_IF_ERROR(Filter(g));
    }
    lines_.clear();
    HASHVET_RETURN_IF_ERROR(FindRows());
    AskFor(lines_);
    FinishGroup();
    return absl::OkStatus();
  }

 private:
  struct Group {
    uint32_t first = 0, count = 0;  // queries; none past the last
    std::array<uint16_t, RingPlan::kMaxGroup * kMaxChunks> chunks;
  };
  Group& GroupAt(size_t g) { return groups_[g % std::size(groups_)]; }
  RingPlan::Chunks ChunksOf(size_t g) {
    return std::span(GroupAt(g).chunks)
        .first(GroupAt(g).count * plan_.chunks());
  }

  // Always inline: GCC takes a function that only prefetches for one without
  // any effect, and drops the calls.
  [[gnu::always_inline]] static void AskFor(
      const std::vector<const void*>& lines) {
    for (const void* line : lines) __builtin_prefetch(line, 0, 2);
  }

  void FormGroup(size_t g) {
    Group& group = GroupAt(g);
    const size_t end =
        std::min(next_query_ + RingPlan::kMaxGroup, queries_.size());
    const size_t count = next_query_ < alone_before_
                             ? 1
                             : plan_.GroupOf(queries_.slice(next_query_, end));
    group.first = static_cast<uint32_t>(next_query_);
    group.count = static_cast<uint32_t>(count);
    for (size_t q = 0; q < count; ++q) {
      plan_.CopyChunks(
          queries_[next_query_ + q],
          std::span(group.chunks).subspan(q * plan_.chunks(), plan_.chunks()));
    }
    next_query_ += count;
    if (count > ids_for_) {
      // Nothing waits in the old one where this is called.
      ids_ = std::make_unique_for_overwrite<uint32_t[]>(kRoom * count);
      ids_for_ = count;
    }
  }

  void AskForOffsets(size_t g) {
    lines_.clear();
    plan_.AppendLines(ChunksOf(g), lines_);
    AskFor(lines_);
  }

  // The filter asks for the runs kRunsAhead of where it is.
  [[gnu::always_inline]] void AskForFirstRuns() {
    constexpr uint32_t kEntriesALine = 32, kEntriesAtMost = 512;
    const auto runs = queue_.runs();
    for (size_t r = 0; r < runs.size() && r < kernels::kRunsAhead; ++r) {
      const uint16_t* const begin =
          tables_.next.data() + (runs[r].begin & kernels::kEntryMask);
      const uint32_t end = std::min(runs[r].count, kEntriesAtMost);
      for (uint32_t e = 0; e < end; e += kEntriesALine) {
        __builtin_prefetch(begin + e, 0, 2);
      }
    }
  }

  void Plan(size_t g) {
    RingPlan::Work& work = planned_[g % 2];
    work = plan_.AppendRuns(ChunksOf(g), queue_);
    if (work.refused && GroupAt(g).count > 1) {
      // Each by itself; no group after it has been formed.
      Group& group = GroupAt(g);
      alone_before_ = next_query_;
      next_query_ = size_t{group.first} + 1;
      group.count = 1;
      work = plan_.AppendRuns(ChunksOf(g), queue_);
    }
    slice_.work.probed += work.runs;
    slice_.work.candidates += work.candidates;
  }

  // `ns` of work are about to be done.
  absl::Status LookAtClock(double ns) {
    unchecked_ns_ += ns;
    if (unchecked_ns_ < kNsPerCheck) return absl::OkStatus();
    unchecked_ns_ = 0;
    return CheckTime(options_.deadline, options_.cancellation);
  }

  // Filters g's runs. What g - 1 still has to do is done on the way.
  absl::Status Filter(size_t g) {
    const RingPlan::Work& work = planned_[g % 2];
    const uint64_t all = (uint64_t{1} << GroupAt(g).count) - 1;
    size_t left = work.runs;
    uint64_t scan = work.refused ? all : 0;
    std::array<size_t, RingPlan::kMaxGroup> verified = {};
    bool earlier = g > 0;
    while (left > 0 && scan != all) {
      const kernels::RingFound found = kernels_.ring->filter(
          tables_.next.data(), queue_.runs().data(), left, queue_.runs().size(),
          tables_.ids.data(), entries_.get(), kRoom);
      queue_.RemoveFirst(found.runs);
      left -= found.runs;
      if (earlier) FinishGroup();
      earlier = false;
      scan_ = scan;
      entries_found_ = found.entries;
      if (left == 0) break;
      // More entries pass than there is room for.
      HASHVET_RETURN_IF_ERROR(LookAtClock(RingPlan::NsOf({}, kRoom)));
      lines_.clear();
      HASHVET_RETURN_IF_ERROR(FindRows());
      AskFor(lines_);
      for (size_t q = 0; q < GroupAt(g).count; ++q) {
        verified[q] += ids_found_[q];
        // Near copies of the query in number: the rows themselves, in order,
        // are read sooner.
        if (plan_.DearerThanScan(verified[q])) scan |= uint64_t{1} << q;
      }
      CheckRows();
    }
    if (earlier) FinishGroup();
    queue_.RemoveFirst(left);
    scan_ = scan;
    return absl::OkStatus();
  }

  // The rows of the entries found: their ids, and what to ask memory for.
  absl::Status FindRows() {
    const uint64_t* const rows = tables_.rows.words().data();
    const size_t words = tables_.rows.words_per_row();
    const size_t row_count = tables_.rows.size();
    for (size_t e = 0; e < entries_found_; ++e) {
      const uint64_t entry = entries_[e] & kernels::kEntryMask;
      const uint32_t id = tables_.ids[entry];
      if (id >= row_count) {
        return absl::DataLossError(
            absl::StrCat("ring tables: table ", entry / row_count, " entry ",
                         entry % row_count, " names no row"));
      }
      for (uint64_t mark = entries_[e] >> kernels::kEntryBits; mark != 0;
           mark &= mark - 1) {
        const auto q = static_cast<size_t>(std::countr_zero(mark));
        ids_[q * kRoom + ids_found_[q]++] = id;
      }
      for (size_t w = 0; w < words; w += 8) {
        lines_.push_back(rows + id * words + w);
      }
    }
    entries_found_ = 0;
    return absl::OkStatus();
  }

  // Compares the rows found and keeps those that are near.
  void CheckRows() {
    const Group& group = GroupAt(finished_groups_);
    for (uint32_t q = 0; q < group.count; ++q) {
      const size_t found = kernels_.rows->check(
          tables_.rows.words().data(), tables_.rows.words_per_row(),
          ids_.get() + q * kRoom, ids_found_[q],
          queries_[group.first + q].data(), 0, max_distance_, hits_.get());
      for (size_t i = 0; i < found; ++i) {
        near_[q].push_back({hits_[i].row, hits_[i].distance});
      }
      slice_.work.verified += ids_found_[q];
      ids_found_[q] = 0;
    }
  }

  // Groups finish in order. A row may be found from several tables.
  void FinishGroup() {
    CheckRows();
    const Group& group = GroupAt(finished_groups_++);
    for (uint32_t q = 0; q < group.count; ++q) {
      auto& near = near_[q];
      if ((scan_ >> q & 1) != 0) {
        Scan(group.first + q);
      } else {
        if (near.size() > 1) {
          std::sort(near.begin(), near.end(),
                    [](const Neighbor& a, const Neighbor& b) {
                      return a.row < b.row;
                    });
          near.erase(std::unique(near.begin(), near.end()), near.end());
        }
        slice_.items.insert(slice_.items.end(), near.begin(), near.end());
        slice_.counts.push_back(near.size());
      }
      near.clear();
    }
  }

  // The query is one for the scan.
  void Scan(uint32_t query) {
    slice_.scanned.push_back(query);
    slice_.counts.push_back(0);
    ++slice_.work.scanned;
  }

  const RingTables& tables_;
  const BitRows queries_;
  const uint32_t max_distance_;
  const SearchOptions& options_;
  const RingPlan plan_;
  const kernels::Target& kernels_;

  Group groups_[4];                 // checked, filtered, planned and asked for
  size_t next_query_ = 0;           // the first in no group
  size_t alone_before_ = 0;         // queries of a group that was refused
  RunQueue queue_;                  // of the group being filtered and the next
  RingPlan::Work planned_[2];       // theirs, by g % 2
  std::vector<const void*> lines_;  // of memory, to be asked for
  const std::unique_ptr<uint64_t[]> entries_;
  std::unique_ptr<uint32_t[]> ids_;  // kRoom for each query of a group
  size_t ids_for_ = 0;
  const std::unique_ptr<kernels::Hit[]> hits_;
  size_t entries_found_ = 0;
  std::array<size_t, RingPlan::kMaxGroup> ids_found_ = {};
  std::array<std::vector<Neighbor>, RingPlan::kMaxGroup> near_;
  double unchecked_ns_ = 0;
  // Of the group filtered last: a bit for each query that is to be scanned.
  uint64_t scan_ = 0;
  size_t finished_groups_ = 0;
  Slice& slice_;
};

// Puts the slices' answers in order, with those that a scan gives.
absl::StatusOr<Neighbors> Assemble(const RingTables& tables, BitRows queries,
                                   uint32_t max_distance,
                                   const SearchOptions& options,
                                   std::span<Slice> slices, size_t slice_size) {
  WipedVector<uint64_t> words;  // of queries
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
    // Groups are not cut.
    slice_size += -slice_size % RingPlan::kMaxGroup;
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
