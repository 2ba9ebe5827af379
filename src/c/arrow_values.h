// Values that an Arrow array holds: fixed-size binary, read where it lies.

#ifndef HASHVET_SRC_C_ARROW_VALUES_H_
#define HASHVET_SRC_C_ARROW_VALUES_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/c/hashvet.h"
#include "hashvet/hash/hash_kind.h"

namespace hashvet::c {

// That the schema is of values of that kind: "w:32" for PDQ. Errors:
// InvalidArgument, also for one that was released.
absl::Status CheckArrowSchema(HashKind kind, const ArrowSchema* schema);

// Does not own the array, which must outlive it.
class ArrowValues {
 public:
  // Errors: InvalidArgument for NULL, an array that was released, or one whose
  // lengths, offset and buffers cannot be of such values. What no reader can
  // see, that the buffers are as long as they are said to be, is believed.
  static absl::StatusOr<ArrowValues> Create(HashKind kind,
                                            const ArrowArray* array);

  size_t size() const { return size_; }
  // The bytes of value i, or null where it is null. REQUIRES: i < size()
  const uint8_t* at(size_t i) const {
    const size_t place = offset_ + i;
    if (validity_ != nullptr &&
        (validity_[place / 8] >> (place % 8) & 1) == 0) {
      return nullptr;
    }
    // No bytes at all: every value is null.
    return bytes_ == nullptr ? nullptr : bytes_ + place * value_size_;
  }

 private:
  ArrowValues() = default;

  const uint8_t* validity_ = nullptr;  // a bit a value, the lowest first
  const uint8_t* bytes_ = nullptr;
  size_t value_size_ = 0;
  size_t offset_ = 0;
  size_t size_ = 0;
};

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_ARROW_VALUES_H_
