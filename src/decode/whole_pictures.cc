#include "src/decode/whole_pictures.h"

#include <cstdint>
#include <utility>

#include "hashvet/base/status.h"

namespace hashvet {
namespace {

class PictureRows : public ShownRows {
 public:
  explicit PictureRows(Picture picture) : picture_(std::move(picture)) {}

  uint8_t* NextRow() override { return picture_.row(y_); }
  bool RowDone() override {
    ++y_;
    return true;
  }
  const uint8_t* LastRow() const override {
    return picture_.view().row(y_ - 1);
  }
  Picture Take() { return std::move(picture_); }

 private:
  Picture picture_;
  uint32_t y_ = 0;
};

}  // namespace

WholePictures::WholePictures(ExifOrientation orientation, bool also_over_black,
                             Take take)
    : orientation_(orientation),
      also_over_black_(also_over_black),
      take_(std::move(take)) {}

absl::StatusOr<std::unique_ptr<ShownRows>> WholePictures::Open(
    const FrameStart& start, PixelFormat format) {
  if (!also_over_black_ && start.format == RowFormat::kBgra8 &&
      start.background == Background::kBlack) {
    return nullptr;
  }
  HASHVET_ASSIGN_OR_RETURN(Picture picture,
                           Picture::Create(start.width, start.height, format));
  return std::make_unique<PictureRows>(std::move(picture));
}

bool WholePictures::Close(const FrameStart& start, bool transparent,
                          std::unique_ptr<ShownRows> rows) {
  Picture picture = static_cast<PictureRows&>(*rows).Take();
  rows = nullptr;
  if (orientation_ != ExifOrientation::kTopLeft) {
    absl::StatusOr<Picture> turned = Oriented(std::move(picture), orientation_);
    if (!turned.ok()) {
      status_ = turned.status();
      return false;
    }
    picture = *std::move(turned);
  }
  return take_(start, transparent, std::move(picture));
}

}  // namespace hashvet
