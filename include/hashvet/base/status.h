// Small additions to absl::Status: the two macros that pass an error up, and
// the bridge from std::string_view, which Debian 12's Abseil does not accept.
//
// Messages read what, got, want, where: "snapshot header: version 7, this build
// reads 0..0: lists/a.hvs". A message never contains a hash, a credential or
// picture bytes; it names the line, the row or the entry key.

#ifndef HASHVET_BASE_STATUS_H_
#define HASHVET_BASE_STATUS_H_

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hashvet {

inline absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}
inline std::string_view ToStd(absl::string_view text) {
  return std::string_view(text.data(), text.size());
}

}  // namespace hashvet

// Returns the status of `expr` from the enclosing function unless it is OK.
#define HASHVET_RETURN_IF_ERROR(expr)                                   \
  do {                                                                  \
    if (absl::Status hashvet_status_ = (expr); !hashvet_status_.ok()) { \
      return hashvet_status_;                                           \
    }                                                                   \
  } while (false)

// Declares or assigns `lhs` from the StatusOr `expr`, or returns its status.
#define HASHVET_ASSIGN_OR_RETURN(lhs, expr) \
  HASHVET_ASSIGN_OR_RETURN_1_(HASHVET_CONCAT_(hashvet_or_, __LINE__), lhs, expr)
#define HASHVET_ASSIGN_OR_RETURN_1_(tmp, lhs, expr) \
  auto tmp = (expr);                                \
  if (!tmp.ok()) return std::move(tmp).status();    \
  lhs = *std::move(tmp)
#define HASHVET_CONCAT_(a, b) HASHVET_CONCAT_1_(a, b)
#define HASHVET_CONCAT_1_(a, b) a##b

#endif  // HASHVET_BASE_STATUS_H_
