#include "hashvet/index/digest_index.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

using Answer = std::vector<std::optional<uint32_t>>;
// Bytes, which strings compare as unsigned numbers.
using Digests = std::vector<std::string>;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string RandomBytes(std::mt19937_64& random, size_t n) {
  std::string bytes(n, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Distinct and ascending.
Digests Sorted(Digests digests) {
  std::sort(digests.begin(), digests.end());
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
  return digests;
}

Digests RandomDigests(size_t n, size_t bytes, uint64_t seed) {
  std::mt19937_64 random(seed);
  Digests digests;
  for (size_t i = 0; i < n; ++i) digests.push_back(RandomBytes(random, bytes));
  return Sorted(std::move(digests));
}

std::vector<uint8_t> Flat(const Digests& digests) {
  std::vector<uint8_t> bytes;
  for (const auto& digest : digests) {
    bytes.insert(bytes.end(), digest.begin(), digest.end());
  }
  return bytes;
}

Digest ToDigest(const std::string& bytes) {
  return Digest({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}
std::vector<Digest> Queries(const Digests& digests) {
  std::vector<Digest> queries;
  for (const std::string& digest : digests) queries.push_back(ToDigest(digest));
  return queries;
}

// The definition.
Answer Oracle(const Digests& rows, const Digests& queries) {
  std::map<std::string, uint32_t> row_of;
  for (uint32_t r = 0; r < rows.size(); ++r) row_of[rows[r]] = r;
  Answer answer;
  for (const auto& query : queries) {
    const auto it = row_of.find(query);
    answer.push_back(it == row_of.end() ? std::nullopt
                                        : std::optional(it->second));
  }
  return answer;
}

// Each row; and each with one bit changed, the next value above and the one
// below, of which some may be rows too; in a random order.
Digests AroundRows(const Digests& rows, uint64_t seed) {
  std::mt19937_64 random(seed);
  Digests queries;
  for (const auto& row : rows) {
    queries.push_back(row);
    queries.push_back(row);
    queries.back()[random() % row.size()] ^=
        static_cast<char>(1 << random() % 8);
    queries.push_back(row);
    ++queries.back().back();
    queries.push_back(row);
    --queries.back().back();
  }
  std::shuffle(queries.begin(), queries.end(), random);
  return queries;
}

void ExpectExact(const DigestIndex& index, const Digests& rows,
                 const Digests& queries, const SearchOptions& options = {}) {
  ASSERT_OK_AND_ASSIGN(const Answer got, index.Find(Queries(queries), options));
  ASSERT_TRUE(got == Oracle(rows, queries))
      << rows.size() << " rows, " << queries.size() << " queries";
}

class DigestIndexTest : public ::testing::TestWithParam<size_t> {
 protected:
  size_t digest_bytes() const { return GetParam(); }

  absl::StatusOr<DigestIndex> Create(const Digests& rows) const {
    return DigestIndex::Create(digest_bytes(), Flat(rows));
  }
  // With first bytes as given and zeros behind.
  std::string Value(std::initializer_list<int> first) const {
    std::string value(digest_bytes(), '\0');
    std::copy(first.begin(), first.end(), value.begin());
    return value;
  }
  void ExpectRefused(const DigestTables& tables, const std::string& what) {
    EXPECT_THAT(DigestIndex::FromTables(tables),
                StatusIs(kInvalid, HasSubstr(what)));
  }
};

TEST_P(DigestIndexTest, AgreesWithTheDefinitionAtEverySize) {
  for (size_t n : {0,  1,  2,  3,  4,  5,   7,   8,   9,    15,   16,   17,  31,
                   32, 33, 63, 64, 65, 127, 128, 129, 1000, 4095, 4096, 4097}) {
    const Digests rows = RandomDigests(n, digest_bytes(), n);
    ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
    EXPECT_EQ(index.rows(), n);
    EXPECT_EQ(index.digest_bytes(), digest_bytes());
    Digests queries = AroundRows(rows, n);
    queries.push_back(Value({}));
    queries.emplace_back(digest_bytes(), '\xFF');
    for (const auto& digest : RandomDigests(100, digest_bytes(), n + 7)) {
      queries.push_back(digest);
    }
    ExpectExact(index, rows, queries);
  }
}

TEST_P(DigestIndexTest, AnswersBatchesOfEveryLength) {
  const Digests rows = RandomDigests(500, digest_bytes(), 1);
  const Digests queries = AroundRows(rows, 2);
  ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
  for (size_t n = 0; n <= 100; ++n) {
    ExpectExact(index, rows, {queries.begin(), queries.begin() + n});
  }
}

TEST_P(DigestIndexTest, AnswersTheSameOnManyThreads) {
  const Digests rows = RandomDigests(3000, digest_bytes(), 3);
  Digests queries;
  for (uint64_t seed = 0; queries.size() < 100'000; ++seed) {
    const Digests more = AroundRows(rows, seed);
    queries.insert(queries.end(), more.begin(), more.end());
  }
  ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  SearchOptions options;
  options.executor = pool.get();
  ExpectExact(index, rows, queries, options);
  ExpectExact(index, rows, {}, options);
}

// What an attacker hands in: all digests in one bucket, all bits but the last
// ones alike; and a value that ends each kind of bucket.
TEST_P(DigestIndexTest, FindsCraftedDigestsThatShareTheirFirstBits) {
  std::mt19937_64 random(4);
  for (size_t shared : {size_t{1}, size_t{4}, size_t{8}, digest_bytes() - 2}) {
    Digests rows;
    const auto front = RandomBytes(random, digest_bytes());
    for (size_t i = 0; i < 5000; ++i) {
      rows.push_back(RandomBytes(random, digest_bytes()));
      std::copy_n(front.begin(), shared, rows.back().begin());
    }
    for (char byte : {'\0', '\xFF'}) rows.emplace_back(digest_bytes(), byte);
    rows = Sorted(std::move(rows));
    ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
    ExpectExact(index, rows, AroundRows(rows, shared));
  }
}

// One more bit than the other is long, for every byte: a comparison that
// forgets bytes or takes them as signed shows.
TEST_P(DigestIndexTest, EveryByteCounts) {
  Digests rows = {Value({})};
  for (size_t i = 0; i < digest_bytes(); ++i) {
    for (int byte : {1, 0x7F, 0x80, 0xFF}) {
      rows.push_back(Value({}));
      rows.back()[i] = static_cast<char>(byte);
    }
  }
  rows = Sorted(std::move(rows));
  ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
  ExpectExact(index, rows, AroundRows(rows, 5));
}

TEST_P(DigestIndexTest, GivesBackTheRowsItWasGiven) {
  const Digests rows = RandomDigests(100, digest_bytes(), 6);
  ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
  for (size_t r = 0; r < rows.size(); ++r) {
    EXPECT_EQ(index.row(r), ToDigest(rows[r]));
  }
}

TEST_P(DigestIndexTest, OffsetsAreWhatTheHeaderSays) {
  // Two rows: one bit, two buckets.
  ASSERT_OK_AND_ASSIGN(const DigestIndex low,
                       Create({Value({1}), Value({0x7F, 0xFF})}));
  EXPECT_THAT(low.tables().offsets, ::testing::ElementsAre(0, 2, 2));
  ASSERT_OK_AND_ASSIGN(const DigestIndex both,
                       Create({Value({1}), Value({0x80})}));
  EXPECT_THAT(both.tables().offsets, ::testing::ElementsAre(0, 1, 2));
  ASSERT_OK_AND_ASSIGN(const DigestIndex none, Create({}));
  EXPECT_THAT(none.tables().offsets, ::testing::ElementsAre(0, 0));
}

TEST_P(DigestIndexTest, TakesAtMostFourBytesMoreARow) {
  for (uint64_t rows : {uint64_t{1'000}, uint64_t{10'000'000}, kMaxIndexRows}) {
    const uint64_t offsets = (uint64_t{1} << DigestBucketBits(rows)) + 1;
    EXPECT_LE(4 * offsets, 4 * rows + 4);
    EXPECT_LE(
        4.0 * static_cast<double>(offsets) + 16.0 * static_cast<double>(rows),
        1.3 * 16.0 * static_cast<double>(rows));
  }
}

TEST_P(DigestIndexTest, WorksOnTablesWhereTheyAre) {
  const Digests rows = RandomDigests(777, digest_bytes(), 8);
  ASSERT_OK_AND_ASSIGN(const DigestIndex owner, Create(rows));
  ASSERT_OK_AND_ASSIGN(const DigestIndex view,
                       DigestIndex::FromTables(owner.tables()));
  EXPECT_EQ(view.tables().digests.data(), owner.tables().digests.data());
  ExpectExact(view, rows, AroundRows(rows, 9));
}

// The last bucket is empty and begins where the digests end; they are exactly
// as long as they must be, so a read past them is a report.
TEST_P(DigestIndexTest, ReadsNothingPastTheDigests) {
  for (size_t n : {0, 1, 2, 63}) {
    Digests rows;
    for (size_t r = 0; r < n; ++r) rows.push_back(Value({0x3F, int(r)}));
    ASSERT_OK_AND_ASSIGN(const DigestIndex owner, Create(rows));
    const std::vector<uint8_t> bytes = Flat(rows);
    constexpr std::align_val_t kAlignment{64};
    auto* const exact =
        static_cast<uint8_t*>(::operator new(bytes.size(), kAlignment));
    std::copy(bytes.begin(), bytes.end(), exact);
    ASSERT_OK_AND_ASSIGN(
        const DigestIndex view,
        DigestIndex::FromTables(
            {digest_bytes(), {exact, bytes.size()}, owner.tables().offsets}));
    ExpectExact(view, rows,
                {Value({0xFF}), Value({0x40}), Value({0x3F, 0xFF}), Value({})});
    ::operator delete(exact, kAlignment);
  }
}

TEST_P(DigestIndexTest, KeepsItsRowsWhenCopied) {
  const Digests rows = RandomDigests(10, digest_bytes(), 10);
  auto original = std::make_unique<absl::StatusOr<DigestIndex>>(Create(rows));
  ASSERT_OK(*original);
  const DigestIndex copy = **original;
  original.reset();
  ExpectExact(copy, rows, rows);
}

TEST_P(DigestIndexTest, RefusesRowsThatAreEqualOrDoNotAscend) {
  const Digests rows = RandomDigests(50, digest_bytes(), 11);
  Digests equal = rows;
  equal[7] = equal[6];
  EXPECT_THAT(Create(equal),
              StatusIs(kInvalid, HasSubstr("row 7 is equal to row 6")));
  Digests swapped = rows;
  std::swap(swapped[20], swapped[21]);
  EXPECT_THAT(Create(swapped),
              StatusIs(kInvalid, HasSubstr("row 21 is below row 20")));
  // Seen in the last byte as well.
  Digests last = {Value({}), Value({})};
  last[0].back() = 2;
  last[1].back() = 1;
  EXPECT_THAT(Create(last),
              StatusIs(kInvalid, HasSubstr("row 1 is below row 0")));
}

TEST_P(DigestIndexTest, RefusesTablesThatDoNotFitTogether) {
  const Digests rows = RandomDigests(64, digest_bytes(), 12);
  ASSERT_OK_AND_ASSIGN(const DigestIndex owner, Create(rows));
  DigestTables tables = owner.tables();
  tables.digests = tables.digests.first(tables.digests.size() - 1);
  ExpectRefused(tables, "want a multiple of");
  tables = owner.tables();
  tables.digests = tables.digests.first(31 * digest_bytes());
  ExpectRefused(tables, "65 offsets, want 17 for 31 rows");
  tables.digests = {};
  ExpectRefused(tables, "65 offsets, want 2 for 0 rows");
  tables = owner.tables();
  tables.offsets = {};
  ExpectRefused(tables, "0 offsets, want 65 for 64 rows");
  tables = owner.tables();
  tables.digests = tables.digests.subspan(digest_bytes());
  tables.offsets = tables.offsets.first(33);
  ExpectRefused(tables, "digests are not aligned");
  tables = owner.tables();
  tables.digest_bytes = 24;
  ExpectRefused(tables, "digest_bytes 24");
  ExpectRefused({}, "digest_bytes 0");
}

// Every single wrong number among the offsets is told, and every wrong byte
// that changes the order or the bucket of a row.
TEST_P(DigestIndexTest, RefusesTablesThatWouldMissOrReadElsewhere) {
  const Digests rows = RandomDigests(64, digest_bytes(), 13);
  ASSERT_OK_AND_ASSIGN(const DigestIndex owner, Create(rows));
  struct alignas(64) Copy {
    uint32_t offsets[65 + 15];
  };
  const auto copy = std::make_unique<Copy>();
  DigestTables tables = owner.tables();
  std::copy(tables.offsets.begin(), tables.offsets.end(), copy->offsets);
  const std::span<uint32_t> offsets(copy->offsets, 65);
  tables.offsets = offsets;
  ASSERT_OK(DigestIndex::FromTables(tables));
  for (size_t b = 0; b < offsets.size(); ++b) {
    const uint32_t right = offsets[b];
    for (uint32_t wrong : {right - 1, right + 1, 0u, 63u, 64u, 65u, ~0u}) {
      if (wrong == right) continue;
      offsets[b] = wrong;
      EXPECT_THAT(DigestIndex::FromTables(tables),
                  StatusIs(kInvalid, HasSubstr("digest tables: ")))
          << "offset " << b << " is " << wrong << ", was " << right;
    }
    offsets[b] = right;
  }
  // All offsets 0 but the last: within bounds and ascending, yet wrong.
  std::fill(offsets.begin(), offsets.end() - 1, 0);
  ExpectRefused(tables, "belongs to bucket");

  tables = owner.tables();
  const size_t bytes = tables.digests.size();
  const std::unique_ptr<uint8_t[], decltype(&std::free)> changed(
      static_cast<uint8_t*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)),
      std::free);
  std::copy(tables.digests.begin(), tables.digests.end(), changed.get());
  tables.digests = {changed.get(), bytes};
  uint8_t* const row = changed.get() + 30 * digest_bytes();
  std::memcpy(row, rows[29].data(), digest_bytes());
  ExpectRefused(tables, "row 30 is equal to row 29");
  std::memset(row, 0, digest_bytes());
  ExpectRefused(tables, "row 30 is below row 29");
  std::memset(row, 0xFF, digest_bytes());
  ExpectRefused(tables, "row 30 belongs to bucket 63");
}

TEST_P(DigestIndexTest, RefusesAQueryOfAnotherLength) {
  const Digests rows = RandomDigests(10, digest_bytes(), 14);
  ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
  for (size_t other : {16, 20, 32}) {
    if (other == digest_bytes()) continue;
    std::vector<Digest> queries = Queries(rows);
    queries[4] = ToDigest(std::string(other, 'a'));
    EXPECT_THAT(index.Find(queries), StatusIs(kInvalid, HasSubstr("query 4")));
  }
}

TEST_P(DigestIndexTest, StopsAtTheDeadlineAndWhenCancelled) {
  const Digests rows = RandomDigests(1000, digest_bytes(), 15);
  ASSERT_OK_AND_ASSIGN(const DigestIndex index, Create(rows));
  const std::vector<Digest> queries(6'000'000, ToDigest(rows[5]));
  const std::unique_ptr<Executor> pool = MakeThreadPool(2);
  for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
    SearchOptions options;
    options.executor = executor;
    options.deadline = Deadline::After(std::chrono::milliseconds(0));
    EXPECT_THAT(index.Find({}, options),
                StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
    options.deadline = Deadline::After(std::chrono::milliseconds(2));
    EXPECT_THAT(index.Find(queries, options),
                StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
    options.deadline = Deadline::Never();
    Cancellation cancellation;
    options.cancellation = &cancellation;
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      cancellation.Cancel();
    });
    EXPECT_THAT(index.Find(queries, options),
                StatusIs(absl::StatusCode::kCancelled, HasSubstr("")));
    canceller.join();
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, DigestIndexTest,
                         ::testing::Values(16, 20, 32));

TEST(DigestIndexSizeTest, RefusesALengthThatIsNoDigests) {
  for (size_t digest_bytes : {0, 1, 8, 15, 24, 33, 64}) {
    EXPECT_THAT(DigestIndex::Create(digest_bytes, {}),
                StatusIs(kInvalid, HasSubstr("want 16, 20 or 32")));
  }
}

// A span of that size that nobody may read: the number alone is refused.
TEST(DigestIndexSizeTest, RefusesMoreRowsThanARowNumberHolds) {
  alignas(64) static uint8_t byte;
  const std::span<const uint8_t> digests(&byte, 16 * (kMaxIndexRows + 1));
  alignas(64) static uint32_t offset;
  EXPECT_THAT(DigestIndex::Create(16, digests),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("4294967296 rows, at most 4294967295")));
  EXPECT_THAT(DigestIndex::FromTables({16, digests, {&offset, 1}}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("4294967296 rows, at most 4294967295")));
}

}  // namespace
}  // namespace hashvet
