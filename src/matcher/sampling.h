// Which items a list is asked about while it is being introduced. Private to
// the matcher layer.

#ifndef HASHVET_SRC_MATCHER_SAMPLING_H_
#define HASHVET_SRC_MATCHER_SAMPLING_H_

#include "hashvet/hash/hash_value.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

// Depends on the value, its kind and the list's seed alone, so the same item is
// decided alike everywhere and for ever. Who was in at a smaller share is in at
// a larger one. Of a picture the item is its hash as the picture is.
bool IsSampled(const ListPolicy& list, const HashValue& item);

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_SAMPLING_H_
