// Snapshot files that were written once and must open for ever
// (tests/golden/snapshot_1), and that this build still writes byte for byte:
// format 1, but for ring tables of 256 bits, which are format 2 today.

#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/list/text_list.h"
#include "src/index/ring_build.h"
#include "tests/list/snapshot_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::PolicyNamed;
using ::hashvet::testing::RandomValue;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::SnapshotBytes;
using ::hashvet::testing::StatusIs;

std::string Golden(const std::string& name) {
  return absl::StrCat(HASHVET_SOURCE_DIR, "/tests/golden/snapshot_1/", name);
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// As `hashvet snapshot export` prints it.
std::string CsvOf(const SnapshotReader& reader) {
  std::string csv = absl::StrCat(ToAbsl(CsvHeader()), "\n");
  for (const auto& counts : reader.kinds()) {
    for (uint32_t row = 0; row < reader.rows(counts.kind); ++row) {
      const HashValue value = reader.value(counts.kind, row);
      for (uint32_t i = 0; i < reader.entry_count(counts.kind, row); ++i) {
        const EntryView entry = reader.entry(counts.kind, row, i);
        if (entry.list == kCanaryList) continue;
        absl::StrAppend(
            &csv,
            ToCsvLine({value, std::string(entry.key),
                       std::string(entry.category), entry.quality,
                       std::string(entry.category_scheme), entry.opinion}),
            "\n");
      }
    }
  }
  return csv;
}

TEST(GoldenTest, Format1OpensAndSaysWhatItAlwaysSaid) {
  ASSERT_OK_AND_ASSIGN(const auto whole,
                       SnapshotReader::Open(Golden("whole.hvs")));
  EXPECT_EQ(whole->format(), 1u);
  EXPECT_EQ(whole->version(), "7751d049352eba40");
  EXPECT_EQ(CsvOf(*whole), Read(Golden("whole.csv")));
  ASSERT_EQ(whole->lists().size(), 2u);
  EXPECT_EQ(whole->lists()[0].name, "first/a");
  EXPECT_EQ(whole->lists()[1].name, "second/b");
  EXPECT_EQ(whole->lists()[1].action, "block");
  EXPECT_EQ(whole->EntriesOf(0, HashKind::kPdq), 3u);
  EXPECT_EQ(whole->EntriesOf(1, HashKind::kPdq), 3u);

  ASSERT_OK_AND_ASSIGN(const auto overlay,
                       SnapshotReader::Open(Golden("overlay.hvs")));
  EXPECT_OK(overlay->CheckBase(*whole));
  EXPECT_EQ(CsvOf(*overlay), Read(Golden("overlay.csv")));
  EXPECT_EQ(overlay->removed(HashKind::kPhash64ImageHash).size(), 1u);
  EXPECT_EQ(overlay->removed(HashKind::kSha1).size() +
                overlay->removed(HashKind::kMd5).size(),
            1u);
}

TEST(GoldenTest, TheSameEntriesStillGiveTheSameBytes) {
  ASSERT_OK_AND_ASSIGN(const auto whole,
                       SnapshotReader::Open(Golden("whole.hvs")));
  ASSERT_OK_AND_ASSIGN(SnapshotWriter writer,
                       SnapshotWriter::Create(std::vector<ListPolicy>(
                           whole->lists().begin(), whole->lists().end())));
  for (const auto& counts : whole->kinds()) {
    for (uint32_t row = 0; row < whole->rows(counts.kind); ++row) {
      for (uint32_t i = 0; i < whole->entry_count(counts.kind, row); ++i) {
        const EntryView entry = whole->entry(counts.kind, row, i);
        if (entry.list == kCanaryList) continue;
        ASSERT_OK(writer.Add(
            entry.list, {whole->value(counts.kind, row), std::string(entry.key),
                         std::string(entry.category), entry.quality,
                         std::string(entry.category_scheme), entry.opinion}));
      }
    }
  }
  const ScratchFolder folder;
  ASSERT_OK(writer.Write(folder.Path("again.hvs")));
  EXPECT_EQ(Read(folder.Path("again.hvs")), Read(Golden("whole.hvs")));
}

// Ring tables take 4 MiB: a digest stands for the file.
class GoldenRingTest : public ::testing::Test {
 protected:
  GoldenRingTest() {
    std::mt19937_64 random(1);
    for (size_t i = 0; i < snapshot::kMinRingRows; ++i) {
      entries_.push_back({RandomValue(HashKind::kPdq, random), absl::StrCat(i),
                          "", std::nullopt});
    }
    reader_ = MakeSnapshot(PolicyNamed("ring"), entries_);
  }

  // The file as builds that knew format 1 alone wrote it: tables cut in order.
  std::string AsFormat1() const {
    SnapshotBytes file(
        std::string(reinterpret_cast<const char*>(reader_->bytes().data()),
                    reader_->bytes().size()));
    const auto* const ring =
        dynamic_cast<const RingIndex*>(reader_->range_index(HashKind::kPdq));
    const BitRows rows = ring->tables().rows;
    const size_t n = rows.size();
    using snapshot::SectionType;
    for (size_t c = 0; c < 16; ++c) {
      EXPECT_OK(BuildRingTable(
          rows, RingCut::kInOrder, c,
          {{file.content<uint32_t>(SectionType::kRingOffsets, HashKind::kPdq) +
                c * kRingOffsets,
            kRingOffsets},
           {file.content<uint16_t>(SectionType::kRingNext, HashKind::kPdq) +
                c * n,
            n},
           {file.content<uint32_t>(SectionType::kRingIds, HashKind::kPdq) +
                c * n,
            n}}));
    }
    file.header().format = file.header().min_reader = 1;
    file.Sign();
    return file.bytes();
  }

  std::vector<ListEntry> entries_;
  std::shared_ptr<const SnapshotReader> reader_;
};

TEST_F(GoldenRingTest, TablesOf256BitsAreFormat2AndStillHaveTheSameBytes) {
  EXPECT_EQ(reader_->range_index(HashKind::kPdq)->name(), "ring");
  EXPECT_EQ(reader_->format(), 2u);
  EXPECT_EQ(Sha256Text(*Sha256Of(reader_->bytes())),
            "e13408f51ad7145909739b545e6e2fdb481a9ea30d7edf31c11979a9a798b854");
}

TEST_F(GoldenRingTest, TablesOfFormat1StillAnswer) {
  const std::string bytes = AsFormat1();
  // What the builds that wrote format 1 gave for these entries.
  EXPECT_EQ(Sha256Text(*Sha256Of(std::as_bytes(std::span(bytes)))),
            "a383cd28309fdde2483efc07fd2d7e9f21f5b13a4d6bc152848c8a08546442b7");
  const ScratchFolder folder;
  ASSERT_OK_AND_ASSIGN(const auto old,
                       SnapshotReader::Open(folder.Write("old.hvs", bytes),
                                            {.verify_rings = true}));
  EXPECT_EQ(old->format(), 1u);
  EXPECT_EQ(CsvOf(*old), CsvOf(*reader_));
  std::mt19937_64 random(2);
  for (size_t i = 0; i < 200; ++i) {
    std::vector<uint8_t> near = entries_[i].value.ToBytes();
    for (size_t b = 0; b < i % 32; ++b) near[random() % near.size()] ^= 1;
    const HashValue query = *HashValue::FromBytes(HashKind::kPdq, near);
    ASSERT_OK_AND_ASSIGN(const BitRows row,
                         BitRows::Create(query.row_words(), 256));
    ASSERT_OK_AND_ASSIGN(const Neighbors got,
                         old->range_index(HashKind::kPdq)->Search(row, 31));
    ASSERT_OK_AND_ASSIGN(const Neighbors want,
                         reader_->range_index(HashKind::kPdq)->Search(row, 31));
    ASSERT_GE(got.total(), 1u);
    EXPECT_TRUE(std::ranges::equal(got.of(0), want.of(0)));
  }

  // Its tables are not taken over into a file of today.
  EXPECT_FALSE(SnapshotWriter::CanReuse(*old, HashKind::kPdq));
  EXPECT_TRUE(SnapshotWriter::CanReuse(*reader_, HashKind::kPdq));
  ASSERT_OK_AND_ASSIGN(SnapshotWriter writer,
                       SnapshotWriter::Create(PolicyNamed("ring")));
  EXPECT_THAT(writer.Reuse(old, HashKind::kPdq),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::HasSubstr("of an earlier format, 1")));
  ASSERT_OK(writer.AddEarlier(
      old, HashKind::kPdq, [](uint16_t, std::string_view) { return false; }));
  ASSERT_OK(writer.Write(folder.Path("new.hvs")));
  EXPECT_EQ(Read(folder.Path("new.hvs")),
            std::string(reinterpret_cast<const char*>(reader_->bytes().data()),
                        reader_->bytes().size()));
}

// Tables under the other format's number would miss rows.
TEST_F(GoldenRingTest, TablesOfTheOtherFormatAreRefusedBeforeTheyGoLive) {
  const ScratchFolder folder;
  SnapshotBytes older(AsFormat1());
  older.header().format = older.header().min_reader = 2;
  older.SignHeader();
  EXPECT_THAT(
      SnapshotReader::Open(folder.Write("a.hvs", older.bytes()),
                           {.verify_rings = true}),
      StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("table 0")));
  SnapshotBytes newer(
      std::string(reinterpret_cast<const char*>(reader_->bytes().data()),
                  reader_->bytes().size()));
  newer.header().format = newer.header().min_reader = 1;
  newer.SignHeader();
  EXPECT_THAT(
      SnapshotReader::Open(folder.Write("b.hvs", newer.bytes()),
                           {.verify_rings = true}),
      StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("table 0")));
}

}  // namespace
}  // namespace hashvet
