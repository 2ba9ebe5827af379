// Hash values as text, strictly: the right number of the right characters, or
// an error that says where it went wrong. Upper-case hex is accepted and comes
// back lower case. Nothing else is forgiven: no spaces, no "0x", no padding
// that is not due.
//
// Error messages give positions and counts, never the text itself: a list's
// values stay out of logs.

#ifndef HASHVET_HASH_TEXT_H_
#define HASHVET_HASH_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet {

// Two digits a byte. For bit hashes the digits read as one big number, so bit 0
// is the last digit's lowest: for PDQ this is the reference's text (word 15
// first).
//
// Errors: InvalidArgument with the count got and wanted, or the position
// (counted from 1) of the first character that is no hex digit.
HASHVET_EXPORT absl::StatusOr<HashValue> ParseHex(HashKind kind,
                                                  std::string_view text);
HASHVET_EXPORT std::string ToHex(const HashValue& value);
HASHVET_EXPORT std::string ToHex(const Hash64& hash);
HASHVET_EXPORT std::string ToHex(const Hash256& hash);

// Base64 (RFC 4648, the + / alphabet) of the bytes that the hex form spells.
// Parsing takes the padding or its absence, but not half of it, and refuses
// unused bits that are not 0.
HASHVET_EXPORT absl::StatusOr<HashValue> ParseBase64(HashKind kind,
                                                     std::string_view text);
HASHVET_EXPORT std::string ToBase64(const HashValue& value);

}  // namespace hashvet

#endif  // HASHVET_HASH_TEXT_H_
