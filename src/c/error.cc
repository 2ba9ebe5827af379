// Errors, owned by the caller.

#include <string>

#include "src/c/guard.h"

struct hashvet_error {
  int code;
  std::string message;
};

namespace hashvet::c {
namespace {

// Handed out where there is no memory for an error; never freed.
hashvet_error& OutOfMemory() {
  static hashvet_error error = {HASHVET_RESOURCE_EXHAUSTED, "out of memory"};
  return error;
}

}  // namespace

int Report(const absl::Status& status, hashvet_error** error) {
  const int code = static_cast<int>(status.code());
  if (error == nullptr) return code;
  *error = nullptr;
  if (status.ok()) return code;
  try {
    *error = new hashvet_error{code, std::string(status.message())};
  } catch (const std::bad_alloc&) {
    *error = &OutOfMemory();
  }
  return code;
}

int ReportNoMemory(hashvet_error** error) noexcept {
  if (error != nullptr) *error = &OutOfMemory();
  return HASHVET_RESOURCE_EXHAUSTED;
}

int ReportThrown(const char* what, hashvet_error** error) noexcept {
  try {
    return Report(absl::InternalError(what), error);
  } catch (...) {
    return ReportNoMemory(error);
  }
}

}  // namespace hashvet::c

int hashvet_error_code(const hashvet_error* error) {
  return error == nullptr ? HASHVET_OK : error->code;
}

const char* hashvet_error_message(const hashvet_error* error) {
  return error == nullptr ? "" : error->message.c_str();
}

void hashvet_error_free(hashvet_error* error) {
  if (error != &hashvet::c::OutOfMemory()) delete error;
}
