// A picture that was hashed, or why it was not.

#ifndef HASHVET_PYTHON_SRC_PICTURE_H_
#define HASHVET_PYTHON_SRC_PICTURE_H_

#include "src/call.h"

namespace hashvet::python {

class Picture {
 public:
  explicit Picture(hashvet_picture* picture) : picture_(picture) {
    info_.struct_size = sizeof info_;
    Call call;
    const int code = hashvet_picture_describe(picture, &info_, call.error());
    if (code != HASHVET_OK) hashvet_picture_free(picture_);
    call.Check(code);
  }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  ~Picture() { hashvet_picture_free(picture_); }

  const hashvet_picture* get() const { return picture_; }
  const hashvet_picture_info& info() const { return info_; }

 private:
  hashvet_picture* picture_;
  hashvet_picture_info info_ = {};
};

}  // namespace hashvet::python

#endif  // HASHVET_PYTHON_SRC_PICTURE_H_
