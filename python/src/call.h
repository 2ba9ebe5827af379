// What every function of the module shares: errors of the C interface as
// Python exceptions, and bytes of Python objects read in place.

#ifndef HASHVET_PYTHON_SRC_CALL_H_
#define HASHVET_PYTHON_SRC_CALL_H_

#include <nanobind/nanobind.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <shared_mutex>
#include <string>
#include <utility>

#include "hashvet/c/hashvet.h"

namespace hashvet::python {

namespace nb = nanobind;

// Becomes hashvet.Error of its code; see errors.py.
class Failure : public std::exception {
 public:
  Failure(int code, std::string message)
      : code_(code), message_(std::move(message)) {}
  int code() const { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  int code_;
  std::string message_;
};

// The place for the error of one call.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { hashvet_error_free(error_); }

  hashvet_error** error() { return &error_; }
  // Throws Failure unless it is HASHVET_OK.
  void Check(int code) const {
    if (code != HASHVET_OK) throw Failure(code, hashvet_error_message(error_));
  }

 private:
  hashvet_error* error_ = nullptr;
};

// The bytes of an object that has them in one piece. While they are held the
// object cannot give them back, so they may be read without the GIL.
class Buffer {
 public:
  explicit Buffer(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) {
      throw nb::python_error();
    }
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { PyBuffer_Release(&view_); }

  const uint8_t* data() const { return static_cast<uint8_t*>(view_.buf); }
  size_t size() const { return static_cast<size_t>(view_.len); }

 private:
  Py_buffer view_;
};

// A lock that a forked process has anew: what the parent's other threads held
// stays held there, and nobody gives it back.
class InUse {
 public:
  // REQUIRES: the GIL, so that one thread finds that it was forked.
  std::shared_mutex& lock() {
    if (::getpid() != process_) {
      (void)lock_.release();  // held by who is not here
      lock_ = std::make_unique<std::shared_mutex>();
      process_ = ::getpid();
    }
    return *lock_;
  }

 private:
  std::unique_ptr<std::shared_mutex> lock_ =
      std::make_unique<std::shared_mutex>();
  pid_t process_ = ::getpid();
};

// For the C interface, whose texts end in a zero: one within would hide what
// comes behind it. Throws Failure.
inline const char* TextOf(const std::string& text, const char* what) {
  if (text.find('\0') != std::string::npos) {
    throw Failure(HASHVET_INVALID_ARGUMENT,
                  std::string(what) + ": got a text with a zero byte");
  }
  return text.c_str();
}

// "pdq" and so on. Throws Failure, naming the kinds there are.
inline uint32_t KindOf(const std::string& name) {
  uint32_t kind = 0;
  Call call;
  call.Check(hashvet_kind_from_name(TextOf(name, "kind"), &kind, call.error()));
  return kind;
}

// An integer of 0 .. most. Throws Failure and TypeError, saying what it got.
inline uint32_t WholeOf(nb::handle number, const char* what, uint32_t most) {
  if (!PyIndex_Check(number.ptr())) {
    throw nb::type_error((std::string(what) + ": got " +
                          nb::type_name(number.type()).c_str() + ", want int")
                             .c_str());
  }
  const nb::object whole = nb::steal(PyNumber_Index(number.ptr()));
  if (!whole.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(whole.ptr(), &overflow);
  if (overflow == 0 && value >= 0 && value <= static_cast<long>(most)) {
    return static_cast<uint32_t>(value);
  }
  throw Failure(HASHVET_INVALID_ARGUMENT,
                std::string(what) + ": got " + nb::str(whole).c_str() +
                    ", want 0 .. " + std::to_string(most));
}

}  // namespace hashvet::python

#endif  // HASHVET_PYTHON_SRC_CALL_H_
