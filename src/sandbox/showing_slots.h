// How the further showings of a picture (other frames, over black) lie in a
// decoder's record.

#ifndef HASHVET_SRC_SANDBOX_SHOWING_SLOTS_H_
#define HASHVET_SRC_SANDBOX_SHOWING_SLOTS_H_

#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/picture_hashes.h"
#include "src/sandbox/record.h"

namespace hashvet {

// Adds those of `more` that are showings, kMaxShowings at most.
void AddShowings(std::span<const PdqHashes> more, Record& record);

// Errors: InvalidArgument, naming the field, when AddShowings did not write
// them.
absl::StatusOr<std::vector<PdqHashes>> ShowingsOf(const Record& record,
                                                  PdqVariant variant);

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_SHOWING_SLOTS_H_
