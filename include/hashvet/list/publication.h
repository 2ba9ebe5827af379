// A published directory, read: the manifest, checked against what an attacker
// could do to it, and the list that it names, verified and open.
//
// Publishing is in publisher.h. What is refused, and by which name, is in
// refusal.h. The directory must be 0700, of this user or root, its files 0600;
// or 0750 and 0640 for one group that this process is in. Wider is refused.

#ifndef HASHVET_LIST_PUBLICATION_H_
#define HASHVET_LIST_PUBLICATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/manifest.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/signing_key.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet {

struct TrustOptions {
  // Who may have signed the manifest. None: it need not be signed, and
  // signatures are not looked at.
  std::vector<PublicKey> keys;
  // The publication that is expected; empty: any.
  std::string publication;
  // A file of this user's, mode 0600, that remembers the highest version seen
  // of each publication; made when it is not there. Empty: older manifests are
  // not noticed.
  std::string state_path;
  // Larger files are refused as endless data.
  uint64_t max_file_bytes = uint64_t{64} << 30;
  // Instead of the clock, seconds since 1970: for tests.
  std::optional<uint64_t> now_s;
};

struct PublishedOptions {
  TrustOptions trust;
  // For sealed files; plain ones are opened as well. May be null.
  const EncryptionKey* encryption_key = nullptr;
  // Verify completely even what was verified before.
  bool verify_always = false;
  // Where it is remembered what was verified (VerifiedFiles); empty: beside the
  // manifest, which needs a directory that this process may write.
  std::string verified_path;
  // For the verification and decryption. May be null.
  Executor* executor = nullptr;
};

struct Published {
  Manifest manifest;
  Sha256Digest manifest_sha256 = {};  // of its text
  std::shared_ptr<const SnapshotReader> base;
  std::shared_ptr<const SnapshotReader> overlay;  // null where there is none
  // False when a sealed list was decrypted into memory that the system would
  // not lock: it may be swapped out. Tell the operator.
  bool memory_locked = true;
  // The files were read again, rather than known to be whole.
  bool verified_now = false;
};

// Just the manifest: cheap enough to ask four times a second.
//
// Errors: refused for any reason but mix-and-match of files; NotFound (no
// directory or manifest), PermissionDenied (modes, owners), InvalidArgument (no
// manifest), FailedPrecondition (a newer format).
HASHVET_EXPORT absl::StatusOr<Manifest> ReadManifest(
    const std::string& directory, const TrustOptions& trust = {});

// The list that the manifest names, or an error; never half of it. What was
// opened before stays as it is. A manifest that is replaced meanwhile is
// followed.
//
// Errors: as ReadManifest, Unseal and SnapshotReader::Open; refused
// (mix-and-match or endless data); NotFound (a file that is not there);
// FailedPrecondition (sealed, and no key given).
HASHVET_EXPORT absl::StatusOr<Published> OpenPublished(
    const std::string& directory, const PublishedOptions& options = {});

}  // namespace hashvet

#endif  // HASHVET_LIST_PUBLICATION_H_
