// What goes into a snapshot comes out of it: writer and reader together.

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "tests/list/snapshot_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::MixedEntries;
using ::hashvet::testing::PolicyNamed;
using ::hashvet::testing::RandomValue;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::WriteSnapshot;
using ::testing::HasSubstr;

// Every field of an entry, comparable.
using Row = std::tuple<HashKind, std::vector<uint8_t>, std::string, std::string,
                       std::optional<int>>;

std::set<Row> RowsOf(const std::vector<ListEntry>& entries) {
  std::set<Row> rows;
  for (const ListEntry& entry : entries) {
    rows.emplace(entry.value.kind(), entry.value.ToBytes(), entry.key,
                 entry.category, entry.quality);
  }
  return rows;
}

std::vector<Row> RowsOf(const SnapshotReader& reader) {
  std::vector<Row> rows;
  for (const auto& counts : reader.kinds()) {
    for (uint32_t row = 0; row < counts.unique_values; ++row) {
      for (uint32_t i = 0; i < reader.entry_count(counts.kind, row); ++i) {
        const EntryView entry = reader.entry(counts.kind, row, i);
        rows.emplace_back(counts.kind, reader.value(counts.kind, row).ToBytes(),
                          std::string(entry.key), std::string(entry.category),
                          entry.quality);
      }
    }
  }
  return rows;
}

HashValue Pdq(uint64_t word) {
  return HashValue::Pdq(Hash256({word, 0, 0, 0}));
}

TEST(SnapshotTest, GivesBackEveryEntryOnce) {
  for (const size_t count : {1, 2, 3, 8, 100, 5000}) {
    const std::vector<ListEntry> entries = MixedEntries(count, count);
    const auto reader = MakeSnapshot(PolicyNamed("a"), entries);
    const std::set<Row> wanted = RowsOf(entries);
    const std::vector<Row> rows = RowsOf(*reader);
    EXPECT_EQ(rows.size(), wanted.size());
    EXPECT_EQ(std::set<Row>(rows.begin(), rows.end()), wanted);
    EXPECT_EQ(reader->entries(), wanted.size());
    EXPECT_EQ(reader->format(), 0u);
  }
}

TEST(SnapshotTest, RowsAscendAndCountsAgree) {
  const std::vector<ListEntry> entries = MixedEntries(3000, 7);
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(
      const SnapshotCounts counts,
      WriteSnapshot(folder.Path("a"), PolicyNamed("a"), entries));
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       SnapshotReader::Open(folder.Path("a")));
  EXPECT_EQ(counts.entries, reader->entries());
  EXPECT_EQ(counts.size_bytes, reader->size_bytes());
  EXPECT_EQ(reader->path(), folder.Path("a"));
  uint64_t unique = 0;
  ASSERT_EQ(reader->kinds().size(), AllHashKinds().size());
  for (const auto& kind : reader->kinds()) {
    unique += kind.unique_values;
    for (uint32_t row = 1; row < kind.unique_values; ++row) {
      ASSERT_LT(reader->value(kind.kind, row - 1).ToBytes(),
                reader->value(kind.kind, row).ToBytes());
    }
  }
  EXPECT_EQ(counts.unique_values, unique);
  EXPECT_LT(counts.unique_values, counts.entries);
  EXPECT_LT(counts.entries, entries.size());
}

TEST(SnapshotTest, SaysWhichKindsItCanSearch) {
  const auto reader = MakeSnapshot(PolicyNamed("a"), MixedEntries(100, 1));
  for (const auto& counts : reader->kinds()) {
    const HashFamily family = InfoOf(counts.kind).family;
    const bool is_pdq = counts.kind == HashKind::kPdq;
    EXPECT_EQ(counts.searchable, is_pdq || family == HashFamily::kDigest);
    EXPECT_EQ(reader->index(counts.kind) != nullptr, is_pdq);
  }
  const auto only_md5 = MakeSnapshot(
      PolicyNamed("a"), {{MixedEntries(8, 1)[4].value, "k", "", {}}});
  EXPECT_EQ(only_md5->kinds().size(), 1u);
  EXPECT_EQ(only_md5->index(HashKind::kPdq), nullptr);
}

TEST(SnapshotTest, TheIndexSearchesTheRows) {
  const auto reader =
      MakeSnapshot(PolicyNamed("a"), {{Pdq(0xF), "four", "", {}},
                                      {Pdq(0), "none", "", {}},
                                      {Pdq(1), "", "", {}}});
  const RangeIndex* index = reader->index(HashKind::kPdq);
  ASSERT_NE(index, nullptr);
  ASSERT_EQ(index->rows(), 3u);
  Hash256::Words words;
  index->CopyRow(2, words);
  EXPECT_EQ(words, (Hash256::Words{0xF, 0, 0, 0}));
  const std::array query = {Hash256({1, 0, 0, 0})};
  ASSERT_OK_AND_ASSIGN(const Neighbors found, index->Search(query, 1));
  ASSERT_EQ(found.of(0).size(), 2u);
  EXPECT_EQ(found.of(0)[0], (Neighbor{0, 1}));
  EXPECT_EQ(found.of(0)[1], (Neighbor{1, 0}));
}

TEST(SnapshotTest, FindsDigestsExactly) {
  std::mt19937_64 random(3);
  for (const HashKind kind :
       {HashKind::kMd5, HashKind::kSha1, HashKind::kSha256}) {
    for (const size_t count : {1, 2, 3, 1000}) {
      std::vector<ListEntry> entries;
      for (size_t i = 0; i < count; ++i) {
        entries.push_back({RandomValue(kind, random), "k", "", {}});
      }
      const auto reader = MakeSnapshot(PolicyNamed("a"), entries);
      for (const ListEntry& entry : entries) {
        const std::optional<uint32_t> row = reader->FindDigest(entry.value);
        ASSERT_TRUE(row.has_value());
        EXPECT_EQ(reader->value(kind, *row), entry.value);
        std::vector<uint8_t> near = entry.value.ToBytes();
        near.back() ^= 1;
        EXPECT_EQ(reader->FindDigest(*HashValue::FromBytes(kind, near)),
                  std::nullopt);
      }
    }
  }
  const auto reader = MakeSnapshot(PolicyNamed("a"), {{Pdq(1), "", "", {}}});
  EXPECT_EQ(reader->FindDigest(Pdq(1)), std::nullopt);
  EXPECT_EQ(reader->FindDigest(RandomValue(HashKind::kMd5, random)),
            std::nullopt);
}

TEST(SnapshotTest, TheSameEntriesInAnyOrderGiveTheSameBytes) {
  std::vector<ListEntry> entries = MixedEntries(500, 11);
  const ScratchFolder folder;
  ASSERT_OK(WriteSnapshot(folder.Path("a"), PolicyNamed("n"), entries));
  std::mt19937_64 random(1);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(entries.begin(), entries.end(), random);
    entries.push_back(entries[0]);
    ASSERT_OK(WriteSnapshot(folder.Path("b"), PolicyNamed("n"), entries));
    EXPECT_EQ(folder.Read(folder.Path("a")), folder.Read(folder.Path("b")));
  }
}

TEST(SnapshotTest, WritesMoreThanOnceAndGrowsBetween) {
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(SnapshotWriter writer,
                       SnapshotWriter::Create(PolicyNamed("a")));
  ASSERT_OK(writer.Add({Pdq(1), "one", "A1", 7}));
  ASSERT_OK(writer.Write(folder.Path("a")));
  ASSERT_OK(writer.Write(folder.Path("b")));
  EXPECT_EQ(folder.Read(folder.Path("a")), folder.Read(folder.Path("b")));
  ASSERT_OK(writer.Add({Pdq(2), "two", "A0", {}}));
  ASSERT_OK(writer.Write(folder.Path("b")));
  ASSERT_OK_AND_ASSIGN(const auto a, SnapshotReader::Open(folder.Path("a")));
  ASSERT_OK_AND_ASSIGN(const auto b, SnapshotReader::Open(folder.Path("b")));
  EXPECT_EQ(a->entries(), 1u);
  EXPECT_EQ(b->entries(), 2u);
  EXPECT_EQ(b->entry(HashKind::kPdq, 0, 0).category, "A1");
  EXPECT_EQ(b->entry(HashKind::kPdq, 1, 0).category, "A0");
}

TEST(SnapshotTest, TheVersionFollowsTheContent) {
  ListPolicy policy = PolicyNamed("a");
  const std::string version =
      MakeSnapshot(policy, {{Pdq(1), "one", "", {}}})->version();
  EXPECT_EQ(version.size(), 16u);
  EXPECT_EQ(version.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(MakeSnapshot(policy, {{Pdq(1), "one", "", {}}})->version(),
            version);
  std::set<std::string> versions = {version};
  versions.insert(MakeSnapshot(policy, {{Pdq(2), "one", "", {}}})->version());
  versions.insert(MakeSnapshot(policy, {{Pdq(1), "two", "", {}}})->version());
  versions.insert(MakeSnapshot(policy, {{Pdq(1), "one", "c", {}}})->version());
  versions.insert(MakeSnapshot(policy, {{Pdq(1), "one", "", 0}})->version());
  SetKindPolicy({.max_distance = 30}, policy);
  versions.insert(MakeSnapshot(policy, {{Pdq(1), "one", "", {}}})->version());
  EXPECT_EQ(versions.size(), 6u);
}

TEST(SnapshotTest, CarriesThePolicy) {
  ListPolicy policy = PolicyNamed("ncmec/industry");
  policy.action = "block";
  policy.min_quality = 63;
  SetKindPolicy({.max_distance = 17}, policy);
  const auto reader = MakeSnapshot(policy, {{Pdq(1), "", "", {}}});
  EXPECT_EQ(reader->policy().name, "ncmec/industry");
  EXPECT_EQ(KindPolicyOf(reader->policy(), HashKind::kPdq)->max_distance, 17u);
  EXPECT_EQ(reader->policy().min_quality, 63);
  EXPECT_EQ(reader->policy().action, "block");
}

TEST(SnapshotTest, OutlivesItsFile) {
  // MakeSnapshot has removed it.
  const auto reader = MakeSnapshot(PolicyNamed("a"), MixedEntries(100, 5));
  EXPECT_EQ(RowsOf(*reader).size(), reader->entries());
}

TEST(SnapshotTest, HoldsTheLongestTextsAndAnyBytes) {
  const std::string longest(65535, 'k');
  const std::string odd("\0\n,\"\xFF", 5);
  const auto reader =
      MakeSnapshot(PolicyNamed("a"),
                   {{Pdq(1), longest, odd, 100}, {Pdq(2), odd, longest, 0}});
  EXPECT_EQ(reader->entry(HashKind::kPdq, 0, 0).key, longest);
  EXPECT_EQ(reader->entry(HashKind::kPdq, 0, 0).category, odd);
  EXPECT_EQ(reader->entry(HashKind::kPdq, 1, 0).key, odd);
  EXPECT_EQ(reader->entry(HashKind::kPdq, 1, 0).category, longest);
  EXPECT_EQ(reader->entry(HashKind::kPdq, 1, 0).quality, 0);
}

TEST(SnapshotWriterTest, RefusesWhatItCannotHold) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(SnapshotWriter::Create(PolicyNamed("")),
              StatusIs(kInvalid, HasSubstr("policy name")));
  ASSERT_OK_AND_ASSIGN(SnapshotWriter writer,
                       SnapshotWriter::Create(PolicyNamed("a")));
  EXPECT_THAT(writer.Add({Pdq(1), std::string(65536, 'k'), "", {}}),
              StatusIs(kInvalid, HasSubstr("key of 65536 bytes")));
  EXPECT_THAT(writer.Add({Pdq(1), "", std::string(65536, 'k'), {}}),
              StatusIs(kInvalid, HasSubstr("category of 65536 bytes")));
  EXPECT_THAT(writer.Add({Pdq(1), "", "", 101}),
              StatusIs(kInvalid, HasSubstr("quality 101")));
  EXPECT_THAT(writer.Add({Pdq(1), "", "", -1}),
              StatusIs(kInvalid, HasSubstr("quality -1")));
  const ScratchFolder folder;
  EXPECT_THAT(
      writer.Write(folder.Path("a")),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no entries")));
  EXPECT_FALSE(std::filesystem::exists(folder.Path("a")));
  ASSERT_OK(writer.Add({Pdq(1), "", "", {}}));
  EXPECT_THAT(writer.Write(folder.Path("none/a")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none/a")));
  EXPECT_THAT(writer.Write(folder.path()),
              StatusIs(kInvalid, HasSubstr("directory")));
  EXPECT_EQ(folder.FileCount(), 0u);
}

}  // namespace
}  // namespace hashvet
