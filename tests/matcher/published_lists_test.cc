// A matcher that follows published directories through their manifests.

#include <sys/stat.h>

#include <chrono>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/list/publisher.h"
#include "hashvet/list/refusal.h"
#include "hashvet/matcher/list_source.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::WriteSnapshot;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

class PublishedListsTest : public ::testing::Test {
 protected:
  PublishedListsTest() : lists_(folder_.Path("lists")) {
    EXPECT_EQ(::mkdir(lists_.c_str(), 0700), 0);
  }

  static absl::Status Passes(const SnapshotReader&, const SnapshotReader*) {
    return absl::OkStatus();
  }
  // A base with this value goes live.
  std::string PublishBase(const Hash256& hash, PublishOptions options = {}) {
    const std::string path = folder_.Path("base.hvs");
    EXPECT_OK(WriteSnapshot(
        path, testing::Policy("a", 31, 50),
        {PdqEntry(hash, "e"), PdqEntry(RandomHash(random_), "other")}));
    EXPECT_OK(Publish(lists_, path, options, &Passes));
    return path;
  }
  // What changed since the base that is published.
  void PublishChange(const std::string& base_path, const Hash256& added,
                     const std::string& removed) {
    const std::string path = folder_.Path("overlay.hvs");
    auto base = SnapshotReader::Open(base_path, {.hash = true});
    ASSERT_OK(base);
    auto writer = SnapshotWriter::CreateOverlay(*base);
    ASSERT_OK(writer);
    ASSERT_OK(writer->Add(PdqEntry(added, "new")));
    ASSERT_OK(writer->Remove(0, removed));
    ASSERT_OK(writer->Write(path));
    ASSERT_OK(PublishOverlay(lists_, path, {}, &Passes));
  }
  absl::StatusOr<Matcher> Follow(PublishedOptions published = {}) {
    return Matcher::Follow(MakeListSource(
        {.directories = {lists_}, .published = std::move(published)}));
  }
  static Outcome Ask(const Matcher& matcher, const Hash256& hash) {
    return matcher.MatchValue(HashValue::Pdq(hash)).outcome;
  }

  ScratchFolder folder_;
  std::mt19937_64 random_{18};
  const std::string lists_;
  const Hash256 x_ = RandomHash(random_);
  const Hash256 y_ = RandomHash(random_);
};

TEST_F(PublishedListsTest, BasesOverlaysAndRollbacksGoLive) {
  const std::string base = PublishBase(x_);
  auto matcher = Follow();
  ASSERT_OK(matcher);
  EXPECT_EQ(Ask(*matcher, x_), Outcome::kMatch);
  EXPECT_EQ(Ask(*matcher, y_), Outcome::kNoMatch);

  PublishChange(base, y_, "e");
  EXPECT_OK(matcher->Reload());
  EXPECT_EQ(Ask(*matcher, x_), Outcome::kNoMatch);
  EXPECT_EQ(Ask(*matcher, y_), Outcome::kMatch);
  EXPECT_THAT(matcher->status().version, HasSubstr("."));

  ASSERT_OK(Rollback(lists_, std::nullopt, {}, &Passes));
  EXPECT_OK(matcher->Reload());
  EXPECT_EQ(Ask(*matcher, x_), Outcome::kMatch);
  EXPECT_EQ(Ask(*matcher, y_), Outcome::kNoMatch);
  EXPECT_EQ(matcher->status().generation, 3u);
}

TEST_F(PublishedListsTest, AChangeIsServedWithinASecond) {
  const std::string base = PublishBase(x_);
  auto matcher = Follow();
  ASSERT_OK(matcher);
  ASSERT_OK(matcher->Watch());
  PublishChange(base, y_, "e");
  const auto end = std::chrono::steady_clock::now() + milliseconds(1'000);
  while (Ask(*matcher, y_) != Outcome::kMatch) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(Ask(*matcher, x_), Outcome::kNoMatch);
}

TEST_F(PublishedListsTest, ADirectoryWithoutAManifestSaysHowToPublish) {
  EXPECT_THAT(Follow(), StatusIs(absl::StatusCode::kNotFound,
                                 HasSubstr("hashvet snapshot publish")));
  PublishBase(x_);
  auto matcher = Follow();
  ASSERT_OK(matcher);
  // Gone for a while: the old serves, and the new is taken when it comes.
  ASSERT_EQ(::rename(lists_.c_str(), folder_.Path("away").c_str()), 0);
  EXPECT_EQ(matcher->Reload().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Ask(*matcher, x_), Outcome::kMatch);
  ASSERT_EQ(::rename(folder_.Path("away").c_str(), lists_.c_str()), 0);
  EXPECT_OK(matcher->Reload());
}

TEST_F(PublishedListsTest, AFileThatComesLaterThanItsManifestIsTakenThen) {
  PublishBase(x_);
  auto matcher = Follow();
  ASSERT_OK(matcher);
  PublishBase(y_);
  // As a mirror that copies the manifest first, and then the file bit by bit.
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(lists_));
  const std::string path = lists_ + "/" + manifest.current.base.file;
  const std::string content = ScratchFolder::Read(path);
  const auto put = [&](std::string_view part) {
    folder_.Write("lists/" + manifest.current.base.file, part);
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  };
  put(content.substr(0, 1'000));
  EXPECT_EQ(RefusalOf(matcher->Reload()), Refusal::kMixAndMatch);
  std::string damaged = content;
  damaged[damaged.size() / 2] ^= 1;
  put(damaged);
  EXPECT_FALSE(matcher->Reload().ok());
  EXPECT_EQ(Ask(*matcher, x_), Outcome::kMatch);
  put(content);
  EXPECT_OK(matcher->Reload());
  EXPECT_EQ(Ask(*matcher, y_), Outcome::kMatch);
  // Touched, it is not opened again.
  const uint64_t generation = matcher->status().generation;
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  EXPECT_OK(matcher->Reload());
  EXPECT_EQ(matcher->status().generation, generation);
}

TEST_F(PublishedListsTest, AListThatDoesNotSayIsAsOldAsItsPublication) {
  PublishBase(x_, {.now_s = 1'000'000});
  auto matcher = Follow();
  ASSERT_OK(matcher);
  EXPECT_EQ(matcher->status().lists[0].policy.current_at, 1'000'000u);
}

TEST_F(PublishedListsTest, AManifestThatMustNotBeTrustedIsRefusedByName) {
  PublishBase(x_);
  auto matcher = Follow();
  ASSERT_OK(matcher);
  // Older than what is served: a copy of the whole directory is put back.
  PublishedOptions remembering;
  remembering.trust.state_path = folder_.Path("trusted");
  auto careful = Follow(remembering);
  ASSERT_OK(careful);
  const std::string old = ScratchFolder::Read(lists_ + "/manifest");
  PublishBase(y_);
  ASSERT_OK(careful->Reload());
  ASSERT_EQ(
      ::rename(folder_.Write("m", old).c_str(), (lists_ + "/manifest").c_str()),
      0);
  ASSERT_EQ(::chmod((lists_ + "/manifest").c_str(), 0600), 0);
  const absl::Status refused = careful->Reload();
  EXPECT_EQ(RefusalOf(refused), Refusal::kRollback) << refused;
  EXPECT_EQ(Ask(*careful, y_), Outcome::kMatch);
  EXPECT_EQ(RefusalOf(careful->status().refusal), Refusal::kRollback);

  PublishedOptions expecting;
  expecting.trust.publication = "other";
  EXPECT_EQ(RefusalOf(Follow(expecting).status()), Refusal::kWrongList);
}

}  // namespace
}  // namespace hashvet
