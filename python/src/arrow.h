// Arrow arrays and streams, taken and given through the capsules of the Arrow
// PyCapsule interface.

#ifndef HASHVET_PYTHON_SRC_ARROW_H_
#define HASHVET_PYTHON_SRC_ARROW_H_

#include <memory>

#include "src/call.h"

namespace hashvet::python {

// What a capsule of that name holds; it stays the capsule's. Throws TypeError.
template <typename T>
T* InCapsule(nb::handle capsule, const char* name) {
  if (!PyCapsule_IsValid(capsule.ptr(), name)) {
    throw nb::type_error(
        "Arrow values: got another object in place of a "
        "capsule of the Arrow C data interface");
  }
  return static_cast<T*>(PyCapsule_GetPointer(capsule.ptr(), name));
}

// Verdicts as an Arrow struct array. It can be taken any number of times, and
// is not copied.
class ArrowVerdicts {
 public:
  // Takes the array over.
  explicit ArrowVerdicts(const ArrowArray& array);

  size_t size() const { return static_cast<size_t>(array_->length); }
  // Shares the buffers.
  nb::tuple Capsules() const;

 private:
  std::shared_ptr<const ArrowArray> array_;
};

// The same of a stream, which can be taken once.
class ArrowVerdictStream {
 public:
  // Takes the stream over.
  explicit ArrowVerdictStream(const ArrowArrayStream& stream)
      : stream_(stream) {}
  ArrowVerdictStream(const ArrowVerdictStream&) = delete;
  ArrowVerdictStream& operator=(const ArrowVerdictStream&) = delete;
  ~ArrowVerdictStream() {
    if (stream_.release != nullptr) stream_.release(&stream_);
  }

  nb::object Capsule();

 private:
  ArrowArrayStream stream_;
};

}  // namespace hashvet::python

#endif  // HASHVET_PYTHON_SRC_ARROW_H_
