#include "src/cli/bench_search.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/status.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/planner.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/index/row_index.h"

namespace hashvet::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kCheckedQueries = 200;
constexpr int kMaxRounds = 5;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Of all the process's threads: what a busy machine does not stretch.
double ProcessorSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

// A plain read of much memory, as the indexes keep their tables: in large
// pages, which cost fewer translations. The best of a few times.
double ReadGbPerSecond() {
  constexpr size_t kBytes = size_t{512} << 20, kHugePage = size_t{2} << 20;
  const std::unique_ptr<uint64_t[], decltype(&std::free)> words(
      static_cast<uint64_t*>(std::aligned_alloc(kHugePage, kBytes)), std::free);
  if (words == nullptr) return 0;
  (void)madvise(words.get(), kBytes, MADV_HUGEPAGE);
  std::fill_n(words.get(), kBytes / 8, 1);
  double best = 0;
  std::atomic<uint64_t> sink = 0;
  for (int turn = 0; turn < 5; ++turn) {
    const double begin = ProcessorSeconds();
    // Independent sums, so that loads and not additions are the limit.
    uint64_t sum[8] = {};
    for (size_t i = 0; i < kBytes / 8; i += 8) {
      for (size_t j = 0; j < 8; ++j) sum[j] |= words[i + j];
    }
    for (const uint64_t part : sum) sink += part;
    best = std::max(best, 1e-9 * kBytes / (ProcessorSeconds() - begin));
  }
  return best;
}

// The definition, on the rows as they were made.
std::vector<Neighbor> Definition(BitRows rows, std::span<const uint64_t> query,
                                 uint32_t max_distance) {
  std::vector<Neighbor> near;
  const uint64_t* row = rows.words().data();
  for (size_t r = 0; r < rows.size(); ++r, row += query.size()) {
    uint32_t distance = 0;
    for (size_t w = 0; w < query.size() && distance <= max_distance; ++w) {
      distance += static_cast<uint32_t>(std::popcount(row[w] ^ query[w]));
    }
    if (distance <= max_distance) {
      near.push_back({static_cast<uint32_t>(r), distance});
    }
  }
  return near;
}

absl::Status WriteWhole(const std::string& path,
                        std::span<const std::byte> bytes) {
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  HASHVET_RETURN_IF_ERROR(file.Append(bytes));
  return file.Commit();
}

class Bench {
 public:
  explicit Bench(const BenchSearchOptions& options)
      : options_(options), radius_(options.shape.max_distance) {}

  absl::StatusOr<BenchSearchReport> Run() {
    if (options_.threads != 1) pool_ = MakeThreadPool(options_.threads);
    search_.executor = pool_.get();
    HASHVET_ASSIGN_OR_RETURN(data_, MakeBenchData(options_.shape));
    HASHVET_RETURN_IF_ERROR(Build());
    HASHVET_RETURN_IF_ERROR(Check());
    HASHVET_RETURN_IF_ERROR(Measure());
    report_.read_gb_per_s = ReadGbPerSecond();
    return std::move(report_);
  }

 private:
  absl::Status Build() {
    const BitRows rows = data_.rows;
    HASHVET_ASSIGN_OR_RETURN(const std::string_view target, ActiveSimdTarget());
    report_.target = target;
    const SearchPlan plan =
        PlanSearch({rows.size(), rows.width_bits(), radius_, options_.batch});
    report_.plan = plan.Explain();
    const bool ring =
        options_.index == "ring" ||
        (options_.index == "auto" && plan.choice == IndexChoice::kRing);
    const auto begin = Clock::now();
    if (ring) {
      HASHVET_ASSIGN_OR_RETURN(RingIndex index,
                               RingIndex::Create(rows, pool_.get()));
      const RingTables& tables = index.tables();
      bytes_ = tables.rows.words().size_bytes() + tables.offsets.size_bytes() +
               tables.next.size_bytes() + tables.ids.size_bytes();
      ring_ = std::make_unique<RingIndex>(std::move(index));
    } else if (rows.width_bits() == Hash256::kBits) {
      std::vector<Hash256> hashes(rows.size());
      for (size_t r = 0; r < rows.size(); ++r) {
        hashes[r] = Hash256({rows[r][0], rows[r][1], rows[r][2], rows[r][3]});
      }
      HASHVET_ASSIGN_OR_RETURN(FlatIndex index, FlatIndex::Create(hashes));
      for (const auto& prefix : index.planes().prefix) {
        bytes_ += prefix.size_bytes();
      }
      bytes_ += index.planes().rest.size_bytes();
      flat_ = std::make_unique<FlatIndex>(std::move(index));
    } else {
      HASHVET_ASSIGN_OR_RETURN(RowIndex index, RowIndex::Create(rows));
      flat_ = std::make_unique<RowIndex>(std::move(index));
      bytes_ = rows.words().size_bytes();
    }
    report_.build_s = SecondsSince(begin);
    report_.index = index().name();
    report_.rows = rows.size();
    report_.bytes_per_row =
        static_cast<double>(bytes_) / static_cast<double>(rows.size());
    return absl::OkStatus();
  }

  const RangeIndex& index() const {
    return ring_ != nullptr ? static_cast<const RangeIndex&>(*ring_) : *flat_;
  }

  absl::StatusOr<Neighbors> Ask(BitRows queries, RingCounts& counts) const {
    if (options_.nearest > 0) {
      return index().Nearest(queries, static_cast<uint32_t>(options_.nearest),
                             radius_, search_);
    }
    if (ring_ != nullptr) {
      return ring_->SearchCounted(queries, radius_, search_, counts);
    }
    return flat_->Search(queries, radius_, search_);
  }

  // Two hundred queries against the definition. Fewer are timed than are
  // checked where fewer were asked for: the others are made for this alone.
  absl::Status Check() {
    BenchShape shape = options_.shape;
    BenchData more;
    BitRows asked = data_.queries;
    if (asked.size() < kCheckedQueries) {
      shape.queries = kCheckedQueries;
      if (shape.data == "planted") {  // whose rows depend on the queries
        shape.data = "uniform";
        shape.rows = 1;
      }
      HASHVET_ASSIGN_OR_RETURN(more, MakeBenchData(shape));
      std::ranges::copy(data_.query_words, more.query_words.begin());
      asked = more.queries;
    }
    asked = asked.slice(0, std::min<size_t>(asked.size(), kCheckedQueries));
    // In the batches that are timed: which queries are asked together may
    // matter.
    RingCounts ignored;
    const size_t batch = std::min<size_t>(options_.batch, asked.size());
    std::vector<Neighbors> got;
    for (size_t begin = 0; begin < asked.size(); begin += batch) {
      const size_t end = std::min(begin + batch, asked.size());
      HASHVET_ASSIGN_OR_RETURN(Neighbors some,
                               Ask(asked.slice(begin, end), ignored));
      got.push_back(std::move(some));
    }
    std::vector<char> same(asked.size());
    const auto body = [&](size_t q) {
      auto want = Definition(data_.rows, asked[q], radius_);
      if (options_.nearest > 0) {
        std::ranges::sort(want, [](const Neighbor& a, const Neighbor& b) {
          return std::tie(a.distance, a.row) < std::tie(b.distance, b.row);
        });
        want.resize(std::min<size_t>(want.size(), options_.nearest));
      }
      same[q] = std::ranges::equal(want, got[q / batch].of(q % batch));
    };
    MakeThreadPool(0)->ParallelFor(asked.size(), body);
    report_.checked = asked.size();
    report_.different =
        static_cast<uint64_t>(std::ranges::count(same, char{0}));
    return absl::OkStatus();
  }

  absl::Status Measure() {
    const BitRows queries = data_.queries;
    report_.queries = queries.size();
    std::vector<double> each_us;
    std::vector<uint32_t> written;
    double total_s = 0, processor_s = 0;
    for (int round = 0;
         round == 0 || (round < kMaxRounds && total_s < options_.seconds);
         ++round) {
      RingCounts counts;
      uint64_t hits = 0;
      for (size_t begin = 0; begin < queries.size(); begin += options_.batch) {
        const size_t end =
            std::min<size_t>(begin + options_.batch, queries.size());
        const double processor_start = ProcessorSeconds();
        const auto start = Clock::now();
        const auto found = Ask(queries.slice(begin, end), counts);
        const double took = SecondsSince(start);
        HASHVET_RETURN_IF_ERROR(found.status());
        processor_s += ProcessorSeconds() - processor_start;
        total_s += took;
        each_us.insert(each_us.end(), end - begin,
                       1e6 * took / static_cast<double>(end - begin));
        hits += found->total();
        if (round == 0 && !options_.write.empty()) {
          for (size_t q = begin; q < end; ++q) {
            for (const Neighbor& neighbor : found->of(q - begin)) {
              written.insert(written.end(), {static_cast<uint32_t>(q),
                                             neighbor.row, neighbor.distance});
            }
          }
        }
      }
      report_.hits = hits;
      report_.candidates = counts.candidates;
      report_.verified = counts.verified;
      report_.scanned = counts.scanned;
    }
    double sum = 0;
    for (const double us : each_us) sum += us;
    std::ranges::sort(each_us);
    const auto at = [&](double share) {
      return each_us[static_cast<size_t>(
          share * static_cast<double>(each_us.size() - 1))];
    };
    report_.mean_us = sum / static_cast<double>(each_us.size());
    report_.processor_us =
        1e6 * processor_s / static_cast<double>(each_us.size());
    report_.p50_us = at(0.5);
    report_.p99_us = at(0.99);
    report_.p999_us = at(0.999);
    if (options_.write.empty()) return absl::OkStatus();
    const auto write = [&](const char* name, const auto& words) {
      return WriteWhole((std::filesystem::path(options_.write) / name).string(),
                        std::as_bytes(std::span(words)));
    };
    HASHVET_RETURN_IF_ERROR(write("rows", data_.row_words));
    HASHVET_RETURN_IF_ERROR(write("queries", data_.query_words));
    return write("hits", written);
  }

  const BenchSearchOptions& options_;
  const uint32_t radius_;
  std::unique_ptr<Executor> pool_;
  SearchOptions search_;
  BenchData data_;
  std::unique_ptr<RingIndex> ring_;
  std::unique_ptr<RangeIndex> flat_;
  size_t bytes_ = 0;
  BenchSearchReport report_;
};

}  // namespace

absl::StatusOr<BenchSearchReport> BenchSearch(
    const BenchSearchOptions& options) {
  return Bench(options).Run();
}

}  // namespace hashvet::cli
