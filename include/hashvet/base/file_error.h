// One way to say what the system said about a file.

#ifndef HASHVET_BASE_FILE_ERROR_H_
#define HASHVET_BASE_FILE_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "hashvet/base/export.h"

namespace hashvet {

// "<what>: <errno's text>: <path>", under the code that tells the caller what
// to do about it. `error` is an errno value.
HASHVET_EXPORT absl::Status FileError(int error, std::string_view what,
                                      const std::string& path);

}  // namespace hashvet

#endif  // HASHVET_BASE_FILE_ERROR_H_
