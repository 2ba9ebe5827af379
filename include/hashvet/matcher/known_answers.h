// The known-answer test: whether a generation that opens also matches. A
// matcher that answers but cannot match is the worst failure there is, and no
// request shows it.
//
// Every snapshot has canaries, made-up values in a list of their own. For each
// list and kind with a threshold, by the search that requests use:
//
//   canaries        found as they are, found at exactly the threshold, not
//                   found one past it; rotated too, where that is stricter
//   random entries  find themselves, in their list
//   benign panel    hashes of harmless pictures that everybody has: no entry
//                   of a list is near one, but for lists of known good
//
// Run before a list goes live, and every minute while it is.

#ifndef HASHVET_MATCHER_KNOWN_ANSWERS_H_
#define HASHVET_MATCHER_KNOWN_ANSWERS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/matcher/generation.h"

namespace hashvet {

struct KnownAnswerOptions {
  static constexpr size_t kAll = SIZE_MAX;

  // All of these are for each part of the generation.
  size_t thresholds =
      kAll;                // pairs of a kind and a threshold, chosen at random
  size_t canaries = kAll;  // of each such pair; of a file with an overlay, of
                           // both
  size_t entries = 1000;   // chosen at random
  size_t panel = kAll;     // pictures, chosen at random
  uint64_t seed = 1;       // of what is chosen; the same chooses the same
  Executor* executor = nullptr;  // null: on the calling thread

  // Some hundred queries for each part, however large it is: for every opening.
  // The whole panel is among them: a list that matches every blank page is not
  // for chance to find.
  static KnownAnswerOptions Quick(uint64_t seed) {
    return {.thresholds = 2, .canaries = 1, .entries = 3, .seed = seed};
  }
};

// Errors name the list, the kind and what failed, and the entry's key, never a
// value:
//   DataLoss            something that is there is not found, or is found
//                       elsewhere: searches cannot be trusted
//   FailedPrecondition  something is found that must not be: the list, not the
//                       search, is wrong
//   those of the search
HASHVET_EXPORT absl::Status TestKnownAnswers(
    const Generation& generation, const KnownAnswerOptions& options = {});

}  // namespace hashvet

#endif  // HASHVET_MATCHER_KNOWN_ANSWERS_H_
