// What a matcher's lists can be asked about.

#ifndef HASHVET_SRC_CLI_ASKED_KINDS_H_
#define HASHVET_SRC_CLI_ASKED_KINDS_H_

#include <vector>

#include "hashvet/hash/hash_kind.h"
#include "hashvet/matcher/matcher.h"

namespace hashvet::cli {

// The kinds that some list of the generation serving now carries and has a
// threshold for; digests have one.
std::vector<HashKind> SearchableKinds(const Matcher& matcher);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_ASKED_KINDS_H_
