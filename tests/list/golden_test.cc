// Snapshot files that were written once and must open for ever
// (tests/golden/snapshot_1), and that this build still writes byte for byte.

#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/text_list.h"
#include "tests/list/snapshot_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::PolicyNamed;
using ::hashvet::testing::RandomValue;
using ::hashvet::testing::ScratchFolder;

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
TEST(GoldenTest, RingTablesStillHaveTheSameBytes) {
  std::mt19937_64 random(1);
  std::vector<ListEntry> entries;
  for (size_t i = 0; i < snapshot::kMinRingRows; ++i) {
    entries.push_back({RandomValue(HashKind::kPdq, random), absl::StrCat(i), "",
                       std::nullopt});
  }
  const auto reader = MakeSnapshot(PolicyNamed("ring"), entries);
  EXPECT_EQ(reader->range_index(HashKind::kPdq)->name(), "ring");
  EXPECT_EQ(Sha256Text(*Sha256Of(reader->bytes())),
            "a383cd28309fdde2483efc07fd2d7e9f21f5b13a4d6bc152848c8a08546442b7");
}

}  // namespace
}  // namespace hashvet
