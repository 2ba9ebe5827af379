// What every function of the C interface shares: errors handed over, exceptions
// kept in, structs of older and newer callers, handles told apart.

#ifndef HASHVET_SRC_C_GUARD_H_
#define HASHVET_SRC_C_GUARD_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/c/hashvet.h"

namespace hashvet::c {

// Puts the status into `error` and answers its code.
int Report(const absl::Status& status, hashvet_error** error);
// The same where there is no memory, and so none for a status; and of what was
// thrown. Neither throws.
int ReportNoMemory(hashvet_error** error) noexcept;
int ReportThrown(const char* what, hashvet_error** error) noexcept;

// body: absl::Status(). No exception passes; a program that runs out of memory
// is told so.
template <typename Body>
int Guard(hashvet_error** error, Body body) {
  try {
    return Report(body(), error);
  } catch (const std::bad_alloc&) {
    return ReportNoMemory(error);
  } catch (const std::length_error&) {  // more than there can be
    return ReportNoMemory(error);
  } catch (const std::exception& thrown) {
    return ReportThrown(thrown.what(), error);
  } catch (...) {
    return ReportThrown("an unknown exception", error);
  }
}

inline absl::Status Null(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(what), ": got NULL"));
}

// ---- Handles. Each begins with a tag, so that one of another type is known.

enum class Tag : uint64_t {
  kPicture = 0x6876'7069'6374'7572,  // "hvpictur"
  kVerdicts = 0x6876'7665'7264'6963,
  kMatcher = 0x6876'6d61'7463'6865,
  kIndex = 0x6876'696e'6465'7878,
  kFreed = 0x6876'6672'6565'6421,
};

struct Handle {
  Tag tag;
};

// Frees what a handle of this type is; another type's stays as it is.
template <typename T>
void Free(T* handle) {
  if (handle == nullptr || handle->tag != T::kTag) return;
  handle->tag = Tag::kFreed;
  delete handle;
}

template <typename T>
absl::StatusOr<T*> Checked(T* handle, std::string_view what) {
  if (handle == nullptr) return Null(what);
  if (handle->tag != T::kTag) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(what), ": got another type's handle"));
  }
  return handle;
}

// ---- Structs that may grow. A caller's is as long as its struct_size says.

template <typename T>
absl::Status CheckSize(size_t got, size_t first_version,
                       std::string_view what) {
  // No struct of ours will ever be this large: it was not set.
  constexpr size_t kMax = 4096;
  if (got >= first_version && got <= kMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(what), ": got struct_size ", got, ", want sizeof, ",
                   sizeof(T), " in this version"));
}

// The caller's options, or none: what a shorter struct lacks is 0, and what a
// longer one has must be 0.
template <typename T>
absl::StatusOr<T> OptionsOf(const T* given, size_t first_version,
                            std::string_view what) {
  T options = {};
  if (given == nullptr) return options;
  HASHVET_RETURN_IF_ERROR(
      CheckSize<T>(given->struct_size, first_version, what));
  std::memcpy(&options, given, std::min(given->struct_size, sizeof(T)));
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (size_t i = sizeof(T); i < given->struct_size; ++i) {
    if (bytes[i] != 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          ToAbsl(what), ": asks for what only a later version has"));
    }
  }
  return options;
}

// As much of `result` as the caller's struct has room for; beyond it, 0.
template <typename T>
absl::Status Fill(T result, size_t first_version, std::string_view what,
                  T* to) {
  if (to == nullptr) return Null(what);
  const size_t size = to->struct_size;
  HASHVET_RETURN_IF_ERROR(CheckSize<T>(size, first_version, what));
  result.struct_size = size;
  std::memset(static_cast<void*>(to), 0, size);
  std::memcpy(static_cast<void*>(to), &result, std::min(size, sizeof(T)));
  return absl::OkStatus();
}

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_GUARD_H_
