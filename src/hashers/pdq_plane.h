// PDQ's hashes of a plane that is sampled already: what whole pictures and
// pictures of passing rows end in.

#ifndef HASHVET_SRC_HASHERS_PDQ_PLANE_H_
#define HASHVET_SRC_HASHERS_PDQ_PLANE_H_

#include "hashvet/hash/picture_hashes.h"
#include "src/hashers/downsample.h"

namespace hashvet::pdq {

// In all eight orientations. Thread-safe.
PdqHashes HashesOfPlane(const Plane& plane, PdqVariant variant);

}  // namespace hashvet::pdq

#endif  // HASHVET_SRC_HASHERS_PDQ_PLANE_H_
