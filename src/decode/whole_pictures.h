// Rows gathered into whole pictures, turned as their header says.

#ifndef HASHVET_SRC_DECODE_WHOLE_PICTURES_H_
#define HASHVET_SRC_DECODE_WHOLE_PICTURES_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/pixels/exif_orientation.h"
#include "hashvet/pixels/picture.h"
#include "src/decode/shown_rows.h"

namespace hashvet {

class WholePictures : public ShowingReceiver {
 public:
  // A showing is whole. False: no more are wanted.
  using Take = std::function<bool(const FrameStart& start, bool transparent,
                                  Picture picture)>;

  //   also_over_black  of frames that may have transparent parts
  WholePictures(ExifOrientation orientation, bool also_over_black, Take take);

  // What went wrong when the last picture was turned: no memory.
  const absl::Status& status() const { return status_; }

 private:
  absl::StatusOr<std::unique_ptr<ShownRows>> Open(const FrameStart& start,
                                                  PixelFormat format) override;
  bool Close(const FrameStart& start, bool transparent,
             std::unique_ptr<ShownRows> rows) override;

  const ExifOrientation orientation_;
  const bool also_over_black_;
  const Take take_;
  absl::Status status_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_WHOLE_PICTURES_H_
