// What a ring search waits for is memory: 272 short runs of entries a query at
// 31 of 256 bits, each somewhere else. So queries go through in blocks, and
// every step asks for the memory of the next one before it works:
//
//   Ask      a query's offsets                          block k + 2
//   Plan     offsets -> levels, runs of entries         block k + 1
//   Filter   runs -> entries that may be near           block k
//            (the kernel asks for the runs further on, into block k + 1)
//   Check    entries -> ids -> rows -> neighbours       block k

#include "src/index/ring_search.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/index/allowances.h"
#include "src/index/ring_build.h"
#include "src/index/ring_cost.h"
#include "src/index/row_scan.h"
#include "src/index/tile_scan.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

using kernels::RingRun;

constexpr size_t kBlockQueries = 4;
// Entries between the filter and the check: some blocks' worth at 10 M rows.
constexpr size_t kRoom = 2048;
// Queries that one body of ParallelFor takes, at most.
constexpr size_t kMaxSlice = 256;

// A plan whose buckets hold this many times what random rows would is worth
// 2,000 steps of looking for a better one.
constexpr double kSkewed = 2.0;
constexpr double kSkewedAtLeast = 4096;  // entries

double ScanNs(const RingTables& tables) {
  return ring_cost::kScanWordNs * static_cast<double>(tables.rows.size()) *
         static_cast<double>(tables.rows.words_per_row());
}

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
              double scan_cost, Slice& slice)
      : tables_(tables),
        queries_(queries),
        max_distance_(max_distance),
        rows_(tables.rows.size()),
        chunks_(tables.rows.width_bits() / 16),
        scan_ns_(scan_cost * ScanNs(tables)),
        masks_(AllMasks()),
        kernels_(*kernels::ActiveTarget()),
        entries_(new uint64_t[kRoom]),
        ids_(new uint32_t[kRoom]),
        hits_(new kernels::Hit[kRoom]),
        slice_(slice) {
    // Even levels are known before the first query: too many probes alone.
    const size_t low = (size_t{max_distance} + 1) / chunks_;
    const size_t left = (size_t{max_distance} + 1) % chunks_;
    const double probes =
        static_cast<double>((chunks_ - left) * ProbesAt(masks_, low) +
                            left * ProbesAt(masks_, low + 1));
    always_scan_ = probes * ring_cost::kProbeNs > scan_ns_;
  }

  absl::Status Run(const SearchOptions& options) {
    const size_t end = queries_.size();
    if (always_scan_) {
      for (size_t q = 0; q < end; ++q) {
        slice_.scanned.push_back(static_cast<uint32_t>(q));
      }
      slice_.counts.assign(end, 0);
      slice_.work.scanned += end;
      return absl::OkStatus();
    }
    asked_.resize(end);
    AskBlock(0);
    AskBlock(kBlockQueries);
    PlanBlock(0);
    for (size_t block = 0; block < end; block += kBlockQueries) {
      HASHVET_RETURN_IF_ERROR(
          CheckTime(options.deadline, options.cancellation));
      const size_t planned = runs_end_;
      PlanBlock(block + kBlockQueries);
      AskBlock(block + 2 * kBlockQueries);
      const size_t block_end = std::min(block + kBlockQueries, end);
      size_t run = 0;
      for (size_t q = block; q < block_end; ++q) {
        HASHVET_RETURN_IF_ERROR(FilterQuery(q, run));
        run += asked_[q].runs;
      }
      HASHVET_RETURN_IF_ERROR(CheckEntries());
      while (finished_ < block_end) FinishQuery();
      std::copy(runs_.begin() + static_cast<ptrdiff_t>(planned),
                runs_.begin() + static_cast<ptrdiff_t>(runs_end_),
                runs_.begin());
      runs_end_ -= planned;
    }
    return absl::OkStatus();
  }

 private:
  struct Asked {
    size_t runs = 0;      // of those planned
    size_t verified = 0;  // entries that passed the filter
    bool scan = false;    // dearer than looking at every row
  };
  struct Segment {  // entries of one query that passed the filter
    uint32_t query;
    size_t end;
  };

  const uint32_t* OffsetsOf(size_t chunk) const {
    return tables_.offsets.data() + chunk * kRingOffsets;
  }

  void AskBlock(size_t begin) const {
    const size_t end = std::min(begin + kBlockQueries, queries_.size());
    const size_t level = (size_t{max_distance_} + 1) / chunks_;
    const size_t probes = ProbesAt(masks_, std::max<size_t>(level, 1));
    for (size_t q = begin; q < end; ++q) {
      const uint64_t* const query = queries_[q].data();
      for (size_t c = 0; c < chunks_; ++c) {
        const uint32_t* const offsets = OffsetsOf(c);
        const uint16_t value = ChunkOf(query, c);
        for (size_t m = 0; m < probes; ++m) {
          // Values that differ in their lowest four bits share a cache line.
          if (m != 0 && masks_.masks[m] < 16) continue;
          __builtin_prefetch(offsets + (value ^ masks_.masks[m]));
        }
      }
    }
  }

  void PlanBlock(size_t begin) {
    const size_t end = std::min(begin + kBlockQueries, queries_.size());
    for (size_t q = begin; q < end; ++q) PlanQuery(q);
  }

  // Appends the runs of a query's buckets, or gives it to the scan.
  void PlanQuery(size_t q) {
    const uint64_t* const query = queries_[q].data();
    std::array<uint32_t, kMaxChunks> own;
    for (size_t c = 0; c < chunks_; ++c) {
      const uint32_t* const at = OffsetsOf(c) + ChunkOf(query, c);
      own[c] = at[1] - at[0];
    }
    const Levels levels =
        EvenLevels(std::span(own).first(chunks_), max_distance_);
    const size_t before = runs_end_;
    const uint64_t candidates = AppendRuns(query, levels);
    const size_t runs = runs_end_ - before;
    const double cost =
        static_cast<double>(runs) * ring_cost::kProbeNs +
        static_cast<double>(candidates) * ring_cost::kCandidateNs;
    if (cost > scan_ns_) {
      runs_end_ = before;
      asked_[q].scan = true;
      return;
    }
    asked_[q].runs = runs;
    slice_.work.probed += runs;
    slice_.work.candidates += candidates;
  }

  // Returns how many entries the runs have.
  uint64_t AppendRuns(const uint64_t* query, const Levels& levels) {
    size_t probes = 0;
    for (size_t c = 0; c < chunks_; ++c) {
      probes += ProbesAt(masks_, levels.of[c]);
    }
    // One more: an empty bucket's is written and then overwritten.
    if (runs_.size() < runs_end_ + probes + 1) {
      runs_.resize(2 * (runs_end_ + probes + 1));
    }
    RingRun* run = runs_.data() + runs_end_;
    uint64_t candidates = 0;
    for (size_t c = 0; c < chunks_; ++c) {
      const size_t level = levels.of[c];
      if (level == 0) continue;
      const size_t following = c + 1 == chunks_ ? 0 : c + 1;
      const uint16_t value = ChunkOf(query, c);
      const uint16_t next = ChunkOf(query, following);
      const uint32_t* const offsets = OffsetsOf(c);
      const uint64_t table = c * rows_;
      // d_c + d_next <= t_c + t_next + 1, and d_c is the ones of the mask.
      const size_t limit = level + levels.of[following] - 1;
      for (size_t ones = 0; ones < level && ones <= 16; ++ones) {
        const auto max_next =
            static_cast<uint16_t>(std::min<size_t>(limit - ones, 16));
        const size_t masks_end = masks_.count[ones + 1];
        for (size_t m = masks_.count[ones]; m < masks_end; ++m) {
          const uint32_t* const at = offsets + (value ^ masks_.masks[m]);
          const uint32_t begin = at[0];
          const uint32_t count = at[1] - begin;
          candidates += count;
          *run = {table + begin, count, next, max_next};
          run += count != 0 ? 1 : 0;
        }
      }
    }
    runs_end_ = static_cast<size_t>(run - runs_.data());
    return candidates;
  }

  // `run` is the query's first of runs_.
  absl::Status FilterQuery(size_t q, size_t run) {
    Asked& asked = asked_[q];
    const size_t end = run + asked.runs;
    while (run < end && !asked.scan) {
      if (entries_found_ == kRoom) HASHVET_RETURN_IF_ERROR(CheckEntries());
      const kernels::RingFound found = kernels_.ring->filter(
          tables_.next.data(), &runs_[run], end - run, runs_end_ - run,
          entries_.get() + entries_found_, kRoom - entries_found_);
      run += found.runs;
      entries_found_ += found.entries;
      segments_.push_back({static_cast<uint32_t>(q), entries_found_});
      asked.verified += found.entries;
      // Near copies of the query in number: the rows themselves, in order, are
      // read sooner.
      asked.scan =
          static_cast<double>(asked.verified) * ring_cost::kVerifyNs > scan_ns_;
    }
    return absl::OkStatus();
  }

  // Compares the rows of all entries that passed the filter.
  absl::Status CheckEntries() {
    const uint64_t* const rows = tables_.rows.words().data();
    const size_t words = tables_.rows.words_per_row();
    for (size_t e = 0; e < entries_found_; ++e) {
      __builtin_prefetch(&tables_.ids[entries_[e]]);
    }
    for (size_t e = 0; e < entries_found_; ++e) {
      const uint32_t id = tables_.ids[entries_[e]];
      if (id >= rows_) {
        return absl::DataLossError(
            absl::StrCat("ring tables: table ", entries_[e] / rows_, " entry ",
                         entries_[e] % rows_, " names no row"));
      }
      ids_[e] = id;
      for (size_t w = 0; w < words; w += 8) {
        __builtin_prefetch(rows + id * words + w);
      }
    }
    size_t begin = 0;
    for (const Segment& segment : segments_) {
      while (finished_ < segment.query) FinishQuery();
      const size_t found = kernels_.rows->check(
          rows, words, ids_.get() + begin, segment.end - begin,
          queries_[segment.query].data(), segment.query, max_distance_,
          hits_.get());
      for (size_t i = 0; i < found; ++i) {
        slice_.items.push_back({hits_[i].row, hits_[i].distance});
      }
      begin = segment.end;
    }
    slice_.work.verified += entries_found_;
    entries_found_ = 0;
    segments_.clear();
    return absl::OkStatus();
  }

  // A row may be found from several tables.
  void FinishQuery() {
    auto& items = slice_.items;
    const auto begin = items.begin() + static_cast<ptrdiff_t>(finished_items_);
    if (asked_[finished_].scan) {
      items.erase(begin, items.end());
      slice_.scanned.push_back(static_cast<uint32_t>(finished_));
      ++slice_.work.scanned;
    } else if (items.end() - begin > 1) {
      std::sort(begin, items.end(), [](const Neighbor& a, const Neighbor& b) {
        return a.row < b.row;
      });
      items.erase(std::unique(begin, items.end()), items.end());
    }
    slice_.counts.push_back(items.size() - finished_items_);
    finished_items_ = items.size();
    ++finished_;
  }

  const RingTables& tables_;
  const BitRows queries_;
  const uint32_t max_distance_;
  const size_t rows_;
  const size_t chunks_;
  const double scan_ns_;
  const MasksByOnes& masks_;
  const kernels::Target& kernels_;
  bool always_scan_;

  std::vector<Asked> asked_;
  // The block being filtered's and the next one's, then room for more.
  std::vector<RingRun> runs_;
  size_t runs_end_ = 0;
  const std::unique_ptr<uint64_t[]> entries_;
  const std::unique_ptr<uint32_t[]> ids_;
  const std::unique_ptr<kernels::Hit[]> hits_;
  size_t entries_found_ = 0;
  std::vector<Segment> segments_;
  size_t finished_ = 0;        // queries
  size_t finished_items_ = 0;  // and their items
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
  if (queries.empty() || tables.rows.empty()) {
    return Neighbors(std::vector<size_t>(queries.size() + 1), {});
  }
  size_t slice_size = queries.size();
  if (options.executor != nullptr) {
    const size_t pieces = 4 * options.executor->parallelism();
    slice_size = std::clamp((queries.size() + pieces - 1) / pieces,
                            kBlockQueries, kMaxSlice);
  }
  const size_t slice_count = (queries.size() + slice_size - 1) / slice_size;
  // Bodies of ParallelFor do not throw.
  try {
    std::vector<Slice> slices(slice_count);
    std::vector<absl::Status> done(slice_count);
    const auto body = [&](size_t s) {
      try {
        const size_t begin = s * slice_size;
        const size_t end = std::min(begin + slice_size, queries.size());
        SliceSearch search(tables, queries.slice(begin, end), max_distance,
                           scan_cost, slices[s]);
        done[s] = search.Run(options);
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
