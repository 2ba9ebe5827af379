#include "hashvet/base/file_error.h"

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
      return absl::StatusCode::kInvalidArgument;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return absl::StatusCode::kResourceExhausted;
    case EIO:
      return absl::StatusCode::kDataLoss;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status FileError(int error, std::string_view what,
                       const std::string& path) {
  return absl::Status(
      CodeOf(error),
      absl::StrCat(ToAbsl(what), ": ", std::generic_category().message(error),
                   ": ", path));
}

}  // namespace hashvet
