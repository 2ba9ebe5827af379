// What a matcher's lists can be asked about a picture under.

#ifndef HASHVET_SRC_CLI_ASKED_KINDS_H_
#define HASHVET_SRC_CLI_ASKED_KINDS_H_

#include <vector>

#include "hashvet/hash/hash_kind.h"
#include "hashvet/matcher/matcher.h"

namespace hashvet::cli {

// The computed kinds, besides PDQ, that some list of the generation serving now
// carries with a threshold; digests have one.
//
//   pdq_and_digests  leave out the other kinds that are compared by bits
std::vector<HashKind> AskedKinds(const Matcher& matcher, bool pdq_and_digests);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_ASKED_KINDS_H_
