// Pictures decoded inside the calling process, by codecs opened when the first
// one is made. For trusted pictures, and for callers who lock themselves down:
// whoever makes the picture meets the codecs' mistakes here.

#ifndef HASHVET_SANDBOX_IN_PROCESS_HASHER_H_
#define HASHVET_SANDBOX_IN_PROCESS_HASHER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/sandbox/picture_hasher.h"

namespace hashvet {

// Opens libhashvet_inprocess.so, in the folder that HASHVET_MODULE_DIR names or
// in lib/hashvet/ of our own prefix. It stays open.
//
// Errors: NotFound; Unavailable: it cannot be opened; FailedPrecondition: it is
// of another version.
HASHVET_EXPORT absl::StatusOr<std::unique_ptr<PictureHasher>>
MakeInProcessHasher();

}  // namespace hashvet

#endif  // HASHVET_SANDBOX_IN_PROCESS_HASHER_H_
