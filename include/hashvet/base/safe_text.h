// Text from elsewhere, made fit for a message, a log or JSON: no long run of
// hex digits, which may be a hash, and no byte that is not UTF-8.

#ifndef HASHVET_BASE_SAFE_TEXT_H_
#define HASHVET_BASE_SAFE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "hashvet/base/export.h"

namespace hashvet {

// Runs of `min_digits` hex digits or more become "<64 hex digits>". The
// shortest hash has 16; identities of 16 or 17 decimal digits are common, so a
// text that carries them asks for more.
HASHVET_EXPORT std::string WithoutHashes(std::string_view text,
                                         size_t min_digits = 16);

// Bytes that are no part of well-formed UTF-8 become U+FFFD.
HASHVET_EXPORT std::string ToUtf8(std::string_view bytes);

}  // namespace hashvet

#endif  // HASHVET_BASE_SAFE_TEXT_H_
