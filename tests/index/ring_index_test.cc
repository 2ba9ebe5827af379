// Building a ring index, taking one from tables, refusing damage. Whether its
// search is exact is ring_search_test.cc's.

#include "hashvet/index/ring_index.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/mapped_file.h"
#include "src/index/ring_search.h"
#include "tests/index/index_support.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using testing::BucketOfValue;
using testing::ChunkValue;
using testing::Definition;
using ::testing::HasSubstr;
using testing::QueriesOf;
using testing::RandomRows;
using testing::Rows;
using testing::Same;
using testing::StatusIs;
using testing::TablesCopy;

void ExpectRefused(const RingTables& tables, absl::StatusCode code,
                   const char* what) {
  EXPECT_THAT(RingIndex::FromTables(tables), StatusIs(code, HasSubstr(what)));
}

TEST(RingIndexTest, TablesListEveryRowUnderItsValueBesideItsNextChunk) {
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (uint32_t width : {64, 80, 256, 1024}) {
    for (size_t n : {0, 1, 2, 1000}) {
      Rows rows = RandomRows(n, width, width + n);
      if (n > 10) {
        for (size_t r = 0; r < n; r += 3) {  // equal values, the highest, zero
          std::ranges::fill(rows[r], r % 2 == 0 ? ~uint64_t{0} : 0);
          if (width % 64 != 0) rows[r].back() &= 0xFFFF;
        }
      }
      for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
        ASSERT_OK_AND_ASSIGN(const RingIndex index,
                             RingIndex::Create(rows, executor));
        EXPECT_EQ(index.name(), "ring");
        EXPECT_EQ(index.rows(), n);
        EXPECT_EQ(index.width_bits(), width);
        EXPECT_OK(index.Verify({.executor = executor}));
        const size_t chunks = width / 16;
        const RingTables& tables = index.tables();
        EXPECT_EQ(tables.cut,
                  width == 256 ? RingCut::kByParity : RingCut::kInOrder);
        const auto bucket = [&](uint32_t r, size_t c) {
          return BucketOfValue(tables.cut, ChunkValue(rows[r], tables.cut, c));
        };
        ASSERT_EQ(tables.offsets.size(), chunks * kRingOffsets);
        ASSERT_EQ(tables.next.size(), chunks * n + kRingNextPadding);
        ASSERT_EQ(tables.ids.size(), chunks * n);
        for (size_t c = 0; c < chunks; ++c) {
          std::vector<uint32_t> order(n);
          for (uint32_t r = 0; r < n; ++r) order[r] = r;
          std::ranges::stable_sort(order, {},
                                   [&](uint32_t r) { return bucket(r, c); });
          std::vector<uint32_t> offsets(kRingOffsets);
          for (uint32_t r = 0; r < n; ++r) ++offsets[bucket(r, c) + 1];
          for (size_t v = 1; v < kRingOffsets; ++v) {
            offsets[v] += offsets[v - 1];
          }
          ASSERT_TRUE(std::ranges::equal(
              offsets, tables.offsets.subspan(c * kRingOffsets, kRingOffsets)));
          ASSERT_TRUE(std::ranges::equal(order, tables.ids.subspan(c * n, n)));
          for (size_t e = 0; e < n; ++e) {
            ASSERT_EQ(tables.next[c * n + e],
                      ChunkValue(rows[order[e]], tables.cut, (c + 1) % chunks));
          }
        }
      }
    }
  }
}

TEST(RingIndexTest, GivesBackTheRowsItWasGivenAndKeepsThemWhenCopied) {
  const Rows rows = RandomRows(50, 144, 1);
  auto original =
      std::make_unique<absl::StatusOr<RingIndex>>(RingIndex::Create(rows));
  ASSERT_OK(*original);
  const RingIndex copy = **original;
  original.reset();
  for (size_t r = 0; r < rows.size(); ++r) {
    std::vector<uint64_t> words(3);
    copy.CopyRow(r, words);
    EXPECT_TRUE(std::ranges::equal(words, rows[r]));
  }
  EXPECT_TRUE(Same(copy.Search(rows, 144), Definition(rows, rows, 144)));
}

TEST(RingIndexTest, TakesHashesAsTheyAre) {
  const std::vector<Hash64> hashes = {Hash64({1}), Hash64({3}), Hash64({255})};
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(hashes));
  ASSERT_OK_AND_ASSIGN(const Neighbors near,
                       index.Search(std::span(hashes).first(1), 1));
  EXPECT_THAT(near.of(0),
              ::testing::ElementsAre(Neighbor{0, 0}, Neighbor{1, 1}));
}

TEST(RingIndexTest, RefusesWidthsItHasNoTablesFor) {
  for (uint32_t width :
       {1u, 16u, 48u, 63u, 65u, 72u, 100u, 255u, 1025u, 1040u, 2048u}) {
    const Rows rows(width, 2);
    const auto refused =
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(HasSubstr("rows of " + std::to_string(width) + " bits"),
                       HasSubstr("want a multiple of 16 from 64 to 1024")));
    EXPECT_THAT(RingIndex::Create(rows), refused);
    EXPECT_THAT(RingIndex::FromTables({.rows = rows}), refused);
  }
  EXPECT_THAT(
      RingIndex::Create({}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 bits")));
}

TEST(RingIndexTest, RefusesRowsWithBitsPastTheirWidth) {
  Rows rows(80, 3);
  rows[2][1] = 0x1'0000;
  EXPECT_THAT(RingIndex::Create(rows),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("row 2"), HasSubstr("80"))));
}

// Counted, not read: there are no such rows here.
TEST(RingIndexTest, RefusesMoreRowsThanNumbers) {
  static constexpr uint64_t kWord = 0;
  ASSERT_OK_AND_ASSIGN(const BitRows rows,
                       BitRows::Create({&kWord, (kMaxIndexRows + 1) * 4}, 256));
  const auto refused = StatusIs(
      absl::StatusCode::kResourceExhausted,
      AllOf(HasSubstr("4294967296 rows"), HasSubstr("at most 4294967295")));
  EXPECT_THAT(RingIndex::Create(rows), refused);
  EXPECT_THAT(RingIndex::FromTables({.rows = rows}), refused);
}

class RingTablesTest : public ::testing::Test {
 protected:
  static constexpr size_t kRows = 300;
  static constexpr size_t kChunks = 9;

  RingTablesTest() : rows_(RandomRows(kRows, 144, 20)) {
    // The first and the last bucket of every table have an entry.
    std::ranges::fill(rows_[0], 0);
    std::ranges::copy(std::array{~uint64_t{0}, ~uint64_t{0}, uint64_t{0xFFFF}},
                      rows_[1].begin());
    // Two rows of one bucket in table 4.
    rows_[7][1] = rows_[8][1];
    index_ = std::make_unique<RingIndex>(*RingIndex::Create(rows_));
    copy_ = std::make_unique<TablesCopy>(index_->tables());
  }

  RingIndex Taken() const { return *RingIndex::FromTables(copy_->tables()); }
  void ExpectDamaged(const char* what) const {
    EXPECT_THAT(Taken().Verify(),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(what)));
  }

  Rows rows_;
  std::unique_ptr<RingIndex> index_;
  std::unique_ptr<TablesCopy> copy_;
};

TEST_F(RingTablesTest, AreUsedWhereTheyAre) {
  const RingIndex taken = Taken();
  EXPECT_EQ(taken.tables().ids.data(), copy_->ids.data());
  EXPECT_OK(taken.Verify());
  const Rows queries = QueriesOf(rows_, 20, 30, 21);
  for (uint32_t radius : {0, 8, 31, 72, 144}) {
    EXPECT_TRUE(Same(taken.Search(queries, radius),
                     Definition(rows_, queries, radius)));
  }
}

TEST_F(RingTablesTest, OfNoRowsAreFine) {
  ASSERT_OK_AND_ASSIGN(const RingIndex empty, RingIndex::Create(Rows(144)));
  const TablesCopy copy(empty.tables());
  ASSERT_OK_AND_ASSIGN(const RingIndex taken,
                       RingIndex::FromTables(copy.tables()));
  EXPECT_OK(taken.Verify());
  EXPECT_EQ(taken.rows(), 0u);
  EXPECT_TRUE(Same(taken.Search(rows_, 144), testing::Answer(kRows)));
}

TEST_F(RingTablesTest, FromAFileAnswerTheSame) {
  const RingTables& from = index_->tables();
  std::string bytes;
  std::vector<size_t> places;
  const auto append = [&](auto span) {
    bytes.resize((bytes.size() + 63) / 64 * 64);
    places.push_back(bytes.size());
    bytes.append(reinterpret_cast<const char*>(span.data()), span.size_bytes());
  };
  append(from.rows.words());
  append(from.offsets);
  append(from.next);
  append(from.ids);
  const testing::ScratchFolder folder;
  const std::string path = folder.Write("tables", bytes);
  ASSERT_OK_AND_ASSIGN(const MappedFile file, MappedFile::Open(path));
  const auto array = [&]<typename T>(size_t i, std::span<const T> like) {
    return std::span(
        reinterpret_cast<const T*>(file.bytes().data() + places[i]),
        like.size());
  };
  RingTables tables;
  ASSERT_OK_AND_ASSIGN(tables.rows,
                       BitRows::Create(array(0, from.rows.words()), 144));
  tables.offsets = array(1, from.offsets);
  tables.next = array(2, from.next);
  tables.ids = array(3, from.ids);
  // What is forgotten is not guessed.
  ExpectRefused(tables, absl::StatusCode::kInvalidArgument,
                "their cut is not told");
  tables.cut = from.cut;
  ASSERT_OK_AND_ASSIGN(const RingIndex taken, RingIndex::FromTables(tables));
  EXPECT_OK(taken.Verify());
  const Rows queries = QueriesOf(rows_, 30, 40, 22);
  for (uint32_t radius : {0, 8, 17, 31, 144}) {
    const auto want = Definition(rows_, queries, radius);
    EXPECT_TRUE(Same(taken.Search(queries, radius), want));
    RingCounts counts;
    EXPECT_TRUE(Same(SearchRing(taken.tables(), queries, radius, {}, counts,
                                std::numeric_limits<double>::infinity()),
                     want));
  }
}

TEST_F(RingTablesTest, OfOtherSizesAreRefused) {
  const RingTables whole = copy_->tables();
  const auto invalid = absl::StatusCode::kInvalidArgument;
  RingTables tables = whole;
  tables.offsets = tables.offsets.first(tables.offsets.size() - 1);
  ExpectRefused(tables, invalid, "589832 offsets, want 589833");
  tables = whole;
  tables.next = tables.next.first(tables.next.size() - 1);
  ExpectRefused(tables, invalid, "2731 next words, want 2732");
  tables = whole;
  tables.next = tables.next.first(kRows * kChunks);  // no padding
  ExpectRefused(tables, invalid, "2700 next words, want 2732");
  tables = whole;
  tables.ids = tables.ids.first(tables.ids.size() - 1);
  ExpectRefused(tables, invalid, "2699 ids, want 2700");
  tables = whole;
  tables.rows = tables.rows.slice(0, kRows - 1);
  ExpectRefused(tables, invalid, "next words");
  tables = whole;
  tables.offsets = {};
  ExpectRefused(tables, invalid, "0 offsets");
}

TEST_F(RingTablesTest, CutByParityAreRefusedButOf256Bits) {
  copy_->cut = RingCut::kByParity;
  ExpectRefused(copy_->tables(), absl::StatusCode::kInvalidArgument,
                "rows of 144 bits cut by parity, want 256");
  ASSERT_OK_AND_ASSIGN(const RingIndex wide,
                       RingIndex::Create(RandomRows(50, 256, 25)));
  TablesCopy copy(wide.tables());
  ASSERT_OK_AND_ASSIGN(const RingIndex taken,
                       RingIndex::FromTables(copy.tables()));
  EXPECT_OK(taken.Verify());
  copy.cut = RingCut::kInOrder;  // not how they were made
  ASSERT_OK_AND_ASSIGN(const RingIndex other,
                       RingIndex::FromTables(copy.tables()));
  EXPECT_THAT(other.Verify(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("table 0")));
}

TEST_F(RingTablesTest, OffTheirAlignmentAreRefused) {
  const RingTables whole = index_->tables();
  const auto invalid = absl::StatusCode::kInvalidArgument;
  const auto moved = [](auto& array) {  // all of it, an item further on
    array.insert(array.begin(), 1, 0);
    return std::span(array).subspan(1);
  };
  RingTables tables = whole;
  tables.offsets = moved(copy_->offsets);
  ExpectRefused(tables, invalid, "offsets are not aligned to 64 bytes");
  tables = whole;
  tables.next = moved(copy_->next);
  ExpectRefused(tables, invalid, "next words are not aligned to 64 bytes");
  tables = whole;
  tables.ids = moved(copy_->ids);
  ExpectRefused(tables, invalid, "ids are not aligned to 64 bytes");
  tables = whole;
  ASSERT_OK_AND_ASSIGN(tables.rows, BitRows::Create(moved(copy_->words), 144));
  ExpectRefused(tables, invalid, "rows are not aligned to 64 bytes");
}

TEST_F(RingTablesTest, WithOffsetsThatDoNotAscendFrom0ToTheRowsAreRefused) {
  const auto loss = absl::StatusCode::kDataLoss;
  for (size_t c : {size_t{0}, size_t{4}, kChunks - 1}) {
    const std::string table = "table " + std::to_string(c);
    uint32_t* const offsets = copy_->offsets.data() + c * kRingOffsets;
    offsets[0] = 1;
    ExpectRefused(copy_->tables(), loss,
                  (table + " spans entries 1 to 300, want 0 to 300").c_str());
    offsets[0] = 0;
    for (uint32_t last : {299u, 301u, ~0u}) {
      offsets[kRingOffsets - 1] = last;
      ExpectRefused(copy_->tables(), loss,
                    (table + " spans entries 0 to " + std::to_string(last) +
                     ", want 0 to 300")
                        .c_str());
    }
    offsets[kRingOffsets - 1] = kRows;
    for (size_t place : {size_t{1}, size_t{32'768}, kRingOffsets - 2}) {
      const uint32_t right = offsets[place];
      offsets[place] = ~0u;  // past the end, so the one after it falls
      ExpectRefused(copy_->tables(), loss,
                    (table + " offset " + std::to_string(place + 1) +
                     " is below the one before")
                        .c_str());
      offsets[place] = right;
    }
    ASSERT_OK(RingIndex::FromTables(copy_->tables()));
  }
}

TEST_F(RingTablesTest, AnIdOutsideTheRowsIsAnErrorAndNoCrash) {
  for (uint32_t id : {uint32_t{kRows}, 0x7FFF'FFFFu, ~0u}) {
    std::ranges::fill(copy_->ids, id);
    const RingIndex taken = Taken();
    RingCounts counts;
    EXPECT_THAT(
        SearchRing(taken.tables(), rows_.view().slice(0, 20), 9, {}, counts,
                   std::numeric_limits<double>::infinity()),
        StatusIs(absl::StatusCode::kDataLoss, HasSubstr("names no row")));
    // By cost too, where radius 0 probes one bucket.
    EXPECT_THAT(
        taken.Search(rows_.view().slice(0, 1), 0),
        StatusIs(absl::StatusCode::kDataLoss, HasSubstr("names no row")));
    ExpectDamaged("table 0 entry 0 names no row");
  }
}

TEST_F(RingTablesTest, VerifyNamesASwappedId) {
  std::swap(copy_->ids[2 * kRows + 5], copy_->ids[2 * kRows + 6]);
  ExpectDamaged("table 2 entry 5 is in another row's bucket");
}

TEST_F(RingTablesTest, VerifyNamesAWrongNextChunk) {
  copy_->next[8 * kRows + 299] ^= 1;  // the last table's last: it wraps round
  ExpectDamaged("table 8 entry 299 has another row's next chunk");
  copy_->next[8 * kRows + 299] ^= 1;
  copy_->next[0] ^= 1;
  ExpectDamaged("table 0 entry 0 has another row's next chunk");
}

TEST_F(RingTablesTest, VerifyNamesARowListedTwice) {
  uint32_t* const ids = copy_->ids.data() + 4 * kRows;
  const size_t at = std::find(ids, ids + kRows, 7u) - ids;
  ASSERT_EQ(ids[at + 1], 8u);  // its neighbour in the bucket, and equal there
  ids[at + 1] = 7;
  ExpectDamaged(
      ("table 4 entry " + std::to_string(at + 1) + " names a row twice")
          .c_str());
}

TEST_F(RingTablesTest, VerifyNamesABucketThatBeginsAtAnotherEntry) {
  uint32_t* const offsets = copy_->offsets.data() + 3 * kRingOffsets;
  const auto place = std::upper_bound(offsets, offsets + kRingOffsets, 9u);
  ++*(place - 1);  // the entry 9 falls to the bucket before
  ASSERT_OK(RingIndex::FromTables(copy_->tables()));
  ExpectDamaged("table 3 entry 9 is in another row's bucket");
}

TEST_F(RingTablesTest, VerifyNamesARowWithBitsPastTheWidth) {
  copy_->words[3 * 11 + 2] |= uint64_t{1} << 20;
  ExpectDamaged("row 11 has bits past its width of 144");
}

TEST_F(RingTablesTest, VerifyRefusesEveryChangedWord) {
  std::mt19937_64 random(23);
  for (int i = 0; i < 60; ++i) {
    TablesCopy& copy = *copy_;
    const auto flip = [&](auto& words, size_t count) {
      auto& word = words[random() % count];
      const auto right = word;
      word ^= static_cast<std::decay_t<decltype(word)>>(1)
              << random() % (8 * sizeof(word));
      EXPECT_FALSE(Taken().Verify().ok()) << i;
      word = right;
    };
    flip(copy.ids, copy.ids.size());
    flip(copy.next, kRows * kChunks);  // not the padding, which none reads
    flip(copy.words, copy.words.size());
  }
  EXPECT_OK(Taken().Verify());
}

TEST_F(RingTablesTest, VerifyStopsWhenAsked) {
  EXPECT_THAT(index_->Verify(
                  {.deadline = Deadline::After(std::chrono::milliseconds(0))}),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
  Cancellation cancellation;
  cancellation.Cancel();
  EXPECT_THAT(index_->Verify({.cancellation = &cancellation}),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("")));
}

TEST_F(RingTablesTest, QuestionsThatDoNotFitAreRefused) {
  const auto refused = [&](BitRows queries, uint32_t radius, const char* what) {
    const auto matcher =
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
    EXPECT_THAT(index_->Search(queries, radius), matcher);
    EXPECT_THAT(index_->Nearest(queries, 1, radius), matcher);
  };
  EXPECT_OK(index_->Search(rows_, 144));
  EXPECT_OK(index_->Search({}, 144));
  refused(rows_, 145, "max_distance 145, at most 144");
  refused({}, ~0u, "at most 144");
  refused(Rows(128, 1), 31, "queries of 128 bits, the index holds rows of 144");
  refused(Rows(160, 1), 31, "queries of 160 bits, the index holds rows of 144");
  Rows stray = QueriesOf(rows_, 3, 2, 24);
  stray[1][2] |= uint64_t{1} << 16;
  refused(stray, 31, "query 1 has bits past its width of 144");
}

// Both while it probes and while it looks at every row.
TEST(RingIndexTimeTest, StopsAtTheDeadlineAndWhenCancelled) {
  const Rows rows = RandomRows(1 << 17, 256, 30);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  const Rows queries = RandomRows(20'000, 256, 31);
  const std::unique_ptr<Executor> pool = MakeThreadPool(2);
  for (uint32_t radius : {47, 128}) {
    for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
      SearchOptions options;
      options.executor = executor;
      options.deadline = Deadline::After(std::chrono::milliseconds(0));
      const auto exceeded =
          StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr(""));
      EXPECT_THAT(index.Search(queries.view().slice(0, 1), radius, options),
                  exceeded);
      EXPECT_THAT(index.Nearest(queries.view().slice(0, 1), 1, radius, options),
                  exceeded);
      options.deadline = Deadline::After(std::chrono::milliseconds(15));
      EXPECT_THAT(index.Search(queries, radius, options), exceeded);

      options.deadline = Deadline::Never();
      Cancellation cancellation;
      options.cancellation = &cancellation;
      std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(15));
        cancellation.Cancel();
      });
      EXPECT_THAT(index.Search(queries, radius, options),
                  StatusIs(absl::StatusCode::kCancelled, HasSubstr("")));
      canceller.join();
    }
  }
}

TEST(RingIndexTimeTest, ManyThreadsMaySearchOneIndex) {
  const Rows rows = RandomRows(5000, 128, 32);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  const Rows queries = QueriesOf(rows, 100, 20, 33);
  const auto want = Definition(rows, queries, 16);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(Same(index.Search(queries, 16), want));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hashvet
