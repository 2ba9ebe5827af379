// The manifest of an open directory, as far as it can be judged alone.

#ifndef HASHVET_SRC_LIST_MANIFEST_FILE_H_
#define HASHVET_SRC_LIST_MANIFEST_FILE_H_

#include "absl/status/statusor.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/manifest.h"
#include "src/list/published_directory.h"

namespace hashvet {

struct ManifestFile {
  Manifest manifest;
  ManifestLine line;
  Sha256Digest sha256 = {};  // of line.text
};

// Errors: as PublishedDirectory::OpenFile, SplitManifest and ParseManifest;
// with keys, as CheckSignature, before anything of the text is looked at.
absl::StatusOr<ManifestFile> ReadManifestFile(
    const PublishedDirectory& directory, const std::vector<PublicKey>& keys);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_MANIFEST_FILE_H_
