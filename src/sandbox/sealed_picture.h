// Bytes in memory that another process may map and nobody may change any more.

#ifndef HASHVET_SRC_SANDBOX_SEALED_PICTURE_H_
#define HASHVET_SRC_SANDBOX_SEALED_PICTURE_H_

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "src/base/descriptor.h"

namespace hashvet {

// Errors: ResourceExhausted: no descriptor or no memory left.
absl::StatusOr<Descriptor> SealedCopy(std::span<const std::byte> bytes);

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_SEALED_PICTURE_H_
