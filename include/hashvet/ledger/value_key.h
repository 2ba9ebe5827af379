// The entry's key where its source gives none: made from the value, so that the
// same value has the same, today and in the next file.

#ifndef HASHVET_LEDGER_VALUE_KEY_H_
#define HASHVET_LEDGER_VALUE_KEY_H_

#include <string>

#include "hashvet/base/export.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet {

// "v-" and 16 letters and digits that are no hex, which would be hidden as a
// hash in messages: 80 bits of the value's SHA-256.
HASHVET_EXPORT std::string KeyOfValue(const HashValue& value);

}  // namespace hashvet

#endif  // HASHVET_LEDGER_VALUE_KEY_H_
