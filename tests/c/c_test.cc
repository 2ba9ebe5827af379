// The C interface, through the shared library: what it answers, and that no
// mistake of its caller goes unanswered.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/c/hashvet.h"
#include "hashvet/list/publisher.h"
#include "tests/c/c_error.h"
#include "tests/list/snapshot_support.h"
#include "tests/support/picture_files.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CTest : public ::testing::Test {
 protected:
  void SetUp() override {
    jpeg_ = MakeJpeg(7, 200, 150);
    hashvet_picture* picture = nullptr;
    Ok(hashvet_hash_bytes(jpeg_.data(), jpeg_.size(), nullptr, &picture,
                          error_.place()));
    Ok(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 0, pdq_.data(),
                            pdq_.size(), error_.place()));
    hashvet_picture_free(picture);
    auto listed = HashValue::FromBytes(HashKind::kPdq, pdq_);
    ASSERT_OK(listed);
    ListPolicy policy = PolicyNamed("known");
    policy.action = "block";
    ASSERT_OK(WriteSnapshot(Path(), policy,
                            {{*listed, "case-1", "A1", 90, "ncmec"},
                             {RandomValue(HashKind::kPdq, random_), "case-2"},
                             {RandomValue(HashKind::kMd5, random_), "m"}}));
  }
  std::string Path() const { return folder_.Path("known.hvs"); }

  void Ok(int code) {
    EXPECT_EQ(code, HASHVET_OK) << error_.message();
    EXPECT_FALSE(error_.set());
  }
  void Fails(int code, int want, const std::string& message) {
    EXPECT_EQ(code, want);
    EXPECT_EQ(error_.code(), want);
    EXPECT_THAT(error_.message(), HasSubstr(message));
  }

  hashvet_matcher* Open(uint32_t threads = 0) {
    const std::string path = Path();
    const char* const paths[] = {path.c_str()};
    hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
    options.snapshots = paths;
    options.snapshot_count = 1;
    options.threads = threads;
    hashvet_matcher* matcher = nullptr;
    Ok(hashvet_matcher_open(&options, &matcher, error_.place()));
    return matcher;
  }
  // The outcomes of values asked together.
  std::vector<uint32_t> Ask(const hashvet_matcher* matcher,
                            const std::vector<uint8_t>& values) {
    hashvet_verdicts* verdicts = nullptr;
    const size_t count = values.size() / 32;
    Ok(hashvet_match_values(matcher, HASHVET_KIND_PDQ, values.data(),
                            values.size(), count, nullptr, &verdicts,
                            error_.place()));
    std::vector<uint32_t> outcomes(count);
    EXPECT_EQ(hashvet_verdict_count(verdicts), count);
    Ok(hashvet_verdict_outcomes(verdicts, outcomes.data(), count,
                                error_.place()));
    hashvet_verdicts_free(verdicts);
    return outcomes;
  }
  std::vector<uint8_t> Listed() const { return {pdq_.begin(), pdq_.end()}; }

  const ScratchFolder folder_;
  std::mt19937_64 random_{5};
  std::string jpeg_;
  std::array<uint8_t, 32> pdq_ = {};
  Error error_;
};

TEST_F(CTest, TheLibrarySaysWhatItIs) {
  EXPECT_EQ(hashvet_abi(), HASHVET_C_ABI);
  EXPECT_THAT(hashvet_version(), StartsWith("0."));
  EXPECT_THAT(hashvet_features(), HasSubstr("kinds=pdq"));
  std::string metrics;
  const auto take = [](void* context, const char* text, size_t size) {
    static_cast<std::string*>(context)->assign(text, size);
  };
  hashvet_matcher* matcher = Open();
  Ask(matcher, Listed());
  hashvet_matcher_close(matcher);
  Ok(hashvet_metrics(take, &metrics, error_.place()));
  EXPECT_THAT(metrics, HasSubstr("hashvet_verdicts_total"));
  Fails(hashvet_metrics(nullptr, nullptr, error_.place()),
        HASHVET_INVALID_ARGUMENT, "callback: got NULL");
}

TEST_F(CTest, ValuesAsTextAndBack) {
  uint32_t kind = 0;
  Ok(hashvet_kind_from_name("SHA-256", &kind, error_.place()));
  EXPECT_EQ(kind, uint32_t{HASHVET_KIND_SHA256});
  EXPECT_STREQ(hashvet_kind_name(kind), "sha256");
  EXPECT_EQ(hashvet_kind_size(kind), 32u);
  EXPECT_EQ(hashvet_kind_name(999), nullptr);
  EXPECT_EQ(hashvet_kind_size(999), 0u);
  Fails(hashvet_kind_from_name("sift", &kind, error_.place()),
        HASHVET_INVALID_ARGUMENT, "pdq");

  char text[65];
  Ok(hashvet_value_to_text(HASHVET_KIND_PDQ, pdq_.data(), 32, text, 65,
                           error_.place()));
  std::array<uint8_t, 32> back = {};
  Ok(hashvet_value_from_text(HASHVET_KIND_PDQ, text, back.data(), 32,
                             error_.place()));
  EXPECT_EQ(back, pdq_);
  back[0] ^= 3;
  uint32_t distance = 0;
  Ok(hashvet_distance(HASHVET_KIND_PDQ, back.data(), pdq_.data(), 32, &distance,
                      error_.place()));
  EXPECT_EQ(distance, 2u);

  Fails(hashvet_value_to_text(HASHVET_KIND_PDQ, pdq_.data(), 32, text, 64,
                              error_.place()),
        HASHVET_INVALID_ARGUMENT, "got room for 64 bytes, want 65");
  Fails(hashvet_value_from_text(HASHVET_KIND_PDQ, "12", back.data(), 32,
                                error_.place()),
        HASHVET_INVALID_ARGUMENT, "64");
  Fails(hashvet_distance(HASHVET_KIND_MD5, pdq_.data(), pdq_.data(), 16,
                         &distance, error_.place()),
        HASHVET_INVALID_ARGUMENT, "md5");
}

TEST_F(CTest, PicturesFromBytesFilesDescriptorsAndPixels) {
  hashvet_picture* picture = nullptr;
  hashvet_picture_info info = {};
  info.struct_size = sizeof info;
  const std::string path = folder_.Write("a.jpg", jpeg_);
  std::array<uint8_t, 32> hash = {};
  Ok(hashvet_hash_file(path.c_str(), nullptr, &picture, error_.place()));
  Ok(hashvet_picture_describe(picture, &info, error_.place()));
  EXPECT_EQ(info.outcome, uint32_t{HASHVET_HASHED});
  EXPECT_EQ(info.width, 200u);
  EXPECT_EQ(info.height, 150u);
  EXPECT_EQ(info.quality, 100);
  EXPECT_STREQ(info.message, "");
  Ok(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 0, hash.data(), 32,
                          error_.place()));
  EXPECT_EQ(hash, pdq_);
  hashvet_picture_free(picture);

  // From where it stands, and left open.
  const std::string after = folder_.Write("after", "junk" + jpeg_);
  const int descriptor = ::open(after.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::lseek(descriptor, 4, SEEK_SET), 4);
  Ok(hashvet_hash_fd(descriptor, nullptr, &picture, error_.place()));
  Ok(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 0, hash.data(), 32,
                          error_.place()));
  EXPECT_EQ(hash, pdq_);
  hashvet_picture_free(picture);
  EXPECT_EQ(::lseek(descriptor, 0, SEEK_CUR),
            static_cast<off_t>(jpeg_.size() + 4));
  ::close(descriptor);

  const Picture scene = MakeScene(3, 120, 90);
  const PictureView view = scene.view();
  ASSERT_EQ(view.format(), PixelFormat::kRgb8);
  Ok(hashvet_hash_pixels(view.row(0), view.width(), view.height(),
                         view.stride_bytes(), HASHVET_PIXELS_RGB8, nullptr,
                         &picture, error_.place()));
  std::array<uint8_t, 32> turned = {};
  Ok(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 1, turned.data(), 32,
                          error_.place()));
  Ok(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 0, hash.data(), 32,
                          error_.place()));
  EXPECT_NE(hash, turned);
  Fails(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 8, hash.data(), 32,
                             error_.place()),
        HASHVET_INVALID_ARGUMENT, "orientation: got 8");
  Fails(hashvet_picture_hash(picture, HASHVET_KIND_MD5, 0, hash.data(), 16,
                             error_.place()),
        HASHVET_FAILED_PRECONDITION, "no md5 hash");
  hashvet_picture_free(picture);
  Fails(hashvet_hash_pixels(view.row(0), 120, 90, 10, HASHVET_PIXELS_RGB8,
                            nullptr, &picture, error_.place()),
        HASHVET_INVALID_ARGUMENT, "10 bytes a row, want at least 360");
  EXPECT_EQ(picture, nullptr);
}

TEST_F(CTest, PixelsWithAlphaAreShownOverWhiteAndOverBlack) {
  const Picture scene = MakeScene(3, 128, 90);
  const PictureView view = scene.view();
  // Squares as they are and squares of `alpha`, and what that shows over white.
  const auto hash = [&](int alpha, std::vector<uint8_t>& white) {
    std::vector<uint8_t> rgba;
    white.clear();
    for (uint32_t y = 0; y < view.height(); ++y) {
      for (uint32_t x = 0; x < view.width(); ++x) {
        const uint8_t* pixel = view.row(y) + 3 * x;
        const int a = (x / 16 + y / 16) % 2 == 0 ? 255 : alpha;
        for (int c = 0; c < 3; ++c) {
          rgba.push_back(pixel[c]);
          white.push_back(
              static_cast<uint8_t>((pixel[c] * a + 127) / 255 + 255 - a));
        }
        rgba.push_back(static_cast<uint8_t>(a));
      }
    }
    hashvet_picture* picture = nullptr;
    Ok(hashvet_hash_pixels(rgba.data(), view.width(), view.height(),
                           4 * size_t{view.width()}, HASHVET_PIXELS_RGBA8,
                           nullptr, &picture, error_.place()));
    return picture;
  };
  const auto value = [&](const hashvet_picture* picture) {
    std::array<uint8_t, 32> bytes = {};
    Ok(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 0, bytes.data(), 32,
                            error_.place()));
    return bytes;
  };
  for (const int alpha : {255, 100, 0}) {
    std::vector<uint8_t> white;
    hashvet_picture* picture = hash(alpha, white);
    hashvet_picture* flat = nullptr;
    Ok(hashvet_hash_pixels(white.data(), view.width(), view.height(),
                           3 * size_t{view.width()}, HASHVET_PIXELS_RGB8,
                           nullptr, &flat, error_.place()));
    EXPECT_EQ(value(picture), value(flat)) << alpha;
    hashvet_picture_info info = {};
    info.struct_size = sizeof info;
    Ok(hashvet_picture_describe(picture, &info, error_.place()));
    EXPECT_EQ(info.flags, alpha == 255 ? 0u
                                       : HASHVET_FLAG_ALPHA_FLATTENED +
                                             HASHVET_FLAG_ALPHA_DUAL)
        << alpha;
    hashvet_picture_free(flat);
    hashvet_picture_free(picture);
  }
  hashvet_picture* none = nullptr;
  Fails(hashvet_hash_pixels(view.row(0), 100, 10, 399, HASHVET_PIXELS_RGBA8,
                            nullptr, &none, error_.place()),
        HASHVET_INVALID_ARGUMENT, "399 bytes a row, want at least 400");
  Fails(hashvet_hash_pixels(nullptr, 100, 10, 400, HASHVET_PIXELS_RGBA8,
                            nullptr, &none, error_.place()),
        HASHVET_INVALID_ARGUMENT, "null pointer");
  Fails(hashvet_hash_pixels(view.row(0), 100, 10, 400, 5, nullptr, &none,
                            error_.place()),
        HASHVET_INVALID_ARGUMENT, "got format 5, want 0 .. 4");
}

TEST_F(CTest, WhatCannotBeHashedIsAnOutcomeAndNoError) {
  const auto outcome = [&](const std::string& bytes,
                           const hashvet_hash_options* options = nullptr) {
    hashvet_picture* picture = nullptr;
    Ok(hashvet_hash_bytes(bytes.data(), bytes.size(), options, &picture,
                          error_.place()));
    hashvet_picture_info info = {};
    info.struct_size = sizeof info;
    Ok(hashvet_picture_describe(picture, &info, error_.place()));
    EXPECT_EQ(std::string(info.message).empty(),
              info.outcome == HASHVET_HASHED);
    hashvet_picture_free(picture);
    return info.outcome;
  };
  EXPECT_EQ(outcome(""), uint32_t{HASHVET_HASH_UNDECODABLE});
  EXPECT_EQ(outcome("no picture"), uint32_t{HASHVET_HASH_UNSUPPORTED});
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  options.max_pixels = 100;
  EXPECT_EQ(outcome(jpeg_, &options), uint32_t{HASHVET_HASH_OVER_LIMIT});
  hashvet_picture* picture = nullptr;
  Ok(hashvet_hash_file("/nonexistent", nullptr, &picture, error_.place()));
  // It asks no list, and says so.
  hashvet_matcher* matcher = Open();
  hashvet_verdicts* verdicts = nullptr;
  Ok(hashvet_match_pictures(matcher, &picture, 1, nullptr, &verdicts,
                            error_.place()));
  hashvet_verdict verdict = {};
  verdict.struct_size = sizeof verdict;
  Ok(hashvet_verdict_get(verdicts, 0, &verdict, error_.place()));
  EXPECT_EQ(verdict.outcome, uint32_t{HASHVET_UNREADABLE});
  EXPECT_NE(verdict.code, 0);
  EXPECT_STRNE(verdict.message, "");
  hashvet_verdicts_free(verdicts);
  hashvet_matcher_close(matcher);
  hashvet_picture_free(picture);
}

TEST_F(CTest, AVerdictHasEveryField) {
  hashvet_matcher* matcher = Open();
  hashvet_picture* picture = nullptr;
  Ok(hashvet_hash_bytes(jpeg_.data(), jpeg_.size(), nullptr, &picture,
                        error_.place()));
  hashvet_verdicts* verdicts = nullptr;
  Ok(hashvet_match_pictures(matcher, &picture, 1, nullptr, &verdicts,
                            error_.place()));
  hashvet_verdict verdict = {};
  verdict.struct_size = sizeof verdict;
  Ok(hashvet_verdict_get(verdicts, 0, &verdict, error_.place()));
  EXPECT_EQ(verdict.outcome, uint32_t{HASHVET_MATCH});
  EXPECT_STREQ(hashvet_outcome_name(verdict.outcome), "match");
  EXPECT_EQ(verdict.code, 0);
  EXPECT_STREQ(verdict.message, "");
  EXPECT_EQ(std::strlen(verdict.snapshot), 16u);
  EXPECT_EQ(verdict.generation, 1u);
  EXPECT_THAT(verdict.match_counts, ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(verdict.not_sampled, 0u);
  hashvet_match match = {};
  match.struct_size = sizeof match;
  Ok(hashvet_verdict_match(verdicts, 0, HASHVET_MATCHES, 0, &match,
                           error_.place()));
  EXPECT_STREQ(match.list, "known");
  EXPECT_STREQ(match.list_version, verdict.snapshot);
  EXPECT_STREQ(match.entry, "case-1");
  EXPECT_STREQ(match.category, "A1");
  EXPECT_STREQ(match.category_scheme, "ncmec");
  EXPECT_STREQ(match.opinion, "unknown");
  EXPECT_STREQ(match.action, "block");
  EXPECT_EQ(match.kind, uint32_t{HASHVET_KIND_PDQ});
  EXPECT_EQ(match.distance, 0u);
  EXPECT_EQ(match.orientation, 0u);
  EXPECT_EQ(match.query_quality, 100);
  EXPECT_EQ(match.query_quality_known, 1u);
  EXPECT_EQ(match.entry_quality, 90);
  EXPECT_EQ(match.entry_quality_known, 1u);
  EXPECT_STREQ(match.variant, "full");
  EXPECT_EQ(match.frame, 0u);
  EXPECT_EQ(match.over_black, 0u);

  Fails(hashvet_verdict_match(verdicts, 0, HASHVET_MATCHES, 1, &match,
                              error_.place()),
        HASHVET_INVALID_ARGUMENT, "got number 1, there are 1");
  Fails(hashvet_verdict_match(verdicts, 0, 4, 0, &match, error_.place()),
        HASHVET_INVALID_ARGUMENT, "set: got 4");
  Fails(hashvet_verdict_get(verdicts, 1, &verdict, error_.place()),
        HASHVET_INVALID_ARGUMENT, "got index 1, there are 1");
  const char* list = nullptr;
  Fails(hashvet_verdict_not_sampled(verdicts, 0, 0, &list, error_.place()),
        HASHVET_INVALID_ARGUMENT, "got number 0, there are 0");
  EXPECT_STREQ(hashvet_outcome_name(77), "unknown");
  hashvet_verdicts_free(verdicts);
  hashvet_picture_free(picture);
  hashvet_matcher_close(matcher);
}

TEST_F(CTest, BatchesKeepTheirOrderOnAnyThreads) {
  std::vector<uint8_t> values;
  std::vector<uint32_t> want;
  for (int i = 0; i < 500; ++i) {
    std::vector<uint8_t> value = Listed();
    if (i % 3 != 0) {
      for (uint8_t& byte : value) byte = static_cast<uint8_t>(random_());
    }
    values.insert(values.end(), value.begin(), value.end());
    want.push_back(i % 3 == 0 ? HASHVET_MATCH : HASHVET_NO_MATCH);
  }
  for (const uint32_t threads : {0u, 3u}) {
    hashvet_matcher* matcher = Open(threads);
    EXPECT_EQ(Ask(matcher, values), want);
    EXPECT_TRUE(Ask(matcher, {}).empty());
    hashvet_matcher_close(matcher);
  }
}

TEST_F(CTest, OptionsOfAMatchAreHeeded) {
  hashvet_matcher* matcher = Open();
  const auto outcome = [&](const hashvet_match_options& options,
                           const std::vector<uint8_t>& value) {
    hashvet_verdicts* verdicts = nullptr;
    Ok(hashvet_match_values(matcher, HASHVET_KIND_PDQ, value.data(), 32, 1,
                            &options, &verdicts, error_.place()));
    uint32_t got = 99;
    Ok(hashvet_verdict_outcomes(verdicts, &got, 1, error_.place()));
    hashvet_verdicts_free(verdicts);
    return got;
  };
  hashvet_match_options options = HASHVET_MATCH_OPTIONS_INIT;
  std::vector<uint8_t> near = Listed();
  near[3] ^= 0x11;
  EXPECT_EQ(outcome(options, near), uint32_t{HASHVET_MATCH});
  options.use_max_distance = 1;
  options.max_distance = 1;
  EXPECT_EQ(outcome(options, near), uint32_t{HASHVET_NO_MATCH});
  options.max_distance = 2;
  EXPECT_EQ(outcome(options, near), uint32_t{HASHVET_MATCH});
  const char* const only[] = {"other"};
  options.only_lists = only;
  options.only_list_count = 1;
  EXPECT_EQ(outcome(options, near), uint32_t{HASHVET_LIST_UNAVAILABLE});
  hashvet_matcher_close(matcher);
}

TEST_F(CTest, BytesAreAListToo) {
  const std::string bytes = ScratchFolder::Read(Path());
  hashvet_matcher* matcher = nullptr;
  Ok(hashvet_matcher_open_bytes(bytes.data(), bytes.size(), "in memory", 0,
                                &matcher, error_.place()));
  EXPECT_THAT(Ask(matcher, Listed()), ElementsAre(HASHVET_MATCH));
  Fails(hashvet_matcher_reload(matcher, error_.place()),
        HASHVET_FAILED_PRECONDITION, "stay as they are");
  Ok(hashvet_matcher_self_test(matcher, error_.place()));
  hashvet_matcher_close(matcher);
  std::string damaged = bytes;
  damaged[damaged.size() / 2] ^= 1;
  Fails(hashvet_matcher_open_bytes(damaged.data(), damaged.size(), "in memory",
                                   0, &matcher, error_.place()),
        HASHVET_DATA_LOSS, "in memory");
  EXPECT_EQ(matcher, nullptr);
}

TEST_F(CTest, APublishedDirectoryIsFollowed) {
  const std::string lists = folder_.Path("lists");
  ASSERT_EQ(::mkdir(lists.c_str(), 0700), 0);
  const auto passes = [](const SnapshotReader&, const SnapshotReader*) {
    return absl::OkStatus();
  };
  ASSERT_OK(Publish(lists, Path(), {}, passes));
  const char* const directories[] = {lists.c_str()};
  hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
  options.directories = directories;
  options.directory_count = 1;
  options.follow = 1;
  options.publication = "another";
  hashvet_matcher* matcher = nullptr;
  Fails(hashvet_matcher_open(&options, &matcher, error_.place()),
        HASHVET_PERMISSION_DENIED, "refused (wrong list)");
  options.publication = nullptr;
  Ok(hashvet_matcher_open(&options, &matcher, error_.place()));
  EXPECT_THAT(Ask(matcher, Listed()), ElementsAre(HASHVET_MATCH));

  ASSERT_OK(WriteSnapshot(folder_.Path("next.hvs"), PolicyNamed("known"),
                          {{RandomValue(HashKind::kPdq, random_), "case-2"},
                           {RandomValue(HashKind::kMd5, random_), "m"}}));
  ASSERT_OK(Publish(lists, folder_.Path("next.hvs"), {}, passes));
  hashvet_matcher_info info = {};
  info.struct_size = sizeof info;
  std::vector<std::string> told;
  const auto tell = [](void* context, const char* text, size_t size) {
    static_cast<std::vector<std::string>*>(context)->emplace_back(text, size);
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  do {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    told.clear();
    Ok(hashvet_matcher_describe(matcher, &info, tell, &told, error_.place()));
  } while (info.generation < 2);
  EXPECT_EQ(info.lists, 1u);
  EXPECT_EQ(info.entries, 2u);
  EXPECT_EQ(info.refusal, 0);
  EXPECT_THAT(
      told,
      ElementsAre(StartsWith("version "),
                  ::testing::MatchesRegex("list known [0-9a-f]{16} fresh")));
  EXPECT_THAT(Ask(matcher, Listed()), ElementsAre(HASHVET_NO_MATCH));
  hashvet_matcher_close(matcher);
}

TEST_F(CTest, MistakesWithHandlesAreAnswered) {
  hashvet_matcher* matcher = Open();
  hashvet_verdicts* verdicts = nullptr;
  const auto ask = [&](const hashvet_matcher* with) {
    return hashvet_match_values(with, HASHVET_KIND_PDQ, pdq_.data(), 32, 1,
                                nullptr, &verdicts, error_.place());
  };
  Fails(ask(nullptr), HASHVET_INVALID_ARGUMENT, "matcher: got NULL");
  hashvet_picture* picture = nullptr;
  Ok(hashvet_hash_bytes(jpeg_.data(), jpeg_.size(), nullptr, &picture,
                        error_.place()));
  Fails(ask(reinterpret_cast<hashvet_matcher*>(picture)),
        HASHVET_INVALID_ARGUMENT, "another type's handle");
  // Freed as what it is not, it stays.
  hashvet_verdicts_free(reinterpret_cast<hashvet_verdicts*>(picture));
  hashvet_matcher_close(reinterpret_cast<hashvet_matcher*>(picture));
  const hashvet_picture* const pictures[] = {picture, nullptr};
  Fails(hashvet_match_pictures(matcher, pictures, 2, nullptr, &verdicts,
                               error_.place()),
        HASHVET_INVALID_ARGUMENT, "picture: got NULL");
  Ok(hashvet_match_pictures(matcher, pictures, 1, nullptr, &verdicts,
                            error_.place()));
  hashvet_verdicts_free(verdicts);
  hashvet_picture_free(picture);

  hashvet_matcher_close(matcher);
  Fails(ask(matcher), HASHVET_FAILED_PRECONDITION, "after it was closed");
  Fails(hashvet_matcher_reload(matcher, error_.place()),
        HASHVET_FAILED_PRECONDITION, "after it was closed");
  hashvet_matcher_close(matcher);  // twice
  hashvet_matcher_close(nullptr);
  hashvet_picture_free(nullptr);
  hashvet_verdicts_free(nullptr);
  hashvet_error_free(nullptr);
  EXPECT_EQ(hashvet_error_code(nullptr), HASHVET_OK);
  // Nobody need take the error.
  EXPECT_EQ(hashvet_match_values(nullptr, 1, nullptr, 0, 0, nullptr, &verdicts,
                                 nullptr),
            HASHVET_INVALID_ARGUMENT);
}

TEST_F(CTest, MistakesWithValuesAreAnswered) {
  hashvet_matcher* matcher = Open();
  hashvet_verdicts* verdicts = nullptr;
  const auto ask = [&](uint32_t kind, const uint8_t* values, size_t size,
                       size_t count) {
    return hashvet_match_values(matcher, kind, values, size, count, nullptr,
                                &verdicts, error_.place());
  };
  Fails(ask(HASHVET_KIND_PDQ, pdq_.data(), 31, 1), HASHVET_INVALID_ARGUMENT,
        "got 31 bytes, want 1 values of 32 bytes, of pdq");
  Fails(ask(HASHVET_KIND_PDQ, pdq_.data(), 32, 2), HASHVET_INVALID_ARGUMENT,
        "want 2 values");
  Fails(ask(HASHVET_KIND_PDQ, pdq_.data(), 32, SIZE_MAX / 16),
        HASHVET_INVALID_ARGUMENT, "got 32 bytes");
  Fails(ask(HASHVET_KIND_PDQ, nullptr, 32, 1), HASHVET_INVALID_ARGUMENT,
        "values: got NULL");
  Fails(ask(12345, pdq_.data(), 32, 1), HASHVET_INVALID_ARGUMENT, "12345");
  EXPECT_EQ(verdicts, nullptr);
  hashvet_matcher_close(matcher);

  const auto open = [&](const hashvet_matcher_options* options) {
    return hashvet_matcher_open(options, &matcher, error_.place());
  };
  Fails(open(nullptr), HASHVET_INVALID_ARGUMENT, "got no list");
  hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
  options.snapshot_count = 1;
  Fails(open(&options), HASHVET_INVALID_ARGUMENT, "snapshots: got NULL");
  options.snapshot_count = 0;
  options.threads = 5000;
  Fails(open(&options), HASHVET_INVALID_ARGUMENT, "threads: got 5000");
  const char* const missing[] = {"/nonexistent.hvs"};
  options = HASHVET_MATCHER_OPTIONS_INIT;
  options.snapshots = missing;
  options.snapshot_count = 1;
  Fails(open(&options), HASHVET_NOT_FOUND, "/nonexistent.hvs");
}

TEST_F(CTest, StructsOfOtherVersionsAreUnderstoodOrRefused) {
  hashvet_picture* picture = nullptr;
  const auto hash = [&](const hashvet_hash_options* options) {
    return hashvet_hash_bytes(jpeg_.data(), jpeg_.size(), options, &picture,
                              error_.place());
  };
  hashvet_hash_options unset = {};
  Fails(hash(&unset), HASHVET_INVALID_ARGUMENT, "got struct_size 0, want");
  unset.struct_size = 1u << 20;
  Fails(hash(&unset), HASHVET_INVALID_ARGUMENT, "got struct_size");

  // A later caller's: what is not known here must not be asked for.
  struct Later {
    hashvet_hash_options known = HASHVET_HASH_OPTIONS_INIT;
    uint64_t more = 0;
  } later;
  later.known.struct_size = sizeof later;
  Ok(hash(&later.known));
  later.more = 1;
  hashvet_picture* none = nullptr;
  Fails(hashvet_hash_bytes(jpeg_.data(), jpeg_.size(), &later.known, &none,
                           error_.place()),
        HASHVET_FAILED_PRECONDITION, "later version");

  // What is filled has nothing of ours past what we know.
  struct LaterInfo {
    hashvet_picture_info known = {};
    uint64_t more = 7;
  } info;
  info.known.struct_size = sizeof info;
  Ok(hashvet_picture_describe(picture, &info.known, error_.place()));
  EXPECT_EQ(info.more, 0u);
  EXPECT_EQ(info.known.struct_size, sizeof info);
  EXPECT_EQ(info.known.width, 200u);
  info.known.struct_size = 8;
  Fails(hashvet_picture_describe(picture, &info.known, error_.place()),
        HASHVET_INVALID_ARGUMENT, "picture info: got struct_size 8");
  Fails(hashvet_picture_describe(picture, nullptr, error_.place()),
        HASHVET_INVALID_ARGUMENT, "picture info: got NULL");
  hashvet_picture_free(picture);
}

}  // namespace
}  // namespace hashvet::testing
