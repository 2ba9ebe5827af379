// A value at exactly some distance from another. Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_TURNED_VALUE_H_
#define HASHVET_SRC_MATCHER_TURNED_VALUE_H_

#include <cstdint>
#include <optional>
#include <random>

#include "hashvet/hash/hash_value.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

// distance  as an index measures it: bits (of digests, too: how many differ),
// or
//           the sum of differences under L1 and of their squares otherwise
//
// None where no value is so far away, or none was found: each byte of a byte
// vector is turned in one direction only.
std::optional<HashValue> TurnedTo(const HashValue& value, uint32_t distance,
                                  ByteVectorMetric metric,
                                  std::mt19937_64& random);

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_TURNED_VALUE_H_
