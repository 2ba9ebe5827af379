// What goes into a snapshot comes out of it: writer and reader together.

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "src/list/canary.h"
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
                       std::optional<int>, std::string, Opinion>;

std::set<Row> RowsOf(const std::vector<ListEntry>& entries) {
  std::set<Row> rows;
  for (const ListEntry& entry : entries) {
    rows.emplace(entry.value.kind(), entry.value.ToBytes(), entry.key,
                 entry.category, entry.quality, entry.category_scheme,
                 entry.opinion);
  }
  return rows;
}

// Canaries left out, of one list or of all.
std::vector<Row> RowsOf(const SnapshotReader& reader,
                        std::optional<uint16_t> list = std::nullopt) {
  std::vector<Row> rows;
  for (const auto& counts : reader.kinds()) {
    for (uint32_t row = 0; row < reader.rows(counts.kind); ++row) {
      for (uint32_t i = 0; i < reader.entry_count(counts.kind, row); ++i) {
        const EntryView entry = reader.entry(counts.kind, row, i);
        if (entry.list == kCanaryList ||
            entry.list != list.value_or(entry.list)) {
          continue;
        }
        rows.emplace_back(counts.kind, reader.value(counts.kind, row).ToBytes(),
                          std::string(entry.key), std::string(entry.category),
                          entry.quality, std::string(entry.category_scheme),
                          entry.opinion);
      }
    }
  }
  return rows;
}

// The rows of a kind that are not canaries', in order.
std::vector<uint32_t> OwnRows(const SnapshotReader& reader, HashKind kind) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < reader.rows(kind); ++row) {
    if (!reader.is_canary(kind, row)) rows.push_back(row);
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
    EXPECT_EQ(reader->format(), 1u);
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
    EXPECT_EQ(OwnRows(*reader, kind.kind).size(), kind.unique_values);
    for (uint32_t row = 1; row < reader->rows(kind.kind); ++row) {
      ASSERT_LT(reader->value(kind.kind, row - 1).ToBytes(),
                reader->value(kind.kind, row).ToBytes());
    }
  }
  EXPECT_EQ(counts.unique_values, unique);
  EXPECT_LT(counts.unique_values, counts.entries);
  EXPECT_LT(counts.entries, entries.size());
}

TEST(SnapshotTest, EveryKindHasTheIndexOfItsFamily) {
  const auto reader = MakeSnapshot(PolicyNamed("a"), MixedEntries(100, 1));
  for (const auto& counts : reader->kinds()) {
    const HashFamily family = InfoOf(counts.kind).family;
    EXPECT_EQ(reader->range_index(counts.kind) != nullptr,
              family == HashFamily::kBits);
    EXPECT_EQ(reader->digest_index(counts.kind) != nullptr,
              family == HashFamily::kDigest);
    EXPECT_EQ(reader->byte_vector_index(counts.kind) != nullptr,
              family == HashFamily::kByteVector);
  }
  EXPECT_EQ(reader->range_index(HashKind::kPdq)->name(), "flat");
  EXPECT_EQ(reader->range_index(HashKind::kPhash64ImageHash)->name(), "rows");
  const auto only_md5 = MakeSnapshot(
      PolicyNamed("a"), {{MixedEntries(8, 1)[4].value, "k", "", {}}});
  EXPECT_EQ(only_md5->kinds().size(), 1u);
  EXPECT_EQ(only_md5->range_index(HashKind::kPdq), nullptr);
  EXPECT_EQ(only_md5->rows(HashKind::kPdq), 0u);
}

// Many values of a kind come with ring tables, which answer as a plain loop
// over the values does.
TEST(SnapshotTest, ManyValuesAreSearchedThroughRingTables) {
  std::mt19937_64 random(17);
  for (const HashKind kind : {HashKind::kPdq, HashKind::kPhash64ImageHash,
                              HashKind::kBlockMean968OpenCv}) {
    std::vector<ListEntry> entries;
    for (size_t i = 0; i < snapshot::kMinRingRows; ++i) {
      entries.push_back(
          {RandomValue(kind, random), absl::StrCat(i), "", std::nullopt});
    }
    const auto reader = MakeSnapshot(PolicyNamed("a"), entries);
    const RangeIndex* const index = reader->range_index(kind);
    EXPECT_EQ(index->name(), "ring");
    for (size_t i = 0; i < 50; ++i) {
      std::vector<uint8_t> near = entries[i].value.ToBytes();
      for (size_t b = 0; b < i % 9; ++b) near[random() % near.size()] ^= 1;
      const HashValue query = *HashValue::FromBytes(kind, near);
      std::vector<std::pair<std::string, uint32_t>> expected;
      for (const ListEntry& entry : entries) {
        const uint32_t distance = *Distance(query, entry.value);
        if (distance <= 9) expected.emplace_back(entry.key, distance);
      }
      std::sort(expected.begin(), expected.end());
      ASSERT_OK_AND_ASSIGN(
          const BitRows row,
          BitRows::Create(query.row_words(), InfoOf(kind).row_bits()));
      const auto found = index->Search(row, 9);
      ASSERT_OK(found);
      std::vector<std::pair<std::string, uint32_t>> got;
      for (const Neighbor& neighbor : found->of(0)) {
        got.emplace_back(reader->entry(kind, neighbor.row, 0).key,
                         neighbor.distance);
      }
      std::sort(got.begin(), got.end());
      EXPECT_EQ(got, expected);
      EXPECT_FALSE(got.empty());
    }
    const auto verified = dynamic_cast<const RingIndex*>(index)->Verify();
    EXPECT_OK(verified);
  }
}

TEST(SnapshotTest, TheIndexSearchesTheRows) {
  const auto reader =
      MakeSnapshot(PolicyNamed("a"), {{Pdq(0xF), "four", "", {}},
                                      {Pdq(0), "none", "", {}},
                                      {Pdq(1), "", "", {}}});
  const RangeIndex* index = reader->range_index(HashKind::kPdq);
  ASSERT_NE(index, nullptr);
  const std::vector<uint32_t> own = OwnRows(*reader, HashKind::kPdq);
  ASSERT_EQ(own.size(), 3u);
  Hash256::Words words;
  index->CopyRow(own[2], words);
  EXPECT_EQ(words, (Hash256::Words{0xF, 0, 0, 0}));
  const std::array query = {Hash256({1, 0, 0, 0})};
  ASSERT_OK_AND_ASSIGN(const Neighbors found, index->Search(query, 1));
  ASSERT_EQ(found.of(0).size(), 2u);
  EXPECT_EQ(found.of(0)[0], (Neighbor{own[0], 1}));
  EXPECT_EQ(found.of(0)[1], (Neighbor{own[1], 0}));
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
      const auto find = [&](const HashValue& value) {
        return (*reader->digest_index(kind)->Find({value.As<Digest>(), 1}))[0];
      };
      for (const ListEntry& entry : entries) {
        const std::optional<uint32_t> row = find(entry.value);
        ASSERT_TRUE(row.has_value());
        EXPECT_EQ(reader->value(kind, *row), entry.value);
        std::vector<uint8_t> near = entry.value.ToBytes();
        near.back() ^= 1;
        EXPECT_EQ(find(*HashValue::FromBytes(kind, near)), std::nullopt);
      }
    }
  }
}

TEST(SnapshotTest, SeveralListsShareValuesAndKeepTheirEntries) {
  std::vector<ListEntry> of_a = MixedEntries(200, 1);
  std::vector<ListEntry> of_b = MixedEntries(300, 2);
  of_b.insert(of_b.end(), of_a.begin(), of_a.begin() + 50);
  ListPolicy b = PolicyNamed("b");
  b.role = ListRole::kShadow;
  ASSERT_OK_AND_ASSIGN(
      SnapshotWriter writer,
      SnapshotWriter::Create(std::vector{PolicyNamed("a"), b}));
  for (const ListEntry& entry : of_a) ASSERT_OK(writer.Add(0, entry));
  for (const ListEntry& entry : of_b) ASSERT_OK(writer.Add(1, entry));
  const ScratchFolder folder;
  ASSERT_OK(writer.Write(folder.Path("ab")));
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       SnapshotReader::Open(folder.Path("ab")));
  ASSERT_EQ(reader->lists().size(), 2u);
  EXPECT_EQ(reader->lists()[1], b);
  for (const uint16_t list : {uint16_t{0}, uint16_t{1}}) {
    const std::vector<Row> rows = RowsOf(*reader, list);
    EXPECT_EQ(std::set<Row>(rows.begin(), rows.end()),
              RowsOf(list == 0 ? of_a : of_b));
    uint64_t entries = 0;
    for (const auto& counts : reader->kinds()) {
      entries += reader->EntriesOf(list, counts.kind);
    }
    EXPECT_EQ(entries, rows.size());
  }
}

TEST(SnapshotTest, LittleMemoryGivesTheSameBytes) {
  const std::vector<ListEntry> entries = MixedEntries(5000, 23);
  const ScratchFolder folder;
  ASSERT_OK(WriteSnapshot(folder.Path("a"), PolicyNamed("n"), entries));
  for (const size_t memory_bytes : {1u, 5'000u, 200'000u}) {
    ASSERT_OK_AND_ASSIGN(
        SnapshotWriter writer,
        SnapshotWriter::Create(
            PolicyNamed("n"),
            {.memory_bytes = memory_bytes, .spill_folder = folder.path()}));
    // One entry a run would be thousands of runs.
    const size_t added = memory_bytes == 1 ? 200 : entries.size();
    for (size_t i = 0; i < added; ++i) ASSERT_OK(writer.Add(entries[i]));
    ASSERT_OK(writer.Write(folder.Path("b")));
    if (added == entries.size()) {
      EXPECT_EQ(folder.Read(folder.Path("a")), folder.Read(folder.Path("b")));
    } else {
      ASSERT_OK_AND_ASSIGN(const auto reader,
                           SnapshotReader::Open(folder.Path("b")));
      const std::vector<Row> rows = RowsOf(*reader);
      EXPECT_EQ(std::set<Row>(rows.begin(), rows.end()),
                RowsOf({entries.begin(), entries.begin() + added}));
    }
    EXPECT_EQ(folder.FileCount(), 2u);
  }
}

TEST(SnapshotTest, CanariesAreInTheTablesAndInNoStatistic) {
  const auto reader = MakeSnapshot(PolicyNamed("a"), MixedEntries(64, 3));
  const auto again = MakeSnapshot(PolicyNamed("a"), MixedEntries(64, 4));
  const auto other = MakeSnapshot(PolicyNamed("b"), MixedEntries(64, 3));
  for (const auto& counts : reader->kinds()) {
    const std::vector<HashValue> canaries = reader->canaries(counts.kind);
    EXPECT_EQ(canaries.size(), snapshot::kCanariesPerKind);
    EXPECT_EQ(canaries, again->canaries(counts.kind));
    EXPECT_NE(canaries, other->canaries(counts.kind));
    std::vector<HashValue> planted;
    for (uint32_t row = 0; row < reader->rows(counts.kind); ++row) {
      if (!reader->is_canary(counts.kind, row)) continue;
      planted.push_back(reader->value(counts.kind, row));
    }
    EXPECT_EQ(planted, canaries);
    EXPECT_EQ(counts.unique_values + planted.size(), reader->rows(counts.kind));
  }
  // A list that has a canary's value keeps its entry.
  const HashValue canary = reader->canaries(HashKind::kPdq)[0];
  const auto shared =
      MakeSnapshot(PolicyNamed("a"), {{canary, "mine", "", {}}});
  EXPECT_EQ(shared->entries(), 1u);
  EXPECT_EQ(shared->kinds()[0].unique_values, 1u);
  EXPECT_EQ(OwnRows(*shared, HashKind::kPdq).size(), 1u);
}

TEST(SnapshotTest, OpensWithoutVerificationAndThenGivesTheSame) {
  const ScratchFolder folder;
  const std::vector<ListEntry> entries = MixedEntries(500, 31);
  ASSERT_OK(WriteSnapshot(folder.Path("a"), PolicyNamed("n"), entries));
  ASSERT_OK_AND_ASSIGN(const auto whole,
                       SnapshotReader::Open(folder.Path("a"), {.hash = true}));
  ASSERT_OK_AND_ASSIGN(
      const auto quick,
      SnapshotReader::Open(folder.Path("a"), {.verify = false}));
  EXPECT_EQ(RowsOf(*whole), RowsOf(*quick));
  EXPECT_EQ(whole->version(), quick->version());
  EXPECT_EQ(quick->sha256(), std::nullopt);
  EXPECT_EQ(whole->sha256(), *Sha256Of(whole->bytes()));
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

TEST(SnapshotTest, IsWrittenOnce) {
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(SnapshotWriter writer,
                       SnapshotWriter::Create(PolicyNamed("a")));
  ASSERT_OK(writer.Add({Pdq(1), "one", "A1", 7}));
  ASSERT_OK(writer.Write(folder.Path("a")));
  EXPECT_THAT(writer.Write(folder.Path("b")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("written before")));
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
  policy.role = ListRole::kIgnore;
  policy.min_quality = 63;
  policy.sampled_ppm = 1234;
  policy.sample_seed = ~uint64_t{0};
  policy.current_at = 1'700'000'000;
  policy.staleness = {10, 20, 30, true, true};
  SetKindPolicy({.max_distance = 17, .max_distance_rotated = 0}, policy);
  SetKindPolicy({.kind = HashKind::kPhotoDna,
                 .max_distance = 9000,
                 .metric = ByteVectorMetric::kSquaredL2},
                policy);
  const auto reader = MakeSnapshot(policy, {{Pdq(1), "", "", {}}});
  ASSERT_EQ(reader->lists().size(), 1u);
  EXPECT_EQ(reader->lists()[0], policy);
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
  const std::vector<uint32_t> own = OwnRows(*reader, HashKind::kPdq);
  const uint32_t first = own[0], second = own[1];
  EXPECT_EQ(reader->entry(HashKind::kPdq, first, 0).key, longest);
  EXPECT_EQ(reader->entry(HashKind::kPdq, first, 0).category, odd);
  EXPECT_EQ(reader->entry(HashKind::kPdq, second, 0).key, odd);
  EXPECT_EQ(reader->entry(HashKind::kPdq, second, 0).category, longest);
  EXPECT_EQ(reader->entry(HashKind::kPdq, second, 0).quality, 0);
}

TEST(OverlayTest, AddsAndRemovesSinceItsBase) {
  const ScratchFolder folder;
  std::vector<ListEntry> entries = MixedEntries(300, 5);
  ASSERT_OK(WriteSnapshot(folder.Path("base"), PolicyNamed("a"), entries));
  ASSERT_OK_AND_ASSIGN(
      const auto base,
      SnapshotReader::Open(folder.Path("base"), {.hash = true}));
  ASSERT_OK_AND_ASSIGN(SnapshotWriter writer,
                       SnapshotWriter::CreateOverlay(base));
  ASSERT_OK(writer.Add({Pdq(7), "new", "A1", 7}));
  const std::string gone = entries[0].key;
  ASSERT_OK(writer.Remove(0, gone));
  ASSERT_OK(writer.Remove(0, "no such key"));
  ASSERT_OK_AND_ASSIGN(const SnapshotCounts counts,
                       writer.Write(folder.Path("overlay")));
  ASSERT_OK_AND_ASSIGN(const auto overlay,
                       SnapshotReader::Open(folder.Path("overlay")));
  EXPECT_TRUE(overlay->is_overlay());
  EXPECT_FALSE(base->is_overlay());
  EXPECT_OK(overlay->CheckBase(*base));
  EXPECT_EQ(overlay->base().version, base->version());
  EXPECT_EQ(overlay->base().sha256, *base->sha256());
  EXPECT_EQ(overlay->entries(), 1u);
  EXPECT_EQ(counts.entries, 1u);

  // Exactly the entries of that key are removed.
  std::set<std::pair<HashKind, uint32_t>> expected, removed;
  for (const auto& kind : base->kinds()) {
    for (uint32_t row = 0; row < base->rows(kind.kind); ++row) {
      for (uint32_t i = 0; i < base->entry_count(kind.kind, row); ++i) {
        if (base->entry(kind.kind, row, i).key != gone) continue;
        expected.emplace(kind.kind, base->entry_number(kind.kind, row, i));
      }
    }
    for (const uint32_t entry : overlay->removed(kind.kind)) {
      removed.emplace(kind.kind, entry);
    }
  }
  EXPECT_EQ(removed, expected);
  EXPECT_FALSE(removed.empty());
  EXPECT_EQ(counts.removed, removed.size());
}

TEST(OverlayTest, FitsItsOwnBaseAlone) {
  const ScratchFolder folder;
  const auto base = MakeSnapshot(PolicyNamed("a"), MixedEntries(30, 5));
  const auto other = MakeSnapshot(PolicyNamed("a"), MixedEntries(30, 6));
  ASSERT_OK_AND_ASSIGN(SnapshotWriter writer,
                       SnapshotWriter::CreateOverlay(base));
  ASSERT_OK(writer.Write(folder.Path("empty")));
  ASSERT_OK_AND_ASSIGN(const auto overlay,
                       SnapshotReader::Open(folder.Path("empty")));
  constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
  EXPECT_OK(overlay->CheckBase(*base));
  EXPECT_THAT(overlay->CheckBase(*other),
              StatusIs(kFailed, HasSubstr(absl::StrCat("made for version ",
                                                       base->version()))));
  EXPECT_THAT(base->CheckBase(*other),
              StatusIs(kFailed, HasSubstr("got a whole snapshot")));
  EXPECT_THAT(overlay->CheckBase(*overlay),
              StatusIs(kFailed, HasSubstr("an overlay itself")));
  EXPECT_THAT(SnapshotWriter::CreateOverlay(overlay),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("got an overlay")));
  ASSERT_OK_AND_ASSIGN(SnapshotWriter whole,
                       SnapshotWriter::Create(PolicyNamed("a")));
  EXPECT_THAT(whole.Remove(0, "k"), StatusIs(absl::StatusCode::kInvalidArgument,
                                             HasSubstr("only an overlay")));
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
  EXPECT_THAT(writer.Add(1, {Pdq(1), "", "", {}}),
              StatusIs(kInvalid, HasSubstr("list number 1, want 0 to 0")));
  EXPECT_THAT(
      SnapshotWriter::Create(std::vector{PolicyNamed("a"), PolicyNamed("a")}),
      StatusIs(kInvalid, HasSubstr("two lists are named a")));
  EXPECT_THAT(SnapshotWriter::Create(std::vector<ListPolicy>()),
              StatusIs(kInvalid, HasSubstr("got 0 lists")));
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
