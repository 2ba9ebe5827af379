// What a publisher left in its directory that nothing names any more.

#ifndef HASHVET_SRC_LIST_GARBAGE_H_
#define HASHVET_SRC_LIST_GARBAGE_H_

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "hashvet/list/manifest.h"
#include "hashvet/list/publisher.h"
#include "src/list/published_directory.h"

namespace hashvet {

// Temporary names of publishing begin with these, and AtomicFile's ".tmp.".
inline constexpr char kIncomingFile[] = "incoming";
inline constexpr char kVerifiedFile[] = "verified";

// Adds the files that a manifest names.
void AddNames(const Manifest& manifest,
              absl::flat_hash_set<std::string>& names);

// REQUIRES: the directory is locked.
absl::StatusOr<Collected> Collect(
    const PublishedDirectory& directory,
    const absl::flat_hash_set<std::string>& named);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_GARBAGE_H_
