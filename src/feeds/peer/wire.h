// A published directory of another hashvet over HTTP: its manifest and the
// files that it names, each held against what an attacker could do to it.
// Nothing of ledgers or checkpoints.

#ifndef HASHVET_SRC_FEEDS_PEER_WIRE_H_
#define HASHVET_SRC_FEEDS_PEER_WIRE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/transport.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/manifest.h"
#include "hashvet/list/signing_key.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet::peer {

// The latest manifest that was read whole; version 0: none.
struct Seen {
  std::string publication;
  uint64_t version = 0;
  Sha256Digest sha256 = {};  // of its text
};

struct Trust {
  std::vector<PublicKey> keys;  // one at least
  std::string publication;      // that is expected; empty: any
  Seen seen;
  uint64_t now = 0;  // seconds since 1970
};

struct SignedManifest {
  Manifest manifest;
  Sha256Digest sha256 = {};
  std::string key_id;  // who signed it
};

// Errors: refused, as the cause authentication: unsigned, wrong key, wrong
// list, rollback, mix-and-match (the version seen with another content), freeze
// (expired). Protocol: what is no manifest.
absl::StatusOr<SignedManifest> CheckManifest(std::string_view file,
                                             const Trust& trust);

struct Files {
  std::shared_ptr<const SnapshotReader> base;
  std::shared_ptr<const SnapshotReader> overlay;  // null where there is none
};

// Reads the body into a file of no name in the directory for temporary files,
// and opens it, verified completely. Errors: refused (endless data,
// mix-and-match) and what SnapshotReader::Open says, as the cause protocol;
// those of Read; Internal (no room).
absl::StatusOr<std::shared_ptr<const SnapshotReader>> ReadFile(
    HttpResponse& response, const StoredFile& want);

// That both are what the manifest names together. Errors: refused
// (mix-and-match), as the cause protocol.
absl::Status CheckTogether(const Files& files, const PublishedState& state);

}  // namespace hashvet::peer

#endif  // HASHVET_SRC_FEEDS_PEER_WIRE_H_
