// A damaged, cut, foreign or forged file never opens, and never harms.

#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/list/snapshot_reader.h"
#include "tests/list/snapshot_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MixedEntries;
using ::hashvet::testing::PolicyNamed;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::SnapshotBytes;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::WalkSnapshot;
using ::hashvet::testing::WriteSnapshot;
using snapshot::EntryRecord;
using snapshot::SectionType;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr HashKind kPdq = HashKind::kPdq;
constexpr HashKind kMd5 = HashKind::kMd5;

struct alignas(64) AlignedBlock {
  std::array<std::byte, 64> bytes;
};

class SnapshotDamageTest : public ::testing::Test {
 protected:
  // A snapshot of a few entries of every kind.
  std::string Good() {
    ListPolicy policy = PolicyNamed("list/a");
    SetKindPolicy({.max_distance = 31}, policy);
    EXPECT_OK(WriteSnapshot(folder_.Path("good"), policy, MixedEntries(64, 1)));
    return folder_.Read(folder_.Path("good"));
  }
  // From memory: thousands of files would keep the disk busy.
  static auto Open(const std::string& bytes) {
    const size_t words = bytes.size() / sizeof(AlignedBlock) + 1;
    const auto copy = std::make_shared<std::vector<AlignedBlock>>(words);
    std::memcpy(copy->data(), bytes.data(), bytes.size());
    return SnapshotReader::FromBytes(
        std::as_bytes(std::span(*copy)).first(bytes.size()), copy, "changed");
  }
  // Opens Good() after `change`, with every checksum made right again.
  auto OpenForged(const std::function<void(SnapshotBytes&)>& change) {
    SnapshotBytes forged(Good());
    change(forged);
    forged.Sign();
    return Open(forged.bytes());
  }

  ScratchFolder folder_;
};

TEST_F(SnapshotDamageTest, EverySingleByteFlipIsRefused) {
  std::string bytes = Good();
  ASSERT_OK(Open(bytes));
  std::mt19937_64 random(1);
  size_t refused = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const char mask : {'\x01', '\x80', static_cast<char>(random() | 2)}) {
      bytes[i] ^= mask;
      const auto opened = Open(bytes);
      EXPECT_FALSE(opened.ok()) << "byte " << i;
      if (!opened.ok()) {
        ++refused;
        EXPECT_THAT(opened.status().code(), AnyOf(kDataLoss, kInvalid));
        EXPECT_THAT(std::string(opened.status().message()),
                    HasSubstr("changed"));
      }
      bytes[i] ^= mask;
    }
  }
  EXPECT_EQ(refused, 3 * bytes.size());
}

TEST_F(SnapshotDamageTest, EveryTruncationIsRefused) {
  const std::string bytes = Good();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(Open(bytes.substr(0, size)),
                StatusIs(size < 8 ? kInvalid : kDataLoss, ::testing::_))
        << size;
  }
  EXPECT_THAT(Open(bytes + '\0'),
              StatusIs(kDataLoss, HasSubstr("truncated or grown")));
}

TEST_F(SnapshotDamageTest, OtherFilesAreNoSnapshots) {
  EXPECT_THAT(Open("pdq hashes"), StatusIs(kInvalid, HasSubstr("not a snap")));
  EXPECT_THAT(SnapshotReader::Open(folder_.Write("none", "")),
              StatusIs(kInvalid, HasSubstr("empty")));
  EXPECT_THAT(SnapshotReader::Open(folder_.Path("absent")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent")));
  EXPECT_THAT(SnapshotReader::Open(folder_.path()),
              StatusIs(kInvalid, HasSubstr("directory")));
}

TEST_F(SnapshotDamageTest, NewerFormatsAreRefusedWithBothNumbers) {
  EXPECT_THAT(OpenForged([](SnapshotBytes& f) {
                f.header().format = 7;
                f.header().min_reader = 5;
              }),
              StatusIs(kFailed, HasSubstr("format 7, for readers of format 5 "
                                          "and newer, but this build reads "
                                          "1..2")));
  // A newer file that old readers may read opens.
  EXPECT_OK(OpenForged([](SnapshotBytes& f) { f.header().format = 7; }));
}

TEST_F(SnapshotDamageTest, TheOtherByteOrderIsNamed) {
  EXPECT_THAT(OpenForged([](SnapshotBytes& f) {
                f.header().byte_order = snapshot::kOtherByteOrder;
              }),
              StatusIs(kFailed, HasSubstr("byte order")));
}

TEST_F(SnapshotDamageTest, ForgedHeadersAndTablesAreRefused) {
  const auto lost = [&](const char* part,
                        const std::function<void(SnapshotBytes&)>& change) {
    EXPECT_THAT(OpenForged(change), StatusIs(kDataLoss, HasSubstr(part)));
  };
  lost("contradict", [](auto& f) { f.header().byte_order = 1; });
  lost("want 12345", [](auto& f) { f.header().file_bytes = 12345; });
  lost("out of order",
       [](auto& f) { std::swap(f.table()[0].type, f.table()[1].type); });
  lost("outside", [](auto& f) { f.table()[2].offset += 64; });
  lost("outside", [](auto& f) { f.table()[2].size_bytes += 64; });
  lost("outside", [](auto& f) { f.table()[1].offset = ~uint64_t{63}; });
  lost("outside", [](auto& f) { f.table().back().size_bytes = ~uint64_t{0}; });
  lost("after the last", [](auto& f) { --f.table().back().size_bytes; });
  lost("lists: not where it should be", [](auto& f) { f.table()[0].type = 0; });
  lost("digest offsets of md5: not where it should be",
       [](auto& f) { ++f.section(SectionType::kDigestOffsets, kMd5).type; });

  for (const uint32_t sections :
       {uint32_t{1025}, uint32_t{500}, ~uint32_t{0}}) {
    SnapshotBytes forged(Good());
    forged.header().sections = sections;
    forged.SignHeader();
    EXPECT_THAT(Open(forged.bytes()),
                StatusIs(kDataLoss, HasSubstr("section table")));
  }
  SnapshotBytes forged(Good());
  forged.header().sections = 0;
  forged.Sign();
  EXPECT_THAT(Open(forged.bytes()), StatusIs(kDataLoss, HasSubstr("after")));
}

TEST_F(SnapshotDamageTest, AKindOfALaterBuildIsNamed) {
  EXPECT_THAT(OpenForged([](SnapshotBytes& f) {
                for (auto& section : f.table()) {
                  if (section.kind == 64) section.kind = 77;
                }
              }),
              StatusIs(kFailed, HasSubstr("kind 77")));
}

TEST_F(SnapshotDamageTest, ForgedContentIsRefused) {
  const auto lost = [&](const char* part,
                        const std::function<void(SnapshotBytes&)>& change) {
    EXPECT_THAT(OpenForged(change), StatusIs(kDataLoss, HasSubstr(part)));
  };
  const auto list = [](SnapshotBytes& f) {
    return f.content<snapshot::ListRecord>(SectionType::kLists);
  };
  // Its own canaries come first to mind where a list's policy changes.
  lost("min_quality", [&](auto& f) { list(f)->min_quality = 101; });
  lost("role", [&](auto& f) { list(f)->role = 3; });
  lost("sampled_ppm", [&](auto& f) { list(f)->sampled_ppm = 1'000'001; });
  lost("staleness", [&](auto& f) {
    list(f)->late_after_s = 2;
    list(f)->stale_after_s = 1;
  });
  lost("flag", [&](auto& f) { list(f)->flags = 4; });
  lost("flag", [&](auto& f) { list(f)->reserved = 1; });
  lost("texts", [&](auto& f) { list(f)->text_begin = 1; });
  lost("no list's", [&](auto& f) { --list(f)->action_bytes; });
  lost("texts", [&](auto& f) { list(f)->action_bytes = 0xFFFF; });
  lost("more policies", [&](auto& f) { list(f)->kind_policies = ~0u; });
  lost("no list's", [&](auto& f) { list(f)->kind_policies = 0; });
  lost("policy name", [&](auto& f) {
    *f.template content<char>(SectionType::kListTexts) = ' ';
  });
  const auto kind_policy = [](SnapshotBytes& f) {
    return f.content<snapshot::KindPolicyRecord>(SectionType::kKindPolicies);
  };
  lost("pdq max_distance: got 129",
       [&](auto& f) { kind_policy(f)->max_distance = 129; });
  lost("out of its range", [&](auto& f) { kind_policy(f)->metric = 4; });
  lost("out of its range", [&](auto& f) { kind_policy(f)->has_rotated = 2; });
  lost("out of its range",
       [&](auto& f) { kind_policy(f)->max_distance_rotated = 1; });
  lost("pdq metric", [&](auto& f) { kind_policy(f)->metric = 1; });
  // Sound, but other than what was built: the canaries tell.
  lost("canaries of pdq: not those of these lists",
       [&](auto& f) { ++kind_policy(f)->max_distance; });
  lost("canaries of pdq: not those of these lists", [&](auto& f) {
    *f.template content<char>(SectionType::kListTexts) = 'L';
  });
  lost("canaries of md5: not those of these lists", [&](auto& f) {
    ++*f.template content<uint8_t>(SectionType::kCanaries, kMd5);
  });

  const auto category = [](SnapshotBytes& f) {
    return f.content<snapshot::CategoryRecord>(SectionType::kCategories);
  };
  lost("categories", [&](auto& f) { category(f)[0].begin = 1; });
  lost("categories", [&](auto& f) { category(f)[1].begin = 1000; });
  lost("categories", [&](auto& f) { category(f)[2].begin = 0xFFFF; });
  lost("categories", [&](auto& f) { category(f)[2].scheme_bytes = 100; });
  lost("empty one", [&](auto& f) { category(f)[1].begin = 1; });

  const auto counts = [](SnapshotBytes& f) {
    return f.content<uint32_t>(SectionType::kCounts, kMd5);
  };
  for (size_t number = 0; number < 5; ++number) {
    lost("of md5", [&](auto& f) { ++counts(f)[number]; });
    lost("of md5", [&](auto& f) { counts(f)[number] = ~0u; });
  }
  lost("counts of md5", [&](auto& f) { counts(f)[0] = 0; });

  const auto rows = [](SnapshotBytes& f) {
    return f.content<uint32_t>(SectionType::kRowBegins, kPdq);
  };
  lost("row begins of pdq", [&](auto& f) { rows(f)[0] = 1; });
  lost("row 1 has no entry", [&](auto& f) { rows(f)[1] = rows(f)[2]; });
  lost("has no entry", [&](auto& f) { rows(f)[2] = ~0u; });

  const auto entries = [](SnapshotBytes& f) {
    return f.content<EntryRecord>(SectionType::kEntries, kMd5);
  };
  lost("entries of md5", [&](auto& f) { entries(f)[1].category = 7; });
  lost("entry 1 ", [&](auto& f) { entries(f)[1].list = 1; });
  lost("as many of each list", [&](auto& f) {
    entries(f)[1].list = entries(f)[1].list == kCanaryList ? 0 : kCanaryList;
  });
  lost("entry 2 ", [&](auto& f) { entries(f)[2].quality = 101; });
  lost("entry 2 ", [&](auto& f) { entries(f)[2].opinion = 5; });
  lost("entry 1 ", [&](auto& f) { entries(f)[1].key += 1; });
  lost("entry 1 ", [&](auto& f) { entries(f)[0].key += uint64_t{1} << 48; });
  lost("keys do not cover", [&](auto& f) {
    const size_t count = f.section(SectionType::kEntries, kMd5).size_bytes / 16;
    entries(f)[count - 1].key += uint64_t{9} << 48;
  });

  const auto rest = [](SnapshotBytes& f) {
    return f.content<uint64_t>(SectionType::kRest, kPdq);
  };
  lost("rest plane of pdq: row 1 ",
       [&](auto& f) { rest(f)[1] = ~uint64_t{0}; });
  lost("row 2 ", [&](auto& f) {  // an equal row
    rest(f)[4] = rest(f)[2];
    rest(f)[5] = rest(f)[3];
    for (uint32_t type = 17; type <= 20; ++type) {
      auto* plane =
          f.template content<uint32_t>(static_cast<SectionType>(type), kPdq);
      plane[2] = plane[1];
    }
  });
  lost("tables of md5: digest index: row 1 ", [](auto& f) {
    auto* values = f.template content<char>(SectionType::kDigests, kMd5);
    std::copy(values, values + 16, values + 16);
  });
  lost("tables of md5: digest tables: ", [](auto& f) {
    ++f.template content<uint32_t>(SectionType::kDigestOffsets, kMd5)[1];
  });
  lost("rows of phash64-imagehash: row 1 ", [](auto& f) {
    auto* words = f.template content<uint64_t>(SectionType::kRows,
                                               HashKind::kPhash64ImageHash);
    words[1] = words[0];
  });
  lost("byte vector prefixes of photodna: row 1 ", [](auto& f) {
    auto* bytes = f.template content<uint8_t>(SectionType::kVectorPrefix,
                                              HashKind::kPhotoDna);
    bytes[0] = 0xFF;
    bytes[8] = 0;
  });
}

TEST_F(SnapshotDamageTest, SectionsOfAWrongSizeAreRefused) {
  // Shrinks one section by `bytes` and leaves what follows in its place.
  const auto shrunk = [&](SectionType type, HashKind kind, uint64_t bytes) {
    return OpenForged([&](SnapshotBytes& f) {
      auto& section = f.section(type, kind);
      ASSERT_EQ(snapshot::AlignUp(section.offset + section.size_bytes - bytes),
                snapshot::AlignUp(section.offset + section.size_bytes));
      std::memset(&f.bytes()[section.offset + section.size_bytes - bytes], 0,
                  bytes);
      section.size_bytes -= bytes;
    });
  };
  EXPECT_THAT(shrunk(SectionType::kDigests, kMd5, 1),
              StatusIs(kDataLoss, HasSubstr("digests of md5")));
  EXPECT_THAT(shrunk(SectionType::kPrefix0, kPdq, 1),
              StatusIs(kDataLoss, HasSubstr("want a multiple of 4")));
  EXPECT_THAT(shrunk(SectionType::kPrefix3, kPdq, 4),
              StatusIs(kDataLoss, HasSubstr("prefix plane 3 of pdq")));
  EXPECT_THAT(shrunk(SectionType::kRest, kPdq, 16),
              StatusIs(kDataLoss, HasSubstr("rest plane of pdq")));
  EXPECT_THAT(shrunk(SectionType::kEntries, kPdq, 16),
              StatusIs(kDataLoss, HasSubstr("entries of pdq: wrong size")));
  EXPECT_THAT(shrunk(SectionType::kRowBegins, kMd5, 4),
              StatusIs(kDataLoss, HasSubstr("row begins of md5: wrong size")));
}

TEST_F(SnapshotDamageTest, RandomForgeriesOpenSoundOrNotAtAll) {
  const std::string good = Good();
  const uint32_t good_sections = SnapshotBytes(good).header().sections;
  std::mt19937_64 random(9);
  size_t opened = 0;
  for (int round = 0; round < 4000; ++round) {
    SnapshotBytes forged(good);
    for (uint64_t change = random() % 4 + 1; change > 0; --change) {
      // Anywhere but in the first fields, which end the game at once.
      const size_t place = 20 + random() % (good.size() - 20);
      forged.bytes()[place] = static_cast<char>(random());
    }
    forged.header().sections =
        std::min(forged.header().sections, good_sections);
    forged.Sign();
    if (const auto reader = Open(forged.bytes()); reader.ok()) {
      ++opened;
      WalkSnapshot(**reader);
    }
  }
  EXPECT_GT(opened, 100u);  // forged keys and values are sound
}

}  // namespace
}  // namespace hashvet
