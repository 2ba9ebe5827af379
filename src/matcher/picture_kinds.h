// The kinds that pictures are asked under: the one place that says so, to those
// who hash them and to the matcher, which tells of each that a picture lacks.
// Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_PICTURE_KINDS_H_
#define HASHVET_SRC_MATCHER_PICTURE_KINDS_H_

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/list/list_policy.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/matcher.h"

namespace hashvet {

// A kind besides PDQ that this build computes, and the first list of each role
// that carries it with a threshold; null: none does. At least one does.
struct PictureKind {
  HashKind kind;
  const ListPolicy* match = nullptr;
  const ListPolicy* ignore = nullptr;
  const ListPolicy* shadow = nullptr;
};

// Whether pictures are asked under the kind at all: a max_distance is one of
// PDQ's, and means something else under others that are compared by bits.
bool IsAskedOfPictures(HashKind kind, const MatchOptions& options);

// Of the lists that the options name. Points into the generation.
std::vector<PictureKind> PictureKindsOf(const Generation& generation,
                                        const MatchOptions& options);

// What lists cannot be asked about a picture that was hashed, because it was
// not hashed under a kind of theirs.
struct Lacking {
  absl::Status match;   // of lists in the role match: a match may be missed
  absl::Status ignore;  // of the known good: a match may be excused
};
Lacking LackingOf(const PictureHashes& picture,
                  std::span<const PictureKind> kinds);

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_PICTURE_KINDS_H_
