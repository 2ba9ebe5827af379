// Finding what is installed beside us: the program and the module.

#ifndef HASHVET_SRC_SANDBOX_COMPANION_H_
#define HASHVET_SRC_SANDBOX_COMPANION_H_

#include <string>

#include "absl/status/statusor.h"

namespace hashvet {

// hashvet-decoder: `configured` where it is not empty; else what the
// environment variable HASHVET_DECODER names (not asked by a program that runs
// with another's rights); else beside this library or program, or in
// libexec/hashvet/ of the same prefix.
//
// Errors: NotFound, naming every place that was looked at.
absl::StatusOr<std::string> FindDecoder(const std::string& configured);

// libhashvet_inprocess.so: in the folder that HASHVET_MODULE_DIR names, or in
// lib/hashvet/ of the same prefix. Errors: NotFound.
absl::StatusOr<std::string> FindInProcessModule();

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_COMPANION_H_
