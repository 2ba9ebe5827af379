// The only bytes that come back from a child: everything that is not a record
// of an answer is refused.

#include "src/sandbox/record.h"

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/hash_kind.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kMaxPixels = 1'000'000;

HashRequest Asked() {
  return {.max_pixels = kMaxPixels, .variant = PdqVariant::kNn512};
}

PictureHashes Hashed() {
  PictureHashes picture;
  picture.outcome = HashOutcome::kHashed;
  picture.width = 640;
  picture.height = 480;
  picture.flags.truncated = true;
  picture.flags.alpha_flattened = true;
  picture.pdq.variant = PdqVariant::kNn512;
  picture.pdq.quality = 87;
  for (size_t i = 0; i < kOrientations; ++i) {
    picture.pdq.orientations[i] = Hash256({i + 1, i << 60, ~i, i * 0x1234567});
  }
  return picture;
}

PictureHashes Failed(HashOutcome outcome, absl::Status status) {
  PictureHashes picture;
  picture.outcome = outcome;
  picture.status = std::move(status);
  return picture;
}

absl::StatusOr<PictureHashes> Read(const Record& record) {
  return FromRecord(std::as_bytes(std::span(&record, 1)), Asked());
}

TEST(RecordTest, AnAnswerComesBackAsItWas) {
  const PictureHashes picture = Hashed();
  const auto read = Read(ToRecord(picture));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->outcome, HashOutcome::kHashed);
  EXPECT_EQ(read->width, 640u);
  EXPECT_EQ(read->height, 480u);
  EXPECT_EQ(read->flags, picture.flags);
  EXPECT_EQ(read->pdq.variant, PdqVariant::kNn512);
  EXPECT_EQ(read->pdq.quality, 87);
  EXPECT_EQ(read->pdq.orientations, picture.pdq.orientations);
}

// A picture under two more variants and two more kinds, one of which it has no
// hash of, and what was asked for it.
HashRequest AskedForMore() {
  HashRequest request = Asked();
  request.more_variants = {PdqVariant::kFull, PdqVariant::kTrimmed};
  request.kinds = {HashKind::kBlockMean968OpenCv, HashKind::kSha256,
                   HashKind::kPhash64ImageHash};
  return request;
}
PictureHashes HashedMore() {
  PictureHashes picture = Hashed();
  picture.more_pdq.push_back(picture.pdq);
  picture.more_pdq[0].variant = PdqVariant::kTrimmed;
  picture.more_pdq[0].quality = 12;
  KindHashes wide;
  wide.kind = HashKind::kBlockMean968OpenCv;
  for (size_t i = 0; i < kOrientations; ++i) {
    std::vector<uint8_t> bytes(InfoOf(wide.kind).size_bytes);
    for (size_t b = 0; b < bytes.size(); ++b) {
      bytes[b] = static_cast<uint8_t>(b * 7 + i);
    }
    wide.orientations.push_back(*HashValue::FromBytes(wide.kind, bytes));
  }
  picture.others = {wide,
                    {HashKind::kPhash64ImageHash, {}, absl::InternalError("")}};
  return picture;
}

TEST(RecordTest, EveryVariantAndKindComesBack) {
  const PictureHashes picture = HashedMore();
  const Record record = ToRecord(picture);
  const auto read =
      FromRecord(std::as_bytes(std::span(&record, 1)), AskedForMore());
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->more_pdq.size(), 1u);
  EXPECT_EQ(read->more_pdq[0].variant, PdqVariant::kTrimmed);
  EXPECT_EQ(read->more_pdq[0].quality, 12);
  EXPECT_EQ(read->more_pdq[0].orientations, picture.pdq.orientations);
  ASSERT_EQ(read->others.size(), 2u);
  EXPECT_EQ(read->others[0].kind, HashKind::kBlockMean968OpenCv);
  EXPECT_EQ(read->others[0].orientations, picture.others[0].orientations);
  EXPECT_TRUE(read->others[0].status.ok());
  EXPECT_EQ(read->others[1].kind, HashKind::kPhash64ImageHash);
  EXPECT_TRUE(read->others[1].orientations.empty());
  EXPECT_EQ(read->others[1].status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(read->others[1].status.message()),
              HasSubstr("phash64-imagehash"));
}

// A picture that looks another over black, and two more frames of it.
PictureHashes HashedShowings() {
  PictureHashes picture = HashedMore();
  const std::pair<uint32_t, bool> showings[] = {
      {0, true}, {70'000, false}, {70'001, true}};
  for (const auto& [frame, over_black] : showings) {
    PdqHashes& more = picture.more_pdq.emplace_back(picture.pdq);
    more.frame = frame;
    more.over_black = over_black;
    more.quality = 55;
    std::swap(more.orientations[0], more.orientations[frame % 7]);
  }
  picture.flags.alpha_dual = true;
  picture.flags.frames_skipped = true;
  return picture;
}

TEST(RecordTest, EveryShowingComesBack) {
  const PictureHashes picture = HashedShowings();
  const Record record = ToRecord(picture);
  const auto read =
      FromRecord(std::as_bytes(std::span(&record, 1)), AskedForMore());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->flags, picture.flags);
  ASSERT_EQ(read->more_pdq.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read->more_pdq[i].frame, picture.more_pdq[i].frame);
    EXPECT_EQ(read->more_pdq[i].over_black, picture.more_pdq[i].over_black);
    EXPECT_EQ(read->more_pdq[i].quality, picture.more_pdq[i].quality);
    EXPECT_EQ(read->more_pdq[i].variant, picture.more_pdq[i].variant);
    EXPECT_EQ(read->more_pdq[i].orientations, picture.more_pdq[i].orientations);
  }
  EXPECT_EQ(read->others.size(), 2u);
}

// Of the kinds, those of two showings come, too.
PictureHashes HashedKindsOfShowings() {
  PictureHashes picture = HashedShowings();
  for (const size_t more : {1, 3}) {
    for (size_t kind = 0; kind < 2; ++kind) {
      KindHashes hashes = picture.others[kind];
      hashes.frame = picture.more_pdq[more].frame;
      hashes.over_black = picture.more_pdq[more].over_black;
      if (kind == 0) std::swap(hashes.orientations[0], hashes.orientations[5]);
      picture.others.push_back(hashes);
    }
  }
  return picture;
}

TEST(RecordTest, EveryKindOfAShowingComesBack) {
  const PictureHashes picture = HashedKindsOfShowings();
  const Record record = ToRecord(picture);
  const auto read =
      FromRecord(std::as_bytes(std::span(&record, 1)), AskedForMore());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->more_pdq.size(), 4u);
  ASSERT_EQ(read->others.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(read->others[i].kind, picture.others[i].kind);
    EXPECT_EQ(read->others[i].frame, picture.others[i].frame);
    EXPECT_EQ(read->others[i].over_black, picture.others[i].over_black);
    EXPECT_EQ(read->others[i].orientations, picture.others[i].orientations);
  }
}

TEST(RecordTest, LiesAboutKindsOfShowingsAreRefused) {
  // PDQ and a variant, two kinds of the picture, and two of each of two more.
  constexpr size_t kEach = 2 * kOrientations;
  constexpr size_t kFirst = 2 * kEach;
  const auto set = [](Record& record, size_t first, uint8_t setting) {
    for (size_t i = first; i < first + kEach; ++i) {
      record.slot[i].setting = setting;
    }
  };
  const Record right = ToRecord(HashedKindsOfShowings());
  ASSERT_EQ(right.slots, kFirst + 2 * kEach);
  const auto is_taken = [](const Record& record) {
    return FromRecord(std::as_bytes(std::span(&record, 1)), AskedForMore())
        .ok();
  };
  EXPECT_TRUE(is_taken(right));
  Record lie = right;
  set(lie, kFirst, 3);  // as the next one
  EXPECT_FALSE(is_taken(lie));
  lie = right;
  set(lie, kFirst + kEach, 4);  // of three
  EXPECT_FALSE(is_taken(lie));
  lie = right;
  set(lie, kFirst, 0);  // the picture itself once more
  EXPECT_FALSE(is_taken(lie));
  lie = right;
  set(lie, kFirst - kEach, 1);  // the picture itself not at all
  EXPECT_FALSE(is_taken(lie));
  lie = right;
  lie.slot[kFirst + 1].setting = 2;  // mixed
  EXPECT_FALSE(is_taken(lie));
  lie = right;
  lie.slots -= kOrientations;  // one of two kinds
  std::fill_n(&lie.slot[lie.slots], kOrientations, HashSlot());
  EXPECT_FALSE(is_taken(lie));
}

TEST(RecordTest, MoreShowingsThanFitAreLeftOut) {
  PictureHashes picture = Hashed();
  for (uint32_t frame = 1; frame < 99; ++frame) {
    picture.more_pdq.push_back(picture.pdq);
    picture.more_pdq.back().frame = frame;
  }
  const auto read = Read(ToRecord(picture));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->more_pdq.size(), kMaxShowings);
}

TEST(RecordTest, ShowingsThatCannotBeAreLies) {
  const Record record = ToRecord(HashedShowings());
  const auto lies = [&](const std::function<void(Record&)>& tell) {
    Record lie = record;
    tell(lie);
    return !FromRecord(std::as_bytes(std::span(&lie, 1)), AskedForMore()).ok();
  };
  EXPECT_FALSE(lies([](Record&) {}));
  EXPECT_TRUE(lies([](Record& r) { r.showings = kMaxShowings + 1; }));
  EXPECT_TRUE(lies([](Record& r) { r.showings = ~0u; }));
  EXPECT_TRUE(lies([](Record& r) { r.showings = 2; }));
  EXPECT_TRUE(lies([](Record& r) { r.unused = 1; }));
  EXPECT_TRUE(lies([](Record& r) { r.showing[0].unused = 1; }));
  EXPECT_TRUE(lies([](Record& r) { r.showing[0].over_black = 2; }));
  EXPECT_TRUE(lies([](Record& r) { r.showing[0].over_black = 0; }));
  EXPECT_TRUE(lies([](Record& r) { r.showing[1].quality = 101; }));
  EXPECT_TRUE(lies([](Record& r) {
    r.showing[2].frame = 70'000;
    r.showing[2].over_black = 0;
  }));
  EXPECT_TRUE(lies([](Record& r) { r.showing[3].values[7][31] = 1; }));
  EXPECT_TRUE(lies([](Record& r) { r.showing[kMaxShowings - 1].quality = 1; }));
  Record failure = ToRecord(
      Failed(HashOutcome::kUndecodable, absl::InvalidArgumentError("no")));
  failure.showings = 1;
  failure.showing[0].frame = 1;
  EXPECT_FALSE(Read(failure).ok());
}

TEST(RecordTest, WhatWasNotAskedForIsALie) {
  const Record record = ToRecord(HashedMore());
  const auto refused = [&](const std::function<void(HashRequest&)>& change) {
    HashRequest request = AskedForMore();
    change(request);
    return !FromRecord(std::as_bytes(std::span(&record, 1)), request).ok();
  };
  EXPECT_FALSE(refused([](HashRequest&) {}));
  EXPECT_TRUE(refused([](HashRequest& r) { r.kinds.pop_back(); }));
  EXPECT_TRUE(refused(
      [](HashRequest& r) { r.kinds.push_back(HashKind::kDhash64ImageHash); }));
  EXPECT_TRUE(refused(
      [](HashRequest& r) { std::swap(r.kinds.front(), r.kinds.back()); }));
  EXPECT_TRUE(refused([](HashRequest& r) { r.more_variants.pop_back(); }));
  EXPECT_TRUE(refused([](HashRequest& r) { r.variant = PdqVariant::kFull; }));

  const auto lies = [&](const std::function<void(Record&)>& tell) {
    Record lie = record;
    tell(lie);
    return !FromRecord(std::as_bytes(std::span(&lie, 1)), AskedForMore()).ok();
  };
  const size_t wide = 16, none = 24;  // slots
  EXPECT_TRUE(lies([&](Record& r) { r.slot[wide].size_bytes = 120; }));
  EXPECT_TRUE(lies([&](Record& r) { r.slot[wide + 3].orientation = 2; }));
  EXPECT_TRUE(lies([&](Record& r) { r.slot[wide + 7].value[121] = 1; }));
  EXPECT_TRUE(lies([&](Record& r) { r.slot[wide].quality = 1; }));
  EXPECT_TRUE(lies([&](Record& r) { r.slot[wide + 1].code = 3; }));
  EXPECT_TRUE(lies([&](Record& r) { r.slot[none].value[0] = 1; }));
  EXPECT_TRUE(lies([&](Record& r) { r.slot[none].code = 0; }));
  EXPECT_TRUE(lies([&](Record& r) {
    for (size_t i = none; i < none + 8; ++i) r.slot[i].code = 200;
  }));
  // A variant twice.
  EXPECT_TRUE(lies([&](Record& r) {
    for (size_t i = 8; i < 16; ++i) {
      r.slot[i].setting = static_cast<uint8_t>(PdqVariant::kNn512);
    }
  }));
}

TEST(RecordTest, AFailureKeepsItsOutcomeCodeAndReason) {
  const auto read = Read(ToRecord(Failed(
      HashOutcome::kOverLimit, absl::ResourceExhaustedError("9 is too much"))));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->outcome, HashOutcome::kOverLimit);
  EXPECT_EQ(read->status, absl::ResourceExhaustedError("9 is too much"));
}

TEST(RecordTest, AReasonIsOneLineOfPrintableText) {
  const std::string long_text(5000, 'x');
  const auto cut = Read(ToRecord(Failed(
      HashOutcome::kUndecodable, absl::InvalidArgumentError(long_text))));
  ASSERT_TRUE(cut.ok());
  EXPECT_EQ(cut->status.message().size(), kMaxReasonBytes - 1);
  const auto odd =
      Read(ToRecord(Failed(HashOutcome::kUndecodable,
                           absl::InvalidArgumentError("a\n\x1b[2J\xc3\xa9"))));
  ASSERT_TRUE(odd.ok());
  EXPECT_EQ(odd->status.message(), "a??[2J??");
}

struct Lie {
  std::string name;
  std::function<void(Record&)> tell;
  bool about_a_failure = false;
};

class LieTest : public ::testing::TestWithParam<Lie> {};

TEST_P(LieTest, IsRefused) {
  Record record = ToRecord(
      GetParam().about_a_failure
          ? Failed(HashOutcome::kUndecodable, absl::InvalidArgumentError("no"))
          : Hashed());
  ASSERT_TRUE(Read(record).ok());
  GetParam().tell(record);
  const auto read = Read(record);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(std::string(read.status().message()),
              HasSubstr("decoder's record: "));
}

INSTANTIATE_TEST_SUITE_P(
    Every, LieTest,
    ::testing::Values(
        Lie{"magic", [](Record& r) { r.magic ^= 1; }},
        Lie{"unknown_outcome", [](Record& r) { r.outcome = 99; }, true},
        Lie{"parents_outcome",
            [](Record& r) {
              r.outcome = static_cast<uint32_t>(HashOutcome::kOverloaded);
            },
            true},
        Lie{"unreadable",
            [](Record& r) {
              r.outcome = static_cast<uint32_t>(HashOutcome::kUnreadable);
            },
            true},
        Lie{"failure_with_hashes",
            [](Record& r) {
              r.outcome = static_cast<uint32_t>(HashOutcome::kUndecodable);
            }},
        Lie{"hashed_without_hashes",
            [](Record& r) {
              r.outcome = static_cast<uint32_t>(HashOutcome::kHashed);
            },
            true},
        Lie{"too_many_pixels", [](Record& r) { r.width = 65'000; }},
        Lie{"no_size", [](Record& r) { r.width = r.height = 0; }},
        Lie{"no_height", [](Record& r) { r.height = 0; }},
        Lie{"unknown_flag", [](Record& r) { r.flags |= 1u << 31; }},
        Lie{"more_slots", [](Record& r) { r.slots = 16; }},
        Lie{"endless_slots", [](Record& r) { r.slots = ~0u; }},
        Lie{"fewer_slots", [](Record& r) { r.slots = 7; }},
        Lie{"byte_in_unused_slot", [](Record& r) { r.slot[9].value[3] = 1; }},
        Lie{"byte_in_last_slot",
            [](Record& r) { r.slot[kMaxSlots - 1].value[31] = 1; }},
        Lie{"kind",
            [](Record& r) {
              r.slot[3].kind = static_cast<uint16_t>(HashKind::kMd5);
            }},
        Lie{"setting_of_one", [](Record& r) { r.slot[3].setting ^= 1; }},
        Lie{"setting_of_all",
            [](Record& r) {
              for (size_t i = 0; i < kOrientations; ++i) r.slot[i].setting = 7;
            }},
        Lie{"orientation", [](Record& r) { r.slot[3].orientation = 4; }},
        Lie{"quality_of_one", [](Record& r) { r.slot[3].quality = 1; }},
        Lie{"quality_of_all",
            [](Record& r) {
              for (size_t i = 0; i < kOrientations; ++i) {
                r.slot[i].quality = 101;
              }
            }},
        Lie{"size", [](Record& r) { r.slot[0].size_bytes = 33; }},
        Lie{"unused_of_slot", [](Record& r) { r.slot[0].unused = 1; }},
        Lie{"reserved", [](Record& r) { r.slot[7].code = 1; }},
        Lie{"reason_beside_hash", [](Record& r) { r.reason[0] = 'x'; }},
        Lie{"no_reason", [](Record& r) { r.reason = {}; }, true},
        Lie{"control_character", [](Record& r) { r.reason[0] = '\n'; }, true},
        Lie{"text_behind_reason", [](Record& r) { r.reason[9] = 'x'; }, true},
        Lie{"reason_without_end", [](Record& r) { r.reason.fill('x'); }, true}),
    [](const auto& lie) { return lie.param.name; });

TEST(RecordTest, OnlyAWholeRecordIsOne) {
  const Record record = ToRecord(Hashed());
  std::vector<std::byte> bytes(sizeof(record) + 1);
  std::memcpy(bytes.data(), &record, sizeof(record));
  EXPECT_FALSE(FromRecord(bytes, Asked()).ok());
  for (const size_t size : {size_t{0}, size_t{1}, sizeof(record) - 1}) {
    EXPECT_FALSE(FromRecord(std::span(bytes).first(size), Asked()).ok());
  }
  EXPECT_TRUE(FromRecord(std::span(bytes).first(sizeof(record)), Asked()).ok());
}

}  // namespace
}  // namespace hashvet::testing
