#include "src/list/manifest_file.h"

#include <span>
#include <utility>

#include "hashvet/base/status.h"
#include "src/list/private_file.h"

namespace hashvet {

absl::StatusOr<ManifestFile> ReadManifestFile(
    const PublishedDirectory& directory, const std::vector<PublicKey>& keys) {
  const std::string path = directory.PathOf(kManifestFile);
  HASHVET_ASSIGN_OR_RETURN(const Descriptor file,
                           directory.OpenFile(kManifestFile));
  HASHVET_ASSIGN_OR_RETURN(const std::string text,
                           ReadUpTo(file.number(), kMaxManifestBytes, path));
  ManifestFile manifest;
  HASHVET_ASSIGN_OR_RETURN(manifest.line, SplitManifest(text, path));
  if (!keys.empty()) {
    HASHVET_RETURN_IF_ERROR(CheckSignature(manifest.line, keys, path));
  }
  HASHVET_ASSIGN_OR_RETURN(manifest.manifest,
                           ParseManifest(manifest.line.text, path));
  HASHVET_ASSIGN_OR_RETURN(
      manifest.sha256, Sha256Of(std::as_bytes(std::span(manifest.line.text))));
  return manifest;
}

}  // namespace hashvet
