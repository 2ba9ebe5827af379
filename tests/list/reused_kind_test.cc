// A kind taken from an earlier snapshot as it is gives the bytes that building
// it gives.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "tests/list/snapshot_support.h"

namespace hashvet::testing {
namespace {

using ::testing::_;
using ::testing::HasSubstr;

class ReusedKindTest : public ::testing::Test {
 protected:
  // Every kind, and enough of PDQ for search tables.
  void SetUp() override {
    entries_ = MixedEntries(900, 7);
    std::mt19937_64 random(8);
    for (size_t i = 0; i < 33'000; ++i) {
      entries_.push_back({RandomValue(HashKind::kPdq, random),
                          absl::StrCat("more-", i), "middle", std::nullopt});
    }
    ASSERT_OK(WriteSnapshot(folder_.Path("earlier"), policy_, entries_));
    Open();
    ASSERT_NE(earlier_->range_index(HashKind::kPdq), nullptr);
  }
  void Open() {
    auto opened = SnapshotReader::Open(folder_.Path("earlier"));
    ASSERT_OK(opened);
    earlier_ = *std::move(opened);
  }

  // The file of these entries, with some kinds from the earlier one.
  std::string Write(const std::vector<ListEntry>& entries,
                    const std::set<HashKind>& reused) {
    auto writer = SnapshotWriter::Create(policy_);
    EXPECT_OK(writer);
    for (const HashKind kind : reused) EXPECT_OK(writer->Reuse(earlier_, kind));
    for (const ListEntry& entry : entries) {
      if (reused.contains(entry.value.kind())) continue;
      EXPECT_OK(writer->Add(entry));
    }
    const auto counts = writer->Write(folder_.Path("written"));
    EXPECT_OK(counts);
    const auto read =
        SnapshotReader::Open(folder_.Path("written"), {.verify_rings = true});
    EXPECT_OK(read);
    if (read.ok() && counts.ok()) {
      EXPECT_EQ((*read)->entries(), counts->entries);
    }
    return ScratchFolder::Read(folder_.Path("written"));
  }

  ScratchFolder folder_;
  ListPolicy policy_ = PolicyNamed("known");
  std::vector<ListEntry> entries_;
  std::shared_ptr<const SnapshotReader> earlier_;
};

TEST_F(ReusedKindTest, EveryKindAloneGivesTheSameBytes) {
  const std::string whole = ScratchFolder::Read(folder_.Path("earlier"));
  std::set<HashKind> all;
  for (const HashKindInfo& info : AllHashKinds()) {
    EXPECT_TRUE(Write(entries_, {info.kind}) == whole) << NameOf(info.kind);
    all.insert(info.kind);
  }
  EXPECT_TRUE(Write(entries_, all) == whole);
}

TEST_F(ReusedKindTest, CategoriesAreNumberedAnew) {
  // Some come in front of those there are, and some go with the other kinds.
  std::vector<ListEntry> changed;
  for (const ListEntry& entry : entries_) {
    if (entry.value.kind() == HashKind::kPdq) changed.push_back(entry);
  }
  std::mt19937_64 random(9);
  for (const char* const category : {"a", "b", "zz"}) {
    changed.push_back(
        {RandomValue(HashKind::kMd5, random), "new", category, std::nullopt});
  }
  EXPECT_TRUE(Write(changed, {HashKind::kPdq}) == Write(changed, {}));
}

TEST_F(ReusedKindTest, OnlyOfTheSameListsAndOfAWholeSnapshot) {
  ListPolicy other = policy_;
  other.action = "block";
  auto writer = SnapshotWriter::Create(other);
  ASSERT_OK(writer);
  EXPECT_THAT(
      writer->Reuse(earlier_, HashKind::kPdq),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("policies")));

  auto overlay = SnapshotWriter::CreateOverlay(earlier_);
  ASSERT_OK(overlay);
  EXPECT_THAT(overlay->Reuse(earlier_, HashKind::kPdq),
              StatusIs(absl::StatusCode::kInvalidArgument, _));
  ASSERT_OK(overlay->Write(folder_.Path("overlay")));
  const auto opened = SnapshotReader::Open(folder_.Path("overlay"));
  ASSERT_OK(opened);
  writer = SnapshotWriter::Create(policy_);
  EXPECT_THAT(
      writer->Reuse(*opened, HashKind::kPdq),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("overlay")));
}

TEST_F(ReusedKindTest, AKindIsTakenOrAddedAndNeverBoth) {
  std::mt19937_64 random(10);
  auto writer = SnapshotWriter::Create(policy_);
  ASSERT_OK(writer->Reuse(earlier_, HashKind::kPdq));
  EXPECT_THAT(writer->Add({RandomValue(HashKind::kPdq, random), "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument, _));
  EXPECT_THAT(writer->Reuse(earlier_, HashKind::kPdq),
              StatusIs(absl::StatusCode::kInvalidArgument, _));
  ASSERT_OK(writer->Add({RandomValue(HashKind::kMd5, random), "x"}));
  EXPECT_THAT(writer->Reuse(earlier_, HashKind::kMd5),
              StatusIs(absl::StatusCode::kInvalidArgument, _));
}

TEST_F(ReusedKindTest, AKindThatIsNotThereIsNotTaken) {
  ASSERT_OK(WriteSnapshot(
      folder_.Path("earlier"), policy_,
      {{*HashValue::FromBytes(HashKind::kMd5, std::vector<uint8_t>(16)),
        "x"}}));
  Open();
  auto writer = SnapshotWriter::Create(policy_);
  EXPECT_THAT(
      writer->Reuse(earlier_, HashKind::kPdq),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has no pdq")));
}

TEST_F(ReusedKindTest, WhatRottedSinceItWasOpenedIsNotTaken) {
  SnapshotBytes bytes(ScratchFolder::Read(folder_.Path("earlier")));
  *bytes.content<uint8_t>(snapshot::SectionType::kRingIds, HashKind::kPdq) ^= 1;
  folder_.Write("earlier", bytes.bytes());
  auto opened =
      SnapshotReader::Open(folder_.Path("earlier"), {.verify = false});
  ASSERT_OK(opened);
  auto writer = SnapshotWriter::Create(policy_);
  EXPECT_THAT(writer->Reuse(*opened, HashKind::kPdq),
              StatusIs(absl::StatusCode::kDataLoss, _));
  EXPECT_OK(writer->Reuse(*opened, HashKind::kMd5));
}

}  // namespace
}  // namespace hashvet::testing
