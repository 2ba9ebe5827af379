#include "src/decode/imgcodecs/flatten.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "src/decode/shown_rows.h"

namespace hashvet::imgcodecs {
namespace {

uint8_t HighByte(uint8_t sample) { return sample; }
uint8_t HighByte(uint16_t sample) { return static_cast<uint8_t>(sample >> 8); }

template <typename Sample>
bool IsZeroEverywhere(const cv::Mat& picture, int channel) {
  for (int y = 0; y < picture.rows; ++y) {
    const Sample* sample = picture.ptr<Sample>(y) + channel;
    for (int x = 0; x < picture.cols; ++x, sample += picture.channels()) {
      if (*sample != 0) return false;
    }
  }
  return true;
}

template <typename Sample>
void FlattenGrey(const cv::Mat& picture, const Input& input, uint8_t* bgr) {
  const Sample flip = input.zero_is_white ? Sample(~Sample{0}) : Sample{0};
  for (int y = 0; y < picture.rows; ++y) {
    const Sample* sample = picture.ptr<Sample>(y);
    for (int x = 0; x < picture.cols; ++x, bgr += 3) {
      bgr[0] = bgr[1] = bgr[2] =
          HighByte(static_cast<Sample>(sample[x] ^ flip));
    }
  }
}

uint8_t Premultiplied(uint32_t colour, uint32_t alpha, Background background) {
  const uint32_t shown =
      background == Background::kBlack ? colour : colour + 255 - alpha;
  return static_cast<uint8_t>(std::min<uint32_t>(shown, 255));
}

template <typename Sample>
bool FlattenColour(const cv::Mat& picture, const Input& input,
                   Background background, uint8_t* bgr) {
  const int channels = picture.channels();
  bool has_alpha = channels == 4 && input.alpha != Alpha::kNone;
  if (has_alpha && input.alpha == Alpha::kStraightOrAllOpaque) {
    has_alpha = !IsZeroEverywhere<Sample>(picture, 3);
  }
  const bool premultiplied = input.alpha == Alpha::kPremultiplied;
  bool transparent = false;
  for (int y = 0; y < picture.rows; ++y) {
    const Sample* sample = picture.ptr<Sample>(y);
    for (int x = 0; x < picture.cols; ++x, bgr += 3, sample += channels) {
      const uint8_t alpha = has_alpha ? HighByte(sample[3]) : 255;
      transparent = transparent || alpha != 255;
      for (int channel = 0; channel < 3; ++channel) {
        const uint8_t colour = HighByte(sample[channel]);
        bgr[channel] = alpha == 255 ? colour
                       : premultiplied
                           ? Premultiplied(colour, alpha, background)
                           : Shown(colour, alpha, background);
      }
    }
  }
  return transparent;
}

}  // namespace

bool Flatten(const cv::Mat& picture, const Input& input, Background background,
             uint8_t* bgr) {
  if (picture.data == bgr) return false;
  const bool wide = picture.depth() == CV_16U;
  if (picture.channels() == 1) {
    wide ? FlattenGrey<uint16_t>(picture, input, bgr)
         : FlattenGrey<uint8_t>(picture, input, bgr);
    return false;
  }
  return wide ? FlattenColour<uint16_t>(picture, input, background, bgr)
              : FlattenColour<uint8_t>(picture, input, background, bgr);
}

}  // namespace hashvet::imgcodecs
