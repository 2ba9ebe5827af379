// Keys, lists and a directory for tests of publishing.

#ifndef HASHVET_TESTS_LIST_PUBLISH_SUPPORT_H_
#define HASHVET_TESTS_LIST_PUBLISH_SUPPORT_H_

#include <sys/stat.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hashvet/list/manifest.h"
#include "hashvet/list/publisher.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/signing_key.h"
#include "tests/list/snapshot_support.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {

// The PEM of the Ed25519 key whose 32 bytes are all `seed`.
inline std::string SigningPem(uint8_t seed) {
  // PKCS #8 around the bytes (RFC 8410).
  std::string der = absl::HexStringToBytes("302e020100300506032b657004220420");
  der.append(32, static_cast<char>(seed));
  return absl::StrCat("-----BEGIN PRIVATE KEY-----\n", absl::Base64Escape(der),
                      "\n-----END PRIVATE KEY-----\n");
}

inline SigningKey SomeSigningKey(uint8_t seed) {
  const std::string pem = SigningPem(seed);
  auto key = SigningKey::FromPem(std::as_bytes(std::span(pem)));
  EXPECT_OK(key);
  return *std::move(key);
}

inline EncryptionKey SomeEncryptionKey(char seed) {
  const std::string secret(32, seed);
  auto key = EncryptionKey::FromSecret(std::as_bytes(std::span(secret)));
  EXPECT_OK(key);
  return *std::move(key);
}

inline absl::Status AlwaysPasses(const SnapshotReader&, const SnapshotReader*) {
  return absl::OkStatus();
}

// A directory to publish in, beside snapshots to publish.
class PublishTest : public ::testing::Test {
 protected:
  PublishTest() : lists_(folder_.Path("lists")) {
    EXPECT_EQ(::mkdir(lists_.c_str(), 0700), 0);
  }

  // "<name>.hvs": a list "known" of 20 entries, different for each seed.
  std::string MakeBase(uint64_t seed) const {
    const std::string path = folder_.Path(absl::StrCat("base-", seed, ".hvs"));
    EXPECT_OK(
        WriteSnapshot(path, PolicyNamed("known"), MixedEntries(20, seed)));
    return path;
  }

  // Adds three entries to that base.
  std::string MakeOverlay(const std::string& base_path, uint64_t seed) const {
    const std::string path =
        folder_.Path(absl::StrCat("overlay-", seed, ".hvs"));
    const auto base = SnapshotReader::Open(base_path);
    EXPECT_OK(base);
    auto writer = SnapshotWriter::CreateOverlay(*base);
    EXPECT_OK(writer);
    for (ListEntry& entry : MixedEntries(3, seed)) {
      EXPECT_OK(writer->Add(std::move(entry)));
    }
    EXPECT_OK(writer->Write(path));
    return path;
  }

  Manifest MustPublish(const std::string& path,
                       const PublishOptions& options = {}) const {
    auto result = Publish(lists_, path, options, &AlwaysPasses);
    EXPECT_OK(result);
    return result.ok() ? result->manifest : Manifest();
  }

  std::string ManifestPath() const { return lists_ + "/manifest"; }
  std::string PathOf(const StoredFile& file) const {
    return lists_ + "/" + file.file;
  }

  // Puts a file into the directory as an attacker with the publisher's rights.
  void Plant(const std::string& name, std::string_view content,
             mode_t mode = 0600) const {
    const std::string path = folder_.Write("lists/" + name, content);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  }
  // A manifest of the attacker's making; signed when there is a key.
  void PlantManifest(const Manifest& manifest,
                     const SigningKey* key = nullptr) const {
    const auto file = ManifestFileOf(ManifestText(manifest), key);
    EXPECT_OK(file);
    Plant("manifest", *file);
  }

  ScratchFolder folder_;
  const std::string lists_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_LIST_PUBLISH_SUPPORT_H_
