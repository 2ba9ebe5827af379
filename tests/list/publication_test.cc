// Reading a published directory, and each attack on it by its name.

#include "hashvet/list/publication.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "hashvet/list/refusal.h"
#include "tests/list/publish_support.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using testing::AlwaysPasses;
using ::testing::HasSubstr;
using testing::ScratchFolder;
using testing::SomeEncryptionKey;
using testing::SomeSigningKey;
using testing::StatusIs;

class PublicationTest : public testing::PublishTest {
 protected:
  PublicationTest() {
    signed_.signing_key = &key_;
    trusting_.trust.keys = {key_.public_key()};
    trusting_.trust.state_path = folder_.Path("state");
  }

  // Both ways of reading must agree on what is refused before any file.
  void ExpectRefused(const PublishedOptions& options, Refusal refusal,
                     const std::string& told) const {
    const auto opened = OpenPublished(lists_, options);
    EXPECT_EQ(RefusalOf(opened.status()), refusal) << opened.status();
    EXPECT_THAT(std::string(opened.status().message()),
                AllOf(HasSubstr(absl::StrCat(
                          "refused (", std::string(NameOf(refusal)), ")")),
                      HasSubstr(told), HasSubstr(lists_)));
    const auto read = ReadManifest(lists_, options.trust);
    if (!read.ok()) {
      EXPECT_EQ(RefusalOf(read.status()), refusal);
    }
  }

  const SigningKey key_ = SomeSigningKey(1);
  PublishOptions signed_;
  PublishedOptions trusting_;
};

TEST_F(PublicationTest, TrustedListsOpen) {
  const Manifest manifest = MustPublish(MakeBase(1), signed_);
  trusting_.trust.publication = "known";
  ASSERT_OK_AND_ASSIGN(const Published published,
                       OpenPublished(lists_, trusting_));
  EXPECT_EQ(published.manifest, manifest);
  EXPECT_EQ(published.base->version(), manifest.current.base.snapshot);
  EXPECT_EQ(published.overlay, nullptr);
  EXPECT_TRUE(published.memory_locked);
  ASSERT_OK_AND_ASSIGN(const Manifest read,
                       ReadManifest(lists_, trusting_.trust));
  EXPECT_EQ(read, manifest);
}

TEST_F(PublicationTest, UnsignedIsRefused) {
  MustPublish(MakeBase(1));
  ExpectRefused(trusting_, Refusal::kUnsigned, "without a signature");
  EXPECT_OK(OpenPublished(lists_));
}

TEST_F(PublicationTest, AnAttackersOwnSignatureIsRefused) {
  MustPublish(MakeBase(1), signed_);
  Manifest manifest = *ReadManifest(lists_);
  ++manifest.version;
  const SigningKey attacker = SomeSigningKey(66);
  PlantManifest(manifest, &attacker);
  ExpectRefused(trusting_, Refusal::kWrongKey, "none of the 1 trusted keys");
}

TEST_F(PublicationTest, ASignedManifestThatWasChangedIsRefused) {
  MustPublish(MakeBase(1), signed_);
  std::string text = ScratchFolder::Read(ManifestPath());
  text.replace(text.find("\"version\":1"), 11, "\"version\":9");
  Plant("manifest", text);
  ExpectRefused(trusting_, Refusal::kWrongKey, "does not hold");
}

TEST_F(PublicationTest, AnotherListsManifestIsRefused) {
  MustPublish(MakeBase(1), signed_);
  trusting_.trust.publication = "ncmec/industry";
  ExpectRefused(trusting_, Refusal::kWrongList,
                "got publication known, want ncmec/industry");
}

TEST_F(PublicationTest, AnOlderManifestIsRefused) {
  MustPublish(MakeBase(1), signed_);
  const std::string old = ScratchFolder::Read(ManifestPath());
  MustPublish(MakeBase(2), signed_);
  ASSERT_OK(OpenPublished(lists_, trusting_));
  Plant("manifest", old);
  ExpectRefused(trusting_, Refusal::kRollback,
                "got version 1, this host has seen 2");
  // What was never seen here cannot be missed here.
  trusting_.trust.state_path = folder_.Path("another state");
  EXPECT_OK(OpenPublished(lists_, trusting_));
}

TEST_F(PublicationTest, TheOperatorsRollbackIsNone) {
  MustPublish(MakeBase(1), signed_);
  MustPublish(MakeBase(2), signed_);
  ASSERT_OK(OpenPublished(lists_, trusting_));
  ASSERT_OK(Rollback(lists_, std::nullopt, signed_, &AlwaysPasses));
  ASSERT_OK_AND_ASSIGN(const Published published,
                       OpenPublished(lists_, trusting_));
  EXPECT_EQ(published.manifest.version, 3u);
  EXPECT_EQ(published.manifest.current.version, 1u);
}

TEST_F(PublicationTest, AnExpiredManifestIsRefused) {
  signed_.now_s = 1'000'000;
  signed_.expires_after_s = 3'600;
  MustPublish(MakeBase(1), signed_);
  trusting_.trust.now_s = 1'003'599;
  EXPECT_OK(OpenPublished(lists_, trusting_));
  trusting_.trust.now_s = 1'003'600;
  const std::string when = "expired at 1970-01-12T14:46:40+00:00";
  ExpectRefused(trusting_, Refusal::kFreeze, when);
  // Word for word the same later: it is told once.
  trusting_.trust.now_s.reset();
  ExpectRefused(trusting_, Refusal::kFreeze, when);
}

TEST_F(PublicationTest, TheSameVersionWithAnotherContentIsRefused) {
  MustPublish(MakeBase(1), signed_);
  ASSERT_OK(OpenPublished(lists_, trusting_));
  // Published apart, from the same beginnings.
  for (const std::string& path :
       {ManifestPath(), PathOf(ReadManifest(lists_)->current.base)}) {
    ASSERT_EQ(::unlink(path.c_str()), 0);
  }
  MustPublish(MakeBase(2), signed_);
  ExpectRefused(trusting_, Refusal::kMixAndMatch,
                "version 1 with another content");
}

TEST_F(PublicationTest, FilesThatWereNotPublishedTogetherAreRefused) {
  const Manifest one = MustPublish(MakeBase(1), signed_);
  const Manifest two = MustPublish(MakeBase(2), signed_);
  const std::string content = ScratchFolder::Read(PathOf(one.current.base));
  Plant(two.current.base.file, content);
  ExpectRefused(trusting_, Refusal::kMixAndMatch,
                "not the content that the manifest names");
  Plant(two.current.base.file, content.substr(0, content.size() - 64));
  ExpectRefused(trusting_, Refusal::kMixAndMatch, "bytes, the manifest says");
}

TEST_F(PublicationTest, TheRightFileUnderTheWrongSnapshotsNameIsRefused) {
  Manifest manifest = MustPublish(MakeBase(1));
  manifest.current.base.snapshot = "0000000000000000";
  PlantManifest(manifest);
  ExpectRefused({}, Refusal::kMixAndMatch, "another snapshot");
}

TEST_F(PublicationTest, AnOverlayOfAnotherBaseIsRefused) {
  const std::string base = MakeBase(1);
  MustPublish(base);
  ASSERT_OK(PublishOverlay(lists_, MakeOverlay(base, 10), {}, &AlwaysPasses));
  const StoredFile overlay = *ReadManifest(lists_)->current.overlay;
  Manifest manifest = MustPublish(MakeBase(2));
  manifest.current.overlay = overlay;
  PlantManifest(manifest);
  ExpectRefused({}, Refusal::kMixAndMatch, "overlay of another base");
  // Each in the other's place.
  manifest.current.overlay = manifest.current.base;
  PlantManifest(manifest);
  ExpectRefused({}, Refusal::kMixAndMatch, "a base where an overlay should");
  manifest.current.base = overlay;
  manifest.current.overlay.reset();
  PlantManifest(manifest);
  ExpectRefused({}, Refusal::kMixAndMatch, "an overlay where a base should");
}

TEST_F(PublicationTest, EndlessDataIsRefusedBeforeItIsRead) {
  const Manifest manifest = MustPublish(MakeBase(1), signed_);
  const std::string path = PathOf(manifest.current.base);
  ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 40), 0);  // holes: no disk
  ExpectRefused(trusting_, Refusal::kEndlessData, "got 1099511627776 bytes");

  // A manifest that announces as much, rightly.
  Manifest announced = manifest;
  announced.current.base.size_bytes = uint64_t{1} << 40;
  PlantManifest(announced, &key_);
  ExpectRefused(trusting_, Refusal::kEndlessData, "the limit is 68719476736");

  Plant("manifest", std::string(size_t{1} << 20, ' ') + "\n");
  ExpectRefused(trusting_, Refusal::kEndlessData, "manifest over 65536 bytes");
}

TEST_F(PublicationTest, AnotherSealIsRefused) {
  const EncryptionKey key = SomeEncryptionKey('k');
  const EncryptionKey other = SomeEncryptionKey('x');
  signed_.encryption_key = &key;
  MustPublish(MakeBase(1), signed_);
  trusting_.encryption_key = &other;
  ExpectRefused(trusting_, Refusal::kWrongKey, "sealed under key");
}

TEST_F(PublicationTest, ATrustedStateThatOthersCouldWriteIsNotTrusted) {
  MustPublish(MakeBase(1), signed_);
  ASSERT_OK(OpenPublished(lists_, trusting_));
  struct stat info;
  const std::string& path = trusting_.trust.state_path;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(path.c_str(), 0660), 0);
  EXPECT_THAT(OpenPublished(lists_, trusting_),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr(path)));
  folder_.Write("state", "{\"format\":1,\"se");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_THAT(OpenPublished(lists_, trusting_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("trusted state"), HasSubstr(path))));
}

TEST_F(PublicationTest, ATrustedStateThatOthersCouldRemoveIsNotTrusted) {
  MustPublish(MakeBase(1), signed_);
  const std::string directory = folder_.Path("wide");
  ASSERT_EQ(::mkdir(directory.c_str(), 0700), 0);
  trusting_.trust.state_path = directory + "/state";
  ASSERT_OK(OpenPublished(lists_, trusting_));
  for (const mode_t mode : {0720, 0702, 01777}) {
    ASSERT_EQ(::chmod(directory.c_str(), mode), 0);
    EXPECT_THAT(
        OpenPublished(lists_, trusting_),
        StatusIs(absl::StatusCode::kPermissionDenied,
                 HasSubstr("want one that only this user may write: ")));
  }
  ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
  EXPECT_OK(OpenPublished(lists_, trusting_));
}

TEST_F(PublicationTest, ASymbolicLinkIsNotFollowedHoweverItIsSpelled) {
  MustPublish(MakeBase(1), signed_);
  const std::string link = folder_.Path("link");
  ASSERT_EQ(::symlink(lists_.c_str(), link.c_str()), 0);
  for (const std::string end : {"", "/", "//"}) {
    EXPECT_THAT(OpenPublished(link + end, trusting_),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         HasSubstr("got a symbolic link")));
    EXPECT_OK(OpenPublished(lists_ + end, trusting_));
  }
}

TEST_F(PublicationTest, StatesOfSeveralPublicationsLieInOneFile) {
  MustPublish(MakeBase(1), signed_);
  MustPublish(MakeBase(2), signed_);
  ASSERT_OK(OpenPublished(lists_, trusting_));
  const std::string other = folder_.Path("other");
  ASSERT_EQ(::mkdir(other.c_str(), 0700), 0);
  signed_.publication = "another";
  ASSERT_OK(Publish(other, MakeBase(3), signed_, &AlwaysPasses));
  ASSERT_OK(OpenPublished(other, trusting_));
  Manifest manifest = *ReadManifest(lists_);
  manifest.version = manifest.current.version = 1;
  manifest.kept.clear();
  PlantManifest(manifest, &key_);
  ExpectRefused(trusting_, Refusal::kRollback, "this host has seen 2");
}

TEST_F(PublicationTest, MissingPartsAreTold) {
  EXPECT_THAT(OpenPublished(folder_.Path("none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  EXPECT_THAT(OpenPublished(lists_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("manifest")));
  const Manifest manifest = MustPublish(MakeBase(1));
  const std::string path = PathOf(manifest.current.base);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  EXPECT_THAT(OpenPublished(lists_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(path)));
}

TEST_F(PublicationTest, WiderModesAndOtherKindsOfFilesAreRefused) {
  const Manifest manifest = MustPublish(MakeBase(1));
  const std::string file = PathOf(manifest.current.base);
  const auto denied = [](const std::string& told) {
    return StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr(told));
  };
  for (const std::string& path : {ManifestPath(), file}) {
    for (const mode_t mode : {0604, 0644, 0660, 0700}) {
      ASSERT_EQ(::chmod(path.c_str(), mode), 0);
      EXPECT_THAT(OpenPublished(lists_), denied("want 0600"));
    }
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    const std::string aside = folder_.Path("aside");
    ASSERT_EQ(::rename(path.c_str(), aside.c_str()), 0);
    ASSERT_EQ(::symlink(aside.c_str(), path.c_str()), 0);
    EXPECT_THAT(OpenPublished(lists_), denied("symbolic link"));
    ASSERT_EQ(::unlink(path.c_str()), 0);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_THAT(OpenPublished(lists_),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("regular file")));
    ASSERT_EQ(::rename(aside.c_str(), path.c_str()), 0);
    if (::geteuid() == 0) {
      ASSERT_EQ(::chown(path.c_str(), 65534, 0), 0);
      EXPECT_THAT(OpenPublished(lists_), denied("owned by user 65534"));
      ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
    }
    EXPECT_OK(OpenPublished(lists_));
  }
  for (const mode_t mode : {0755, 0711, 0770}) {
    ASSERT_EQ(::chmod(lists_.c_str(), mode), 0);
    EXPECT_THAT(OpenPublished(lists_), denied("directory: mode"));
  }
}

// Another user, in the group or not, reads what root published.
TEST_F(PublicationTest, AServiceInTheGroupReadsAndOthersDoNot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become others";
  constexpr gid_t kGroup = 54321;
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chown(lists_.c_str(), 0, kGroup), 0);
  ASSERT_EQ(::chmod(lists_.c_str(), 0750), 0);
  PublishOptions options;
  options.group_id = kGroup;
  MustPublish(MakeBase(1), options);
  const auto opens_as = [&](gid_t group) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(group) != 0 || ::setuid(65534) != 0) ::_exit(2);
      ::_exit(OpenPublished(lists_).ok() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(opens_as(kGroup), 0);
  EXPECT_EQ(opens_as(65534), 1);
}

TEST_F(PublicationTest, AWholeVerificationIsRememberedForThisVeryFile) {
  const Manifest manifest = MustPublish(MakeBase(1));
  ::usleep(30'000);  // files that have just changed are not remembered
  const auto verified_now = [&](const PublishedOptions& options = {}) {
    const auto published = OpenPublished(lists_, options);
    EXPECT_OK(published);
    return published.ok() && published->verified_now;
  };
  EXPECT_TRUE(verified_now());
  EXPECT_FALSE(verified_now());
  PublishedOptions always;
  always.verify_always = true;
  EXPECT_TRUE(verified_now(always));
  // Elsewhere nothing is known of it.
  PublishedOptions elsewhere;
  elsewhere.verified_path = folder_.Path("elsewhere");
  EXPECT_TRUE(verified_now(elsewhere));
  EXPECT_FALSE(verified_now(elsewhere));

  // The same bytes in another file are another file.
  const std::string path = PathOf(manifest.current.base);
  const std::string bytes = ScratchFolder::Read(path);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  Plant(manifest.current.base.file, bytes);
  ::usleep(30'000);
  EXPECT_TRUE(verified_now());
  EXPECT_FALSE(verified_now());
  // And damage in place is found, since the times tell.
  std::string damaged = bytes;
  damaged[damaged.size() - 20] ^= 1;
  Plant(manifest.current.base.file, damaged);
  EXPECT_THAT(OpenPublished(lists_),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path)));
}

TEST_F(PublicationTest, SealedFilesAreRememberedToo) {
  const EncryptionKey key = SomeEncryptionKey('k');
  PublishOptions sealing;
  sealing.encryption_key = &key;
  MustPublish(MakeBase(1), sealing);
  ::usleep(30'000);
  PublishedOptions options;
  options.encryption_key = &key;
  const std::unique_ptr<Executor> pool = MakeThreadPool(2);
  options.executor = pool.get();
  EXPECT_TRUE(OpenPublished(lists_, options)->verified_now);
  EXPECT_FALSE(OpenPublished(lists_, options)->verified_now);
}

// A publisher that keeps nothing moves on between a reader's look at the
// manifest and at the files.
TEST_F(PublicationTest, AManifestThatIsReplacedMeanwhileIsFollowed) {
  MustPublish(MakeBase(1));
  MustPublish(MakeBase(2), {.keep_last = 0});
  const pid_t publisher = ::fork();
  if (publisher == 0) {
    for (int i = 0; i < 150; ++i) {
      absl::Status done =
          Publish(lists_,
                  folder_.Path(absl::StrCat("base-", 1 + i % 2, ".hvs")),
                  {.keep_last = 0}, &AlwaysPasses)
              .status();
      if (done.ok()) done = CollectGarbage(lists_).status();
      if (!done.ok()) {
        std::cerr << "publishing " << i << ": " << done << std::endl;
        ::_exit(1);
      }
    }
    ::_exit(0);
  }
  int opened = 0;
  int status = 0;
  while (::waitpid(publisher, &status, WNOHANG) == 0) {
    const auto published = OpenPublished(lists_);
    EXPECT_OK(published);
    ++opened;
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GT(opened, 20);
}

}  // namespace
}  // namespace hashvet
