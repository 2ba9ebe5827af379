#include "hashvet/list/publisher.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/refusal.h"
#include "src/base/descriptor.h"
#include "tests/list/publish_support.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using testing::AlwaysPasses;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ScratchFolder;
using testing::SomeEncryptionKey;
using testing::SomeSigningKey;
using testing::StatusIs;

class PublisherTest : public testing::PublishTest {
 protected:
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(lists_)) {
      names.push_back(entry.path().filename().string());
    }
    std::erase(names, "verified");  // made as readers see fit
    std::ranges::sort(names);
    return names;
  }
  static std::vector<uint64_t> Kept(const Manifest& manifest) {
    std::vector<uint64_t> versions;
    for (const PublishedState& state : manifest.kept) {
      versions.push_back(state.version);
    }
    return versions;
  }
  std::string Version(const std::string& path) const {
    const auto reader = SnapshotReader::Open(path);
    EXPECT_OK(reader);
    return (*reader)->version();
  }
};

TEST_F(PublisherTest, AListGoesLiveUnderTheNameOfItsContent) {
  const std::string base = MakeBase(1);
  const Manifest manifest = MustPublish(base, {.now_s = 1'000});
  EXPECT_EQ(manifest.publication, "known");
  EXPECT_EQ(manifest.version, 1u);
  EXPECT_EQ(manifest.published_at, 1'000u);
  EXPECT_EQ(manifest.expires_at, std::nullopt);
  EXPECT_EQ(manifest.current.version, 1u);
  EXPECT_THAT(manifest.kept, IsEmpty());

  const StoredFile& stored = manifest.current.base;
  const std::string content = ScratchFolder::Read(base);
  EXPECT_EQ(ScratchFolder::Read(PathOf(stored)), content);
  EXPECT_EQ(stored.size_bytes, content.size());
  EXPECT_EQ(stored.sha256, *Sha256Of(std::as_bytes(std::span(content))));
  EXPECT_EQ(stored.file, Sha256Text(stored.sha256).substr(0, 32) + ".hvs");
  EXPECT_EQ(stored.snapshot, Version(base));
  EXPECT_THAT(Names(), ElementsAre(stored.file, "lock", "manifest"));
  for (const std::string& name : Names()) {
    struct stat info;
    ASSERT_EQ(::stat((lists_ + "/" + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  ASSERT_OK_AND_ASSIGN(const Manifest read, ReadManifest(lists_));
  EXPECT_EQ(read, manifest);
}

TEST_F(PublisherTest, TheLastStatesAreKeptAndTheRestCollected) {
  const std::string first = MustPublish(MakeBase(1)).current.base.file;
  for (uint64_t seed = 2; seed <= 4; ++seed) {
    const Manifest manifest = MustPublish(MakeBase(seed), {.keep_last = 2});
    EXPECT_EQ(manifest.version, seed);
  }
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(lists_));
  EXPECT_THAT(Kept(manifest), ElementsAre(3u, 2u));
  // The one before is left to slow readers, until somebody collects.
  EXPECT_TRUE(std::filesystem::exists(lists_ + "/" + first));
  ASSERT_OK_AND_ASSIGN(const Collected collected, CollectGarbage(lists_));
  EXPECT_EQ(collected.files, 1u);
  EXPECT_EQ(collected.size_bytes, std::filesystem::file_size(MakeBase(1)));
  const std::string names = first + "\n";
  EXPECT_EQ(collected.sha256, *Sha256Of(std::as_bytes(std::span(names))));
  EXPECT_FALSE(std::filesystem::exists(lists_ + "/" + first));
  EXPECT_EQ(Names().size(), 5u);
  ASSERT_OK_AND_ASSIGN(const Collected again, CollectGarbage(lists_));
  EXPECT_EQ(again.files, 0u);
  EXPECT_OK(OpenPublished(lists_));
}

TEST_F(PublisherTest, ThePublisherAfterNextRemovesWhatIsNoLongerKept) {
  const std::string first = MustPublish(MakeBase(1)).current.base.file;
  MustPublish(MakeBase(2), {.keep_last = 0});
  EXPECT_TRUE(std::filesystem::exists(lists_ + "/" + first));
  ASSERT_OK_AND_ASSIGN(
      const PublishResult result,
      Publish(lists_, MakeBase(3), {.keep_last = 0}, &AlwaysPasses));
  EXPECT_EQ(result.collected.files, 1u);
  EXPECT_FALSE(std::filesystem::exists(lists_ + "/" + first));
}

TEST_F(PublisherTest, WhatKilledPublishersLeftGoesAndNothingElse) {
  Plant("incoming.tmp.aB3dE6", "half");
  Plant("manifest.tmp.aB3dE6", "half");
  Plant("verified.tmp.aB3dE6", "half");
  Plant("0123456789abcdef0123456789abcdef.hvs", "orphan");
  Plant("mine.hvs", "not ours");
  Plant("incoming.tmp.short", "not ours");
  Plant("notes.txt", "not ours");
  const Manifest manifest = MustPublish(MakeBase(1));
  EXPECT_THAT(Names(), ::testing::UnorderedElementsAre(
                           manifest.current.base.file, "incoming.tmp.short",
                           "lock", "manifest", "mine.hvs", "notes.txt"));
}

TEST_F(PublisherTest, CollectingWithoutAManifestRemovesNothing) {
  Plant("0123456789abcdef0123456789abcdef.hvs", "orphan");
  EXPECT_THAT(CollectGarbage(lists_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("manifest")));
  Plant("manifest", "{\"damaged\"\n");
  EXPECT_THAT(
      CollectGarbage(lists_),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("manifest")));
  EXPECT_TRUE(std::filesystem::exists(lists_ +
                                      "/0123456789abcdef0123456789abcdef.hvs"));
}

TEST_F(PublisherTest, TheSameListAgainIsANewVersionAndNoNewState) {
  const Manifest one = MustPublish(MakeBase(1));
  const Manifest two = MustPublish(MakeBase(1));
  EXPECT_EQ(two.version, 2u);
  EXPECT_THAT(two.kept, IsEmpty());
  EXPECT_EQ(two.current.base, one.current.base);
}

TEST_F(PublisherTest, RollbackServesAnEarlierStateUnderANewVersion) {
  MustPublish(MakeBase(1));
  MustPublish(MakeBase(2));
  MustPublish(MakeBase(3));
  const auto roll = [&](std::optional<uint64_t> to) {
    return Rollback(lists_, to, {}, &AlwaysPasses);
  };
  ASSERT_OK_AND_ASSIGN(PublishResult result, roll(std::nullopt));
  EXPECT_EQ(result.manifest.version, 4u);
  EXPECT_EQ(result.manifest.current.version, 2u);
  EXPECT_THAT(Kept(result.manifest), ElementsAre(3u, 1u));
  ASSERT_OK_AND_ASSIGN(Published published, OpenPublished(lists_));
  EXPECT_EQ(published.base->version(), Version(MakeBase(2)));

  // Further back, not forth to what was rolled back.
  ASSERT_OK_AND_ASSIGN(result, roll(std::nullopt));
  EXPECT_EQ(result.manifest.current.version, 1u);
  EXPECT_THAT(Kept(result.manifest), ElementsAre(3u, 2u));
  EXPECT_THAT(roll(std::nullopt),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("kept 3 2")));
  EXPECT_THAT(roll(7), StatusIs(absl::StatusCode::kNotFound,
                                HasSubstr("want version 7")));
  ASSERT_OK_AND_ASSIGN(result, roll(3));
  EXPECT_EQ(result.manifest.version, 6u);
  EXPECT_EQ(result.manifest.current.version, 3u);
  const Manifest next = MustPublish(MakeBase(4));
  EXPECT_EQ(next.version, 7u);
  EXPECT_THAT(Kept(next), ElementsAre(3u, 2u, 1u));
}

TEST_F(PublisherTest, ADamagedStateIsNotRolledBackTo) {
  const Manifest one = MustPublish(MakeBase(1));
  MustPublish(MakeBase(2));
  std::string bytes = ScratchFolder::Read(PathOf(one.current.base));
  bytes[bytes.size() / 2] ^= 1;
  Plant(one.current.base.file, bytes);
  EXPECT_THAT(Rollback(lists_, 1, {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(lists_)));
  EXPECT_EQ(ReadManifest(lists_)->version, 2u);
}

TEST_F(PublisherTest, AnOverlayGoesLiveBesideItsBaseAndLeavesWithIt) {
  const std::string base = MakeBase(1);
  MustPublish(base);
  const std::string overlay = MakeOverlay(base, 10);
  ASSERT_OK_AND_ASSIGN(PublishResult result,
                       PublishOverlay(lists_, overlay, {}, &AlwaysPasses));
  EXPECT_EQ(result.manifest.version, 2u);
  ASSERT_OK_AND_ASSIGN(Published published, OpenPublished(lists_));
  EXPECT_EQ(published.base->version(), Version(base));
  ASSERT_NE(published.overlay, nullptr);
  EXPECT_EQ(published.overlay->version(), Version(overlay));

  // Another one in its place.
  ASSERT_OK_AND_ASSIGN(
      result, PublishOverlay(lists_, MakeOverlay(base, 11), {}, &AlwaysPasses));
  EXPECT_THAT(Kept(result.manifest), ElementsAre(2u, 1u));
  // Back to the base alone.
  ASSERT_OK_AND_ASSIGN(result, Rollback(lists_, 1, {}, &AlwaysPasses));
  ASSERT_OK_AND_ASSIGN(published, OpenPublished(lists_));
  EXPECT_EQ(published.overlay, nullptr);
  // And forth to both.
  ASSERT_OK_AND_ASSIGN(result, Rollback(lists_, 2, {}, &AlwaysPasses));
  ASSERT_OK_AND_ASSIGN(published, OpenPublished(lists_));
  EXPECT_EQ(published.overlay->version(), Version(overlay));

  EXPECT_EQ(MustPublish(MakeBase(2)).current.overlay, std::nullopt);
}

TEST_F(PublisherTest, AnOverlayOfAnotherBaseIsRefused) {
  const std::string base = MakeBase(1);
  MustPublish(base);
  const auto result =
      PublishOverlay(lists_, MakeOverlay(MakeBase(2), 10), {}, &AlwaysPasses);
  EXPECT_EQ(RefusalOf(result.status()), Refusal::kMixAndMatch);
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kDataLoss,
                               HasSubstr("overlay of another base")));
  EXPECT_EQ(ReadManifest(lists_)->version, 1u);
  EXPECT_EQ(Names().size(), 3u);
}

TEST_F(PublisherTest, BasesAndOverlaysAreNotTakenForEachOther) {
  const std::string base = MakeBase(1);
  const std::string overlay = MakeOverlay(base, 10);
  EXPECT_THAT(
      PublishOverlay(lists_, overlay, {}, &AlwaysPasses),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("nothing is published")));
  MustPublish(base);
  EXPECT_THAT(Publish(lists_, overlay, {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("got an overlay, want a base")));
  EXPECT_THAT(PublishOverlay(lists_, MakeBase(2), {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("got a base, want an overlay")));
  EXPECT_EQ(ReadManifest(lists_)->version, 1u);
}

TEST_F(PublisherTest, AListThatFailsTheKnownAnswersDoesNotGoLive) {
  const std::string base = MakeBase(1);
  MustPublish(base);
  const auto fails = [](const SnapshotReader&, const SnapshotReader*) {
    return absl::FailedPreconditionError("a canary was not found");
  };
  const auto told = StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("a canary was not found"));
  EXPECT_THAT(Publish(lists_, MakeBase(2), {}, fails), told);
  EXPECT_THAT(PublishOverlay(lists_, MakeOverlay(base, 10), {}, fails), told);
  EXPECT_EQ(ReadManifest(lists_)->version, 1u);
  EXPECT_EQ(Names().size(), 3u);
  MustPublish(MakeBase(2));
  EXPECT_THAT(Rollback(lists_, 1, {}, fails), told);
  EXPECT_EQ(ReadManifest(lists_)->version, 2u);
}

TEST_F(PublisherTest, TheTestSeesWhatWillBeServed) {
  const std::string base = MakeBase(1);
  int tests = 0;
  const auto sees = [&](const SnapshotReader& got,
                        const SnapshotReader* overlay) {
    ++tests;
    EXPECT_EQ(got.version(), Version(base));
    EXPECT_EQ(overlay != nullptr, tests == 2);
    // Not live yet.
    const auto manifest = ReadManifest(lists_);
    EXPECT_EQ(manifest.ok() ? manifest->version : 0, tests == 1 ? 0u : 1u);
    return absl::OkStatus();
  };
  EXPECT_OK(Publish(lists_, base, {}, sees));
  EXPECT_OK(PublishOverlay(lists_, MakeOverlay(base, 10), {}, sees));
  EXPECT_EQ(tests, 2);
}

TEST_F(PublisherTest, DamagedSnapshotsDoNotGoLive) {
  MustPublish(MakeBase(1));
  std::string bytes = ScratchFolder::Read(MakeBase(2));
  bytes[bytes.size() - 10] ^= 1;
  const std::string damaged = folder_.Write("damaged.hvs", bytes);
  EXPECT_THAT(Publish(lists_, damaged, {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(damaged)));
  EXPECT_THAT(Publish(lists_, folder_.Write("t", "text"), {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("not a snapshot")));
  EXPECT_THAT(Publish(lists_, folder_.Path("none"), {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  EXPECT_EQ(ReadManifest(lists_)->version, 1u);
  EXPECT_EQ(Names().size(), 3u);
}

TEST_F(PublisherTest, DirectoriesThatOthersMayEnterAreRefused) {
  const std::string base = MakeBase(1);
  for (const mode_t mode : {0755, 0701, 0770, 0750}) {
    ASSERT_EQ(::chmod(lists_.c_str(), mode), 0);
    EXPECT_THAT(Publish(lists_, base, {}, &AlwaysPasses),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         AllOf(HasSubstr("directory: mode 07"),
                               HasSubstr("want 0700"), HasSubstr(lists_))));
  }
  ASSERT_EQ(::chmod(lists_.c_str(), 0700), 0);
  ASSERT_EQ(::symlink(lists_.c_str(), folder_.Path("link").c_str()), 0);
  EXPECT_THAT(Publish(folder_.Path("link"), base, {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("symbolic link")));
  EXPECT_THAT(Publish(folder_.Path("none"), base, {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  EXPECT_THAT(Publish(base, base, {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("directory")));
  EXPECT_THAT(Names(), IsEmpty());
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give folders away";
  ASSERT_EQ(::chown(lists_.c_str(), 65534, 65534), 0);
  EXPECT_THAT(Publish(lists_, base, {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("owned by user 65534")));
}

TEST_F(PublisherTest, OneGroupMayReadWhereItIsNamed) {
  const uint32_t group = ::getegid();
  const std::string base = MakeBase(1);
  PublishOptions options;
  options.group_id = group;
  EXPECT_THAT(Publish(lists_, base, options, &AlwaysPasses),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("want 0750 and group")));
  ASSERT_EQ(::chmod(lists_.c_str(), 0750), 0);
  const Manifest manifest = MustPublish(base, options);
  for (const std::string& path :
       {ManifestPath(), PathOf(manifest.current.base)}) {
    struct stat info;
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0640u) << path;
    EXPECT_EQ(info.st_gid, group);
  }
  EXPECT_OK(OpenPublished(lists_));
  if (::geteuid() != 0) return;
  options.group_id = 65534;
  EXPECT_THAT(Publish(lists_, base, options, &AlwaysPasses),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("want 0750 and group 65534")));
}

TEST_F(PublisherTest, OneProcessPublishesAtATime) {
  MustPublish(MakeBase(1));
  Descriptor lock(::open((lists_ + "/lock").c_str(), O_RDWR));
  ASSERT_EQ(::flock(lock.number(), LOCK_EX | LOCK_NB), 0);
  const auto told = StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("another process is publishing"));
  EXPECT_THAT(Publish(lists_, MakeBase(2), {}, &AlwaysPasses), told);
  EXPECT_THAT(Rollback(lists_, 1, {}, &AlwaysPasses), told);
  EXPECT_THAT(CollectGarbage(lists_), told);
  EXPECT_OK(OpenPublished(lists_));  // readers do not wait
  lock = Descriptor();
  EXPECT_EQ(MustPublish(MakeBase(2)).version, 2u);
}

TEST_F(PublisherTest, ADirectoryIsOnePublicationsOnly) {
  MustPublish(MakeBase(1), {.publication = "ncmec/industry"});
  EXPECT_EQ(MustPublish(MakeBase(2)).publication, "ncmec/industry");
  const auto other =
      Publish(lists_, MakeBase(3), {.publication = "iwf"}, &AlwaysPasses);
  EXPECT_EQ(RefusalOf(other.status()), Refusal::kWrongList);
  EXPECT_THAT(
      Publish(lists_, MakeBase(3), {.publication = "a b"}, &AlwaysPasses),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("publication's name")));
  EXPECT_THAT(Publish(lists_, MakeBase(3), {.keep_last = 65}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("got 65, want 0..64")));
  EXPECT_EQ(ReadManifest(lists_)->version, 2u);
}

TEST_F(PublisherTest, ADamagedManifestIsNotPublishedOver) {
  MustPublish(MakeBase(1));
  const std::string text = ScratchFolder::Read(ManifestPath());
  Plant("manifest", text.substr(0, text.size() / 2) + "\n");
  EXPECT_THAT(
      Publish(lists_, MakeBase(2), {}, &AlwaysPasses),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("manifest")));
}

TEST_F(PublisherTest, VersionsThatHaveNoNextAreTold) {
  Manifest manifest = MustPublish(MakeBase(1));
  manifest.version = manifest.current.version = ~uint64_t{0} - 1;
  PlantManifest(manifest);
  EXPECT_THAT(Publish(lists_, MakeBase(2), {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("version: out of range")));
  EXPECT_EQ(*ReadManifest(lists_), manifest);
}

TEST_F(PublisherTest, SealedListsLieSealedAndServeTheSame) {
  const EncryptionKey key = SomeEncryptionKey('k');
  PublishOptions options;
  options.encryption_key = &key;
  const std::string base = MakeBase(1);
  const Manifest manifest = MustPublish(base, options);
  const std::string stored = ScratchFolder::Read(PathOf(manifest.current.base));
  EXPECT_TRUE(IsSealed(std::as_bytes(std::span(stored))));
  EXPECT_EQ(stored.find("key-"), std::string::npos);

  EXPECT_THAT(
      OpenPublished(lists_),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("got no key")));
  EXPECT_THAT(SnapshotReader::Open(PathOf(manifest.current.base)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("got a sealed file, want a plain snapshot")));
  PublishedOptions how;
  how.encryption_key = &key;
  ASSERT_OK_AND_ASSIGN(Published published, OpenPublished(lists_, how));
  EXPECT_EQ(published.base->version(), Version(base));
  EXPECT_TRUE(published.memory_locked);
  // Its overlay was made for the plain base, and is sealed as well.
  EXPECT_OK(
      PublishOverlay(lists_, MakeOverlay(base, 10), options, &AlwaysPasses));
  ASSERT_OK_AND_ASSIGN(published, OpenPublished(lists_, how));
  EXPECT_NE(published.overlay, nullptr);
  EXPECT_OK(Rollback(lists_, 1, options, &AlwaysPasses));
  EXPECT_THAT(
      Rollback(lists_, 2, {}, &AlwaysPasses),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("got no key")));
}

TEST_F(PublisherTest, SealingTheSameListAnewIsNoNewState) {
  const EncryptionKey key = SomeEncryptionKey('k');
  PublishOptions options;
  options.encryption_key = &key;
  const std::string base = MakeBase(1);
  MustPublish(MakeBase(2), options);
  for (int again = 0; again < 4; ++again) MustPublish(base, options);
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(lists_));
  ASSERT_EQ(manifest.kept.size(), 1u);
  EXPECT_EQ(manifest.kept[0].version, 1u);
  EXPECT_OK(Rollback(lists_, std::nullopt, options, &AlwaysPasses));
}

TEST_F(PublisherTest, APlainListDoesNotFollowASealedOneByMistake) {
  const EncryptionKey key = SomeEncryptionKey('k');
  MustPublish(MakeBase(1), {.encryption_key = &key});
  const auto held =
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("what is published is sealed, and no key is given"));
  PublishOptions plain;
  plain.accept_change = true;
  const std::string before = ScratchFolder::Read(ManifestPath());
  EXPECT_THAT(Publish(lists_, MakeBase(2), plain, &AlwaysPasses), held);
  EXPECT_EQ(ScratchFolder::Read(ManifestPath()), before);
  plain.allow_plain = true;
  EXPECT_OK(Publish(lists_, MakeBase(2), plain, &AlwaysPasses));
  plain.allow_plain = false;
  EXPECT_OK(Publish(lists_, MakeBase(3), plain, &AlwaysPasses));
}

TEST_F(PublisherTest, ALostManifestIsReplacedAboveWhatReadersHaveSeen) {
  PublishedOptions reader;
  reader.trust.state_path = folder_.Path("state");
  for (uint64_t seed = 1; seed <= 3; ++seed) MustPublish(MakeBase(seed));
  ASSERT_OK(OpenPublished(lists_, reader));
  ASSERT_EQ(::unlink(ManifestPath().c_str()), 0);
  MustPublish(MakeBase(4));
  EXPECT_EQ(RefusalOf(OpenPublished(lists_, reader).status()),
            Refusal::kRollback);
  EXPECT_EQ(MustPublish(MakeBase(4), {.min_version = 4}).version, 4u);
  EXPECT_OK(OpenPublished(lists_, reader));
  EXPECT_EQ(MustPublish(MakeBase(5), {.min_version = 2}).version, 5u);
}

TEST_F(PublisherTest, SigningBuildsOnWhatTrustedKeysSignedAlone) {
  const SigningKey key = SomeSigningKey(1);
  const SigningKey next_key = SomeSigningKey(2);
  PublishOptions options;
  options.signing_key = &key;
  MustPublish(MakeBase(1));
  // Nothing vouches for the unsigned state: it is not carried over.
  const Manifest first = MustPublish(MakeBase(2), options);
  EXPECT_EQ(first.version, 2u);
  EXPECT_THAT(first.kept, IsEmpty());
  EXPECT_THAT(Kept(MustPublish(MakeBase(3), options)), ElementsAre(2u));

  EXPECT_THAT(Publish(lists_, MakeBase(4), {}, &AlwaysPasses),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("the manifest is signed, and no key")));
  PublishOptions rotated;
  rotated.signing_key = &next_key;
  EXPECT_EQ(
      RefusalOf(Publish(lists_, MakeBase(4), rotated, &AlwaysPasses).status()),
      Refusal::kWrongKey);
  rotated.trusted = {key.public_key()};
  EXPECT_THAT(Kept(MustPublish(MakeBase(4), rotated)), ElementsAre(3u, 2u));

  // An attacker's manifest is not made ours by the next signature.
  PlantManifest(*ReadManifest(lists_));
  EXPECT_EQ(RefusalOf(Rollback(lists_, 3, rotated, &AlwaysPasses).status()),
            Refusal::kUnsigned);
  EXPECT_EQ(RefusalOf(PublishOverlay(lists_, MakeOverlay(MakeBase(4), 10),
                                     rotated, &AlwaysPasses)
                          .status()),
            Refusal::kUnsigned);
}

TEST_F(PublisherTest, ProgressCountsTheBytes) {
  uint64_t bytes = 0;
  PublishOptions options;
  options.progress = [&](uint64_t more) { bytes += more; };
  EXPECT_EQ(bytes, 0u);
  const Manifest manifest = MustPublish(MakeBase(1), options);
  EXPECT_EQ(bytes, manifest.current.base.size_bytes);
}

}  // namespace
}  // namespace hashvet
