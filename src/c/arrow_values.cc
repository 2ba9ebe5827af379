#include "src/c/arrow_values.h"

#include <limits>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "src/c/guard.h"

namespace hashvet::c {
namespace {

absl::Status Refused(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("Arrow values: ", ToAbsl(why)));
}

}  // namespace

absl::Status CheckArrowSchema(HashKind kind, const ArrowSchema* schema) {
  if (schema == nullptr) return Null("Arrow schema");
  if (schema->release == nullptr) return Refused("the schema was released");
  const std::string want = absl::StrCat("w:", InfoOf(kind).size_bytes);
  const std::string_view got =
      schema->format == nullptr ? "NULL" : schema->format;
  if (schema->dictionary != nullptr) {
    return Refused(absl::StrCat("got a dictionary, want plain ", want));
  }
  if (got == want) return absl::OkStatus();
  constexpr size_t kMost = 32;  // a format is a few letters
  return Refused(
      absl::StrCat("got format ", ToUtf8(got.substr(0, kMost)), ", want ", want,
                   ", that is ", InfoOf(kind).size_bytes,
                   " bytes of fixed-size binary, of ", ToAbsl(NameOf(kind)),
                   got == "+s" ? "; a batch of columns has one of them" : ""));
}

absl::StatusOr<ArrowValues> ArrowValues::Create(HashKind kind,
                                                const ArrowArray* array) {
  if (array == nullptr) return Null("Arrow values");
  if (array->release == nullptr) return Refused("the array was released");
  ArrowValues values;
  values.value_size_ = InfoOf(kind).size_bytes;
  // The end of the buffer is a number of bytes, too.
  const int64_t most = std::numeric_limits<int64_t>::max() /
                       static_cast<int64_t>(values.value_size_);
  if (array->length < 0 || array->offset < 0 || array->length > most ||
      array->offset > most - array->length) {
    return Refused(absl::StrCat("got length ", array->length, " at offset ",
                                array->offset));
  }
  if (array->n_buffers != 2 || array->n_children != 0 ||
      array->buffers == nullptr) {
    return Refused(absl::StrCat("got ", array->n_buffers, " buffers and ",
                                array->n_children,
                                " children, want 2 buffers: validity, bytes"));
  }
  values.size_ = static_cast<size_t>(array->length);
  values.offset_ = static_cast<size_t>(array->offset);
  values.validity_ = static_cast<const uint8_t*>(array->buffers[0]);
  values.bytes_ = static_cast<const uint8_t*>(array->buffers[1]);
  if (array->null_count < -1 || array->null_count > array->length) {
    return Refused(absl::StrCat("got ", array->null_count, " nulls of ",
                                array->length, " values"));
  }
  if (values.validity_ == nullptr && array->null_count > 0) {
    return Refused(absl::StrCat("got ", array->null_count,
                                " nulls and no validity bitmap"));
  }
  if (values.bytes_ == nullptr && array->length != 0 &&
      array->null_count != array->length) {
    return Refused("its bytes are NULL");
  }
  return values;
}

}  // namespace hashvet::c
