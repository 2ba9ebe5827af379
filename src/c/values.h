// Values as the C interface has them: a kind's number and the bytes that the
// value's hex form spells.

#ifndef HASHVET_SRC_C_VALUES_H_
#define HASHVET_SRC_C_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet::c {

// Errors: InvalidArgument for a number that is no kind.
absl::StatusOr<HashKind> KindOf(uint32_t number);

// Errors: InvalidArgument for no kind, NULL, or a size that is not the kind's.
absl::StatusOr<HashValue> ValueOf(uint32_t kind, const uint8_t* bytes,
                                  size_t size);

// That `to`, of `got` bytes, takes exactly `want`. Errors: InvalidArgument.
absl::Status CheckRoom(HashKind kind, const void* to, size_t got, size_t want,
                       std::string_view what);

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_VALUES_H_
