// Whatever is done to a published list, it does not go live, and what is said
// is what was done.

#include "tests/matcher/sabotage.h"

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/publisher.h"
#include "hashvet/matcher/known_answers.h"
#include "tests/list/publish_support.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::GoodFiles;
using ::hashvet::testing::kPublisher;
using ::hashvet::testing::SabotagedDirectory;
using ::hashvet::testing::SabotagedFiles;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::Sections;
using ::hashvet::testing::SnapshotBytes;
using ::hashvet::testing::SomeEncryptionKey;
using ::hashvet::testing::SomeSigningKey;
using ::hashvet::testing::Told;

constexpr uint64_t kNow = 1'000'000;

// All that stands between a directory and a list that is served.
absl::Status GoLive(const std::string& directory,
                    const PublishedOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const Published published,
                           OpenPublished(directory, options));
  HASHVET_ASSIGN_OR_RETURN(
      const auto generation,
      Generation::Create({{published.base, published.overlay}}));
  return TestKnownAnswers(*generation);
}

// A publisher's test.
absl::Status Passes(const SnapshotReader& base, const SnapshotReader* overlay) {
  const auto shared = [](const SnapshotReader* reader) {
    return std::shared_ptr<const SnapshotReader>(
        std::shared_ptr<const SnapshotReader>(), reader);
  };
  HASHVET_ASSIGN_OR_RETURN(
      const auto generation,
      Generation::Create({{shared(&base), shared(overlay)}}));
  return TestKnownAnswers(*generation);
}

class SabotageTest : public ::testing::Test {
 protected:
  SabotageTest() {
    for (const std::string& made : {good_, work_}) {
      EXPECT_EQ(::mkdir(made.c_str(), 0700), 0);
    }
    options_.trust.keys = {key_.public_key()};
    options_.trust.publication = "ncmec/a";
    options_.trust.now_s = kNow;
    publish_.publication = "ncmec/a";
    publish_.signing_key = &key_;
    publish_.now_s = kNow - 10;
    // Somebody with intent accepts it.
    publish_.accept_change = true;
  }

  // What is published in the end is what was, whatever was tried.
  void PublishGood(const std::string& base, const std::string& overlay) {
    ASSERT_OK(Publish(good_, folder_.Write("b", base), publish_, &Passes));
    if (!overlay.empty()) {
      ASSERT_OK(PublishOverlay(good_, folder_.Write("o", overlay), publish_,
                               &Passes));
    }
    ASSERT_OK(GoLive(good_, options_));
    manifest_ = ScratchFolder::Read(good_ + "/manifest");
  }

  // The file as a publisher would have named it.
  StoredFile Plant(const std::string& bytes) {
    StoredFile stored;
    stored.size_bytes = bytes.size();
    stored.sha256 = *Sha256Of(std::as_bytes(std::span(bytes)));
    stored.file = ContentName(stored.sha256);
    snapshot::Header header;
    std::memcpy(&header, bytes.data(), std::min(sizeof header, bytes.size()));
    stored.snapshot =
        absl::StrCat(absl::Hex(header.table_checksum, absl::kZeroPad16));
    const std::string path = work_ + "/" + stored.file;
    if (!std::filesystem::exists(path)) {
      EXPECT_TRUE(std::ofstream(path, std::ios::binary) << bytes);
      EXPECT_EQ(::chmod(path.c_str(), 0600), 0);
    }
    return stored;
  }
  absl::Status TryOpen(const SabotagedFiles& sabotage) {
    Manifest manifest;
    manifest.publication = "ncmec/a";
    manifest.version = manifest.current.version = 1;
    manifest.current.base = Plant(sabotage.base);
    if (!sabotage.overlay.empty()) {
      manifest.current.overlay = Plant(sabotage.overlay);
    }
    const auto line = ManifestFileOf(ManifestText(manifest), &key_);
    EXPECT_OK(line);
    const std::string path = work_ + "/manifest";
    std::ofstream(path, std::ios::binary) << *line;
    EXPECT_EQ(::chmod(path.c_str(), 0600), 0);
    absl::Status status = GoLive(work_, options_);
    if (const auto& overlay = manifest.current.overlay) {
      std::filesystem::remove(work_ + "/" + overlay->file);
    } else {
      std::filesystem::remove(work_ + "/" + manifest.current.base.file);
    }
    return status;
  }
  absl::Status TryPublish(const SabotagedFiles& sabotage) {
    const bool is_overlay = !sabotage.overlay.empty();
    const std::string path = folder_.Write(
        "sabotaged", is_overlay ? sabotage.overlay : sabotage.base);
    const absl::Status status =
        is_overlay ? PublishOverlay(good_, path, publish_, &Passes).status()
                   : Publish(good_, path, publish_, &Passes).status();
    const std::string now = ScratchFolder::Read(good_ + "/manifest");
    EXPECT_EQ(now == manifest_, !status.ok()) << sabotage.name;
    manifest_ = now;
    return status;
  }

  // Counts it, and holds what is said against what must be.
  void Judge(const Told& told, const char* by, const absl::Status& status) {
    SCOPED_TRACE(absl::StrCat(told.family, ": ", told.name, ", ", by));
    if (status.ok()) {
      ADD_FAILURE() << "went live";
      return;
    }
    ++refused_;
    EXPECT_THAT(status, testing::StatusIs(told.code,
                                          ::testing::HasSubstr(told.reason)));
    const std::string message = Stripped(std::string(status.message()));
    const auto [known, is_new] = families_.try_emplace(message, told.family);
    EXPECT_EQ(known->second, told.family) << "is told as: " << message;
  }
  // Without the paths.
  std::string Stripped(std::string message) const {
    const size_t begin = message.find(folder_.path());
    return begin == std::string::npos ? message : message.substr(0, begin);
  }

  void TryAll(const std::vector<SabotagedFiles>& all) {
    for (const SabotagedFiles& sabotage : all) {
      ++tried_;
      EXPECT_TRUE(names_.insert({sabotage.family, sabotage.name}).second)
          << sabotage.family << ": " << sabotage.name << " is there twice";
      if (!sabotage.seen_by_publisher_alone) {
        Judge(sabotage, "opened", TryOpen(sabotage));
        --refused_;  // counts once
      }
      Told at_publish = sabotage;
      if (sabotage.at_publish.has_value()) {
        at_publish.code = sabotage.at_publish->code;
        at_publish.reason = sabotage.at_publish->reason;
      }
      Judge(at_publish, "published", TryPublish(sabotage));
    }
  }
  void TryAll(const std::vector<SabotagedDirectory>& all,
              const PublishedOptions& options) {
    for (const SabotagedDirectory& sabotage : all) {
      ++tried_;
      EXPECT_TRUE(names_.insert({sabotage.family, sabotage.name}).second)
          << sabotage.family << ": " << sabotage.name << " is there twice";
      const ScratchFolder copies(ScratchFolder::InMemory());
      const std::string copy = copies.Path("lists");
      std::filesystem::copy(good_, copy,
                            std::filesystem::copy_options::recursive);
      EXPECT_EQ(::chmod(copy.c_str(), 0700), 0);
      std::filesystem::remove(copy + "/verified");
      PublishedOptions its = options;
      sabotage.change(copy, its);
      absl::Status status = GoLive(copy, its);
      Judge(
          sabotage, "opened",
          absl::Status(status.code(),
                       absl::StrReplaceAll(status.message(),
                                           {{copies.path(), folder_.path()}})));
    }
  }

  // Every one was refused, each family's in words of its own.
  void Report() {
    RecordProperty("sabotages", tried_);
    RecordProperty("refused", refused_);
    RecordProperty("reasons", static_cast<int>(families_.size()));
    std::map<std::string, int> sizes;
    for (const auto& [family, name] : names_) ++sizes[family];
    std::string table;
    for (const auto& [family, size] : sizes) {
      absl::StrAppend(&table, table.empty() ? "" : ", ", family, " ", size);
    }
    std::cout << tried_ << " sabotages, " << refused_ << " refused, for "
              << families_.size() << " reasons: " << table << "\n";
    EXPECT_EQ(refused_, tried_);
  }

  const ScratchFolder folder_{ScratchFolder::InMemory()};
  const std::string good_ = folder_.Path("good");
  const std::string work_ = folder_.Path("work");
  const SigningKey key_ = SomeSigningKey(kPublisher);
  PublishedOptions options_;
  PublishOptions publish_;
  std::string manifest_;
  int tried_ = 0;
  int refused_ = 0;
  std::map<std::string, std::string> families_;  // of each message
  std::set<std::pair<std::string, std::string>> names_;
};

TEST_F(SabotageTest, NothingThatIsSabotagedGoesLive) {
  const GoodFiles good;
  ASSERT_EQ(Sections(good.base).Lay(), good.base);
  ASSERT_EQ(Sections(good.overlay).Lay(), good.overlay);
  PublishGood(good.base, good.overlay);
  ASSERT_FALSE(HasFatalFailure());
  TryAll(SabotagedHeaders(good));
  TryAll(SabotagedSections(good));
  TryAll(SabotagedLists(good));
  TryAll(SabotagedValues(good));
  TryAll(SabotagedEntries(good));
  TryAll(SabotagedRings(good));
  TryAll(SabotagedOverlays(good));
  TryAll(testing::ListsThatMatchEverything());
  TryAll(testing::SabotagedDirectories(), options_);
  Report();
  EXPECT_GE(tried_, 200);
  EXPECT_GE(families_.size(), 200u);
}

TEST_F(SabotageTest, NothingThatIsSealedAndSabotagedGoesLive) {
  const GoodFiles good;
  const EncryptionKey seal = SomeEncryptionKey('k');
  publish_.encryption_key = &seal;
  options_.encryption_key = &seal;
  PublishGood(good.ring, "");
  ASSERT_FALSE(HasFatalFailure());
  TryAll(testing::SabotagedSeals(), options_);
  Report();
}

}  // namespace
}  // namespace hashvet
