// What a picture is hashed under in C, and that no list it was not hashed for
// is taken for one that was searched.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/c/hashvet.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/list/list_policy.h"
#include "tests/c/c_error.h"
#include "tests/list/snapshot_support.h"
#include "tests/support/picture_files.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr HashKind kPhash = HashKind::kPhash64ImageHash;
constexpr uint32_t kPhashNumber = static_cast<uint32_t>(kPhash);

struct Answer {
  uint32_t outcome = 99;
  std::string message;
  std::string variant;  // of the first match
  uint32_t distance = 0;
};

class CKindsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    jpeg_ = MakeJpeg(7, 200, 150);
    path_ = folder_.Write("a.jpg", jpeg_);
  }

  // A value that is far, and what else is given.
  void List(const std::string& name, std::vector<ListEntry> entries,
            ListPolicy policy = PolicyNamed("known")) {
    entries.push_back({RandomValue(HashKind::kPdq, random_), "far", "", {}});
    const std::string path = folder_.Path(name);
    ASSERT_OK(WriteSnapshot(path, policy, entries));
    const char* const paths[] = {path.c_str()};
    hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
    options.snapshots = paths;
    options.snapshot_count = 1;
    hashvet_matcher_close(matcher_);
    Ok(hashvet_matcher_open(&options, &matcher_, error_.place()));
  }
  ListEntry DigestEntry(HashKind kind) {
    return {*DigestOf(kind, std::as_bytes(std::span(jpeg_))), "file", "", {}};
  }
  void TearDown() override { hashvet_matcher_close(matcher_); }

  void Ok(int code) {
    EXPECT_EQ(code, HASHVET_OK) << error_.message();
    EXPECT_FALSE(error_.set());
  }
  void Fails(int code, int want, const std::string& message) {
    EXPECT_EQ(code, want);
    EXPECT_THAT(error_.message(), HasSubstr(message));
  }

  hashvet_picture* HashFile(const hashvet_hash_options* options = nullptr) {
    hashvet_picture* picture = nullptr;
    Ok(hashvet_hash_file(path_.c_str(), options, &picture, error_.place()));
    return picture;
  }
  // Frees it.
  Answer Match(hashvet_picture* picture,
               const hashvet_match_options* options = nullptr) {
    Answer answer;
    hashvet_verdicts* verdicts = nullptr;
    Ok(hashvet_match_pictures(matcher_, &picture, 1, options, &verdicts,
                              error_.place()));
    hashvet_verdict verdict = {};
    verdict.struct_size = sizeof verdict;
    Ok(hashvet_verdict_get(verdicts, 0, &verdict, error_.place()));
    answer.outcome = verdict.outcome;
    answer.message = verdict.message;
    if (verdict.match_counts[HASHVET_MATCHES] != 0) {
      hashvet_match match = {};
      match.struct_size = sizeof match;
      Ok(hashvet_verdict_match(verdicts, 0, HASHVET_MATCHES, 0, &match,
                               error_.place()));
      answer.variant = match.variant;
      answer.distance = match.distance;
    }
    hashvet_verdicts_free(verdicts);
    hashvet_picture_free(picture);
    return answer;
  }
  std::vector<uint32_t> Kinds(const hashvet_match_options* options = nullptr) {
    std::vector<uint32_t> kinds(32);
    size_t count = 0;
    Ok(hashvet_matcher_kinds(matcher_, options, kinds.data(), kinds.size(),
                             &count, error_.place()));
    kinds.resize(count);
    return kinds;
  }
  static ListPolicy PhashPolicy() {
    ListPolicy policy = PolicyNamed("known");
    SetKindPolicy({.kind = kPhash, .max_distance = 8}, policy);
    return policy;
  }

  const ScratchFolder folder_;
  std::mt19937_64 random_{5};
  std::string jpeg_;
  std::string path_;
  hashvet_matcher* matcher_ = nullptr;
  Error error_;
};

TEST_F(CKindsTest, ADigestOnTheListMatchesWithoutBeingAskedFor) {
  for (const HashKind kind :
       {HashKind::kMd5, HashKind::kSha1, HashKind::kSha256}) {
    List("digest.hvs", {DigestEntry(kind)});
    EXPECT_EQ(Match(HashFile()).outcome, uint32_t{HASHVET_MATCH});
    hashvet_hash_options trusted = HASHVET_HASH_OPTIONS_INIT;
    trusted.in_process = 1;
    EXPECT_EQ(Match(HashFile(&trusted)).outcome, uint32_t{HASHVET_MATCH});
    hashvet_picture* picture = nullptr;
    Ok(hashvet_hash_bytes(jpeg_.data(), jpeg_.size(), nullptr, &picture,
                          error_.place()));
    EXPECT_EQ(Match(picture).outcome, uint32_t{HASHVET_MATCH});
    // A program that was compiled before there was a choice.
    hashvet_hash_options older = HASHVET_HASH_OPTIONS_INIT;
    older.struct_size = offsetof(hashvet_hash_options, kinds);
    EXPECT_EQ(Match(HashFile(&older)).outcome, uint32_t{HASHVET_MATCH});
  }
  List("digest.hvs", {{RandomValue(HashKind::kMd5, random_), "other", "", {}}});
  EXPECT_EQ(Match(HashFile()).outcome, uint32_t{HASHVET_NO_MATCH});
}

TEST_F(CKindsTest, AKindThatWasNotHashedIsToldAndNeverNoMatch) {
  List("md5.hvs", {DigestEntry(HashKind::kMd5)});
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  const uint32_t pdq[] = {HASHVET_KIND_PDQ};
  options.kinds = pdq;
  for (const size_t count : {0, 1}) {
    options.kind_count = count;
    const Answer answer = Match(HashFile(&options));
    EXPECT_EQ(answer.outcome, uint32_t{HASHVET_LIST_UNAVAILABLE});
    EXPECT_THAT(answer.message,
                HasSubstr("was not hashed under md5, which list known has"));
  }
  const uint32_t others[] = {HASHVET_KIND_SHA256, HASHVET_KIND_PDQ,
                             HASHVET_KIND_MD5, HASHVET_KIND_MD5};
  options.kinds = others;
  options.kind_count = 4;
  EXPECT_EQ(Match(HashFile(&options)).outcome, uint32_t{HASHVET_MATCH});

  const Picture scene = MakeScene(3, 120, 90);
  const PictureView view = scene.view();
  hashvet_picture* picture = nullptr;
  Ok(hashvet_hash_pixels(view.row(0), view.width(), view.height(),
                         view.stride_bytes(), HASHVET_PIXELS_RGB8, nullptr,
                         &picture, error_.place()));
  const Answer pixels = Match(picture);
  EXPECT_EQ(pixels.outcome, uint32_t{HASHVET_LIST_UNAVAILABLE});
  EXPECT_THAT(pixels.message,
              AllOf(HasSubstr("was not hashed under md5, which list known has"),
                    HasSubstr("pixels have no digest")));
}

TEST_F(CKindsTest, AMatcherSaysWhatPicturesAreHashedUnder) {
  List("far.hvs", {});
  EXPECT_THAT(Kinds(), IsEmpty());
  ListEntry look = {RandomValue(kPhash, random_), "look", "", {}};
  hashvet_picture* picture = nullptr;
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  options.kinds = &kPhashNumber;
  options.kind_count = 1;
  picture = HashFile(&options);
  std::array<uint8_t, 8> phash = {};
  Ok(hashvet_picture_hash(picture, kPhashNumber, 3, phash.data(), 8,
                          error_.place()));
  hashvet_picture_free(picture);
  look.value = *HashValue::FromBytes(kPhash, phash);
  List("look.hvs", {look, DigestEntry(HashKind::kSha1)}, PhashPolicy());
  const std::vector<uint32_t> kinds = Kinds();
  EXPECT_THAT(kinds, ElementsAre(kPhashNumber, HASHVET_KIND_SHA1));
  hashvet_match_options match = HASHVET_MATCH_OPTIONS_INIT;
  match.use_max_distance = 1;
  match.max_distance = 31;
  EXPECT_THAT(Kinds(&match), ElementsAre(HASHVET_KIND_SHA1));

  // By its look alone; and not without.
  folder_.Write("a.jpg", jpeg_ + "more");
  options.kinds = kinds.data();
  options.kind_count = kinds.size();
  EXPECT_EQ(Match(HashFile(&options)).outcome, uint32_t{HASHVET_MATCH});
  const Answer digests = Match(HashFile());
  EXPECT_EQ(digests.outcome, uint32_t{HASHVET_LIST_UNAVAILABLE});
  EXPECT_THAT(digests.message, HasSubstr("under phash64-imagehash"));

  size_t count = 9;
  uint32_t one = 0;
  Fails(
      hashvet_matcher_kinds(matcher_, nullptr, &one, 1, &count, error_.place()),
      HASHVET_INVALID_ARGUMENT, "kinds: got room for 1, want 2");
  EXPECT_EQ(count, 2u);
  Fails(hashvet_matcher_kinds(matcher_, nullptr, nullptr, 3, &count,
                              error_.place()),
        HASHVET_INVALID_ARGUMENT, "kinds: got NULL");
  Fails(hashvet_matcher_kinds(matcher_, nullptr, &one, 1, nullptr,
                              error_.place()),
        HASHVET_INVALID_ARGUMENT, "count: got NULL");
  Fails(
      hashvet_matcher_kinds(nullptr, nullptr, &one, 1, &count, error_.place()),
      HASHVET_INVALID_ARGUMENT, "matcher: got NULL");
}

TEST_F(CKindsTest, PixelsHaveEveryKindButDigests) {
  // Half of it is transparent: it looks another over black.
  std::vector<uint8_t> rgba;
  const Picture scene = MakeScene(3, 128, 96);
  const PictureView view = scene.view();
  for (uint32_t y = 0; y < view.height(); ++y) {
    for (uint32_t x = 0; x < view.width(); ++x) {
      const uint8_t* pixel = view.row(y) + 3 * x;
      rgba.insert(rgba.end(), pixel, pixel + 3);
      rgba.push_back((x / 16 + y / 16) % 2 == 0 ? 255 : 0);
    }
  }
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  options.kinds = &kPhashNumber;
  options.kind_count = 1;
  const auto hash = [&](int shade) {
    std::vector<uint8_t> pixels = rgba;
    for (size_t i = 0; shade >= 0 && i < pixels.size(); i += 4) {
      if (pixels[i + 3] != 0) continue;
      std::fill_n(pixels.begin() + static_cast<ptrdiff_t>(i), 3,
                  static_cast<uint8_t>(shade));
      pixels[i + 3] = 255;
    }
    hashvet_picture* picture = nullptr;
    Ok(hashvet_hash_pixels(pixels.data(), 128, 96, 512, HASHVET_PIXELS_RGBA8,
                           &options, &picture, error_.place()));
    return picture;
  };
  for (const int shade : {255, 0}) {
    hashvet_picture* const flat = hash(shade);
    std::array<uint8_t, 8> bytes = {};
    Ok(hashvet_picture_hash(flat, kPhashNumber, 0, bytes.data(), 8,
                            error_.place()));
    hashvet_picture_free(flat);
    List("look.hvs", {{*HashValue::FromBytes(kPhash, bytes), "look", "", {}}},
         PhashPolicy());
    const Answer answer = Match(hash(-1));
    EXPECT_EQ(answer.outcome, uint32_t{HASHVET_MATCH}) << shade;
    EXPECT_EQ(answer.distance, 0u);
  }
}

TEST_F(CKindsTest, BarsAreTrimmedUnlessThatIsLeftOff) {
  // 160 x 120 pixels in a BMP's rows of 480 bytes; and the same between black
  // bars of 30 rows.
  const std::string inner = MakeBmp(4, 160, 120);
  const std::string bar(30 * 480, '\0');
  const std::string boxed =
      MakeBmp(4, 160, 180).substr(0, 54) + bar + inner.substr(54) + bar;
  path_ = folder_.Write("inner.bmp", inner);
  hashvet_picture* picture = HashFile();
  std::array<uint8_t, 32> pdq = {};
  Ok(hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 0, pdq.data(), 32,
                          error_.place()));
  hashvet_picture_free(picture);
  List("inner.hvs",
       {{*HashValue::FromBytes(HashKind::kPdq, pdq), "inner", "", {}}});

  path_ = folder_.Write("boxed.bmp", boxed);
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  for (const uint32_t in_process : {0, 1}) {
    options.in_process = in_process;
    options.no_trim = 0;
    const Answer trimmed = Match(HashFile(&options));
    EXPECT_EQ(trimmed.outcome, uint32_t{HASHVET_MATCH});
    EXPECT_EQ(trimmed.variant, "trimmed");
    EXPECT_EQ(trimmed.distance, 0u);
    options.no_trim = 1;
    EXPECT_EQ(Match(HashFile(&options)).outcome, uint32_t{HASHVET_NO_MATCH});
  }

  // Pixels, too: the rows of a BMP stand on their head and are blue first.
  const auto pixels = [&] {
    Ok(hashvet_hash_pixels(boxed.data() + 54, 160, 180, 480,
                           HASHVET_PIXELS_BGR8, &options, &picture,
                           error_.place()));
    return picture;
  };
  EXPECT_EQ(Match(pixels()).outcome, uint32_t{HASHVET_NO_MATCH});
  options.no_trim = 0;
  const Answer trimmed = Match(pixels());
  EXPECT_EQ(trimmed.outcome, uint32_t{HASHVET_MATCH});
  EXPECT_EQ(trimmed.variant, "trimmed");
}

TEST_F(CKindsTest, HashesOfEveryKindAreRead) {
  hashvet_picture* picture = HashFile();
  std::array<uint8_t, 16> md5 = {};
  const auto read = [&](uint32_t kind, uint32_t orientation, size_t size) {
    return hashvet_picture_hash(picture, kind, orientation, md5.data(), size,
                                error_.place());
  };
  Ok(read(HASHVET_KIND_MD5, 0, 16));
  EXPECT_EQ(*HashValue::FromBytes(HashKind::kMd5, md5),
            DigestEntry(HashKind::kMd5).value);
  Fails(read(HASHVET_KIND_MD5, 1, 16), HASHVET_INVALID_ARGUMENT,
        "orientation: got 1, want 0 of md5");
  Fails(read(kPhashNumber, 0, 8), HASHVET_FAILED_PRECONDITION,
        "no phash64-imagehash hash: it was not hashed under that kind");
  hashvet_picture_free(picture);

  // Bytes that are no picture have a digest, and are found by it.
  jpeg_ = "no picture";
  folder_.Write("a.jpg", jpeg_);
  picture = HashFile();
  Ok(read(HASHVET_KIND_MD5, 0, 16));
  EXPECT_EQ(*HashValue::FromBytes(HashKind::kMd5, md5),
            DigestEntry(HashKind::kMd5).value);
  List("digest.hvs", {DigestEntry(HashKind::kMd5)});
  EXPECT_EQ(Match(picture).outcome, uint32_t{HASHVET_MATCH});
}

TEST_F(CKindsTest, MistakesWithKindsAndDistancesAreRefused) {
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  hashvet_picture* picture = nullptr;
  const auto hash = [&](const uint32_t* kinds, size_t count) {
    options.kinds = kinds;
    options.kind_count = count;
    return hashvet_hash_file(path_.c_str(), &options, &picture, error_.place());
  };
  Fails(hash(nullptr, 1), HASHVET_INVALID_ARGUMENT, "kinds: got NULL");
  const uint32_t none = 999;
  Fails(hash(&none, 1), HASHVET_INVALID_ARGUMENT, "999");
  const uint32_t photodna = HASHVET_KIND_PHOTODNA;
  Fails(hash(&photodna, 1), HASHVET_INVALID_ARGUMENT,
        "kinds: got photodna, which this build does not hash pictures under");
  EXPECT_EQ(picture, nullptr);

  List("far.hvs", {});
  hashvet_match_options match = HASHVET_MATCH_OPTIONS_INIT;
  match.use_max_distance = 1;
  match.max_distance = 129;
  hashvet_verdicts* verdicts = nullptr;
  const std::vector<uint8_t> value(32);
  const auto ask = [&](uint32_t kind) {
    const size_t size = hashvet_kind_size(kind);
    return hashvet_match_values(matcher_, kind, value.data(), size, 1, &match,
                                &verdicts, error_.place());
  };
  const std::string refusal =
      "max_distance: got 129, want 0 .. 128 for pdq, half of its bits";
  Fails(ask(HASHVET_KIND_PDQ), HASHVET_INVALID_ARGUMENT, refusal);
  Fails(hashvet_match_pictures(matcher_, &picture, 0, &match, &verdicts,
                               error_.place()),
        HASHVET_INVALID_ARGUMENT, refusal);
  Fails(ask(kPhashNumber), HASHVET_INVALID_ARGUMENT, "want 0 .. 32");
  Ok(ask(HASHVET_KIND_MD5));  // digests have no distance
  hashvet_verdicts_free(verdicts);
  match.max_distance = 128;
  Ok(ask(HASHVET_KIND_PDQ));
  hashvet_verdicts_free(verdicts);
}

}  // namespace
}  // namespace hashvet::testing
