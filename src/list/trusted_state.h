// What this host has seen of each publication: the highest version, and which
// manifest that was. An older one, or another of the same version, is an attack
// or an accident.

#ifndef HASHVET_SRC_LIST_TRUSTED_STATE_H_
#define HASHVET_SRC_LIST_TRUSTED_STATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/sha256.h"

namespace hashvet {

struct SeenManifest {
  uint64_t version = 0;
  Sha256Digest sha256 = {};  // of ManifestText
};

// None for a publication never seen; then there may be no file yet.
//
// Errors: those of a file that others could have written; InvalidArgument for
// one that is damaged. Nothing is then to be trusted until an operator looked.
absl::StatusOr<std::optional<SeenManifest>> ReadSeen(
    const std::string& state_path, const std::string& publication);

// Unless a higher version was seen meanwhile. Processes take turns.
//
// Errors: as ReadSeen, and those of AtomicFile.
absl::Status RememberSeen(const std::string& state_path,
                          const std::string& publication,
                          const SeenManifest& seen);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_TRUSTED_STATE_H_
