// What a call of the C interface left behind.

#ifndef HASHVET_TESTS_C_C_ERROR_H_
#define HASHVET_TESTS_C_C_ERROR_H_

#include <string>

#include "hashvet/c/hashvet.h"

namespace hashvet::testing {

// The code and the message of what a call left, which it frees.
class Error {
 public:
  Error() = default;
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  ~Error() { hashvet_error_free(error_); }
  hashvet_error** place() {
    hashvet_error_free(error_);
    error_ = nullptr;
    return &error_;
  }
  bool set() const { return error_ != nullptr; }
  std::string message() const { return hashvet_error_message(error_); }
  int code() const { return hashvet_error_code(error_); }

 private:
  hashvet_error* error_ = nullptr;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_C_C_ERROR_H_
