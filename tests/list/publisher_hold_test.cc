// What takes much of a list away, or makes far more of it, waits for consent.

#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/list/publish_support.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr HashKind kPdq = HashKind::kPdq;
constexpr HashKind kMd5 = HashKind::kMd5;

// How many entries a list has of each kind.
using Counts = std::vector<std::pair<HashKind, size_t>>;

class HoldTest : public PublishTest {
 protected:
  std::string Base(const std::vector<std::pair<std::string, Counts>>& lists) {
    std::vector<ListPolicy> policies;
    for (const auto& [name, counts] : lists) {
      policies.push_back(PolicyNamed(name));
    }
    auto writer = SnapshotWriter::Create(policies);
    EXPECT_OK(writer);
    for (uint16_t list = 0; list < lists.size(); ++list) {
      for (const auto& [kind, count] : lists[list].second) {
        for (size_t i = 0; i < count; ++i) {
          EXPECT_OK(writer->Add(
              list, {RandomValue(kind, random_), "key", "", std::nullopt}));
        }
      }
    }
    std::string path = folder_.Path("next.hvs");
    EXPECT_OK(writer->Write(path));
    return path;
  }
  std::string Of(size_t pdq) { return Base({{"a", {{kPdq, pdq}}}}); }

  // Whether a base of `next` entries is held after one of `now`.
  bool IsHeld(size_t now, size_t next) {
    options_.accept_change = true;
    MustPublish(Of(now), options_);
    options_.accept_change = false;
    const auto result = Publish(lists_, Of(next), options_, &AlwaysPasses);
    if (!result.ok()) {
      EXPECT_THAT(result, StatusIs(kFailed, HasSubstr("held: list a, pdq: ")));
    }
    return !result.ok();
  }
  absl::Status Try(const std::string& path) {
    const std::string before = ScratchFolder::Read(ManifestPath());
    const auto result = Publish(lists_, path, options_, &AlwaysPasses);
    if (!result.ok()) {
      EXPECT_EQ(ScratchFolder::Read(ManifestPath()), before);
    }
    return result.status();
  }

  std::mt19937_64 random_{29};
  PublishOptions options_{.publication = "p"};
};

TEST_F(HoldTest, MuchLessAndMuchMoreAreHeldAndTheBoundaryIsNot) {
  EXPECT_FALSE(IsHeld(1'000, 1'000));
  EXPECT_FALSE(IsHeld(1'000, 950));
  EXPECT_TRUE(IsHeld(1'000, 949));
  EXPECT_TRUE(IsHeld(1'000, 400));
  EXPECT_FALSE(IsHeld(1'000, 2'000));
  EXPECT_TRUE(IsHeld(1'000, 2'001));
  EXPECT_FALSE(IsHeld(100, 95));
  EXPECT_TRUE(IsHeld(100, 94));
  EXPECT_TRUE(IsHeld(100, 201));
}

TEST_F(HoldTest, SmallListsMayChangeButNotVanish) {
  EXPECT_FALSE(IsHeld(99, 1));
  EXPECT_FALSE(IsHeld(99, 1'000));
  EXPECT_FALSE(IsHeld(1, 99));
  MustPublish(Base({{"a", {{kPdq, 10}, {kMd5, 1}}}}), {.accept_change = true});
  EXPECT_THAT(Try(Of(10)),
              StatusIs(kFailed, HasSubstr("list a, md5: 1 entries now, 0 in "
                                          "the new one (vanishes)")));
}

TEST_F(HoldTest, TheMessageNamesListKindAndBothNumbers) {
  MustPublish(Of(1'000), options_);
  EXPECT_THAT(Try(Of(400)),
              StatusIs(kFailed,
                       HasSubstr("held: list a, pdq: 1000 entries now, 400 in "
                                 "the new one (falls by more than 5 %): accept "
                                 "it explicitly (--accept): ")));
  EXPECT_THAT(Try(Of(2'500)),
              StatusIs(kFailed, HasSubstr("2500 in the new one (more than "
                                          "doubles)")));
  options_.accept_change = true;
  EXPECT_OK(Try(Of(400)));
  options_.accept_change = false;
  // What was accepted is what the next one is held against.
  EXPECT_OK(Try(Of(390)));
}

TEST_F(HoldTest, EachListAndKindIsHeldOnItsOwn) {
  MustPublish(Base({{"a", {{kPdq, 200}, {kMd5, 200}}},
                    {"b", {{kPdq, 200}}},
                    {"c", {{kPdq, 200}}}}),
              options_);
  // Together they are as many as before; by their names, not their places.
  EXPECT_THAT(Try(Base({{"c", {{kPdq, 200}}},
                        {"b", {{kPdq, 100}}},
                        {"a", {{kPdq, 300}, {kMd5, 200}}}})),
              StatusIs(kFailed, AllOf(HasSubstr("list b, pdq: 200 entries now, "
                                                "100 in the new one"),
                                      Not(HasSubstr("list a")),
                                      Not(HasSubstr("list c")))));
  // A list gone, and one that fell.
  EXPECT_THAT(
      Try(Base({{"a", {{kPdq, 200}, {kMd5, 10}}}, {"b", {{kPdq, 200}}}})),
      StatusIs(kFailed, AllOf(HasSubstr("list a, md5: 200 entries now, 10 in"),
                              HasSubstr("list c, pdq: 200 entries now, 0 in "
                                        "the new one (vanishes)"))));
  // A renamed list is one that vanishes.
  EXPECT_THAT(Try(Base({{"a", {{kPdq, 200}, {kMd5, 200}}},
                        {"b", {{kPdq, 200}}},
                        {"C", {{kPdq, 200}}}})),
              StatusIs(kFailed, HasSubstr("list c, pdq: 200 entries now, 0")));
  // New lists and kinds grow from nothing.
  EXPECT_OK(Try(Base({{"a", {{kPdq, 200}, {kMd5, 200}}},
                      {"b", {{kPdq, 200}, {kMd5, 5'000}}},
                      {"c", {{kPdq, 200}}},
                      {"d", {{kPdq, 5'000}}}})));
}

TEST_F(HoldTest, ManyHeldListsAreStillOneLine) {
  std::vector<std::pair<std::string, Counts>> lists;
  for (int i = 0; i < 30; ++i) {
    lists.push_back({absl::StrCat("list", i), {{kPdq, 1}}});
  }
  MustPublish(Base(lists), options_);
  EXPECT_THAT(
      Try(Of(1)),
      StatusIs(kFailed, AllOf(HasSubstr("list3, pdq"), Not(HasSubstr("list4,")),
                              HasSubstr("; and 26 more: accept"))));
}

TEST_F(HoldTest, AnOverlayThatTakesMuchOfAListIsHeld) {
  // Lists a and b of keys "0", "1" ….
  const auto base = [&](size_t entries) {
    auto writer =
        SnapshotWriter::Create(std::vector{PolicyNamed("a"), PolicyNamed("b")});
    EXPECT_OK(writer);
    for (uint16_t list = 0; list < 2; ++list) {
      for (size_t i = 0; i < entries; ++i) {
        EXPECT_OK(
            writer->Add(list, {RandomValue(kPdq, random_), absl::StrCat(i)}));
      }
    }
    std::string path = folder_.Path("base.hvs");
    EXPECT_OK(writer->Write(path));
    return path;
  };
  // Of list b, so many go and so many come.
  const auto overlay = [&](size_t gone, size_t added) {
    const auto reader = SnapshotReader::Open(folder_.Path("base.hvs"));
    EXPECT_OK(reader);
    auto writer = SnapshotWriter::CreateOverlay(*reader);
    EXPECT_OK(writer);
    for (size_t i = 0; i < gone; ++i) {
      EXPECT_OK(writer->Remove(1, absl::StrCat(i)));
    }
    for (size_t i = 0; i < added; ++i) {
      EXPECT_OK(writer->Add(1, {RandomValue(kPdq, random_), "new"}));
    }
    const std::string path = folder_.Path("overlay.hvs");
    EXPECT_OK(writer->Write(path));
    return PublishOverlay(lists_, path, options_, &AlwaysPasses).status();
  };

  MustPublish(base(1'000), options_);
  EXPECT_OK(overlay(200, 0));
  const std::string before = ScratchFolder::Read(ManifestPath());
  EXPECT_THAT(
      overlay(201, 0),
      StatusIs(kFailed, HasSubstr("held: list b, pdq: 1000 entries now, 799 in "
                                  "the new one (falls by more than 20 %): "
                                  "accept it explicitly (--accept): ")));
  EXPECT_THAT(overlay(0, 1'001),
              StatusIs(kFailed, HasSubstr("(more than doubles)")));
  EXPECT_EQ(ScratchFolder::Read(ManifestPath()), before);
  EXPECT_OK(overlay(0, 1'000));
  // Entries that are exchanged are none fewer.
  EXPECT_OK(overlay(1'000, 800));
  options_.accept_change = true;
  EXPECT_OK(overlay(1'000, 0));

  // A small list may lose all entries but the last.
  MustPublish(base(5), options_);
  options_.accept_change = false;
  EXPECT_OK(overlay(4, 0));
  EXPECT_THAT(overlay(5, 0), StatusIs(kFailed, HasSubstr("(vanishes)")));
}

TEST_F(HoldTest, RollbacksAreNotHeld) {
  MustPublish(Of(1'000), options_);
  options_.accept_change = true;
  MustPublish(Of(100), options_);
  options_.accept_change = false;
  EXPECT_OK(Rollback(lists_, std::nullopt, options_, &AlwaysPasses));
  EXPECT_OK(Rollback(lists_, 2, options_, &AlwaysPasses));
}

TEST_F(HoldTest, WhatCannotBeComparedIsHeld) {
  const Manifest manifest = MustPublish(Of(100), options_);
  std::ofstream(PathOf(manifest.current.base), std::ios::binary) << "damaged";
  EXPECT_THAT(Try(Of(100)),
              StatusIs(kFailed, HasSubstr("held: what is published cannot be "
                                          "opened to compare with")));
  options_.accept_change = true;
  EXPECT_OK(Try(Of(100)));
  options_.accept_change = false;
  EXPECT_OK(Try(Of(101)));
}

TEST_F(HoldTest, SealedListsAreComparedToo) {
  const EncryptionKey seal = SomeEncryptionKey('k');
  options_.encryption_key = &seal;
  MustPublish(Of(1'000), options_);
  EXPECT_THAT(Try(Of(400)), StatusIs(kFailed, HasSubstr("falls by more")));
  EXPECT_OK(Try(Of(990)));
  const EncryptionKey other = SomeEncryptionKey('o');
  options_.encryption_key = &other;
  EXPECT_THAT(Try(Of(990)), StatusIs(kFailed, HasSubstr("sealed under key")));
  options_.accept_change = true;
  EXPECT_OK(Try(Of(990)));
}

}  // namespace
}  // namespace hashvet::testing
