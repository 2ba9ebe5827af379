#include "src/decode/imgcodecs/flatten.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <opencv2/core/mat.hpp>

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
bool FlattenGrey(const cv::Mat& picture, const Input& input, uint8_t* bgr) {
  const Sample flip = input.zero_is_white ? Sample(~Sample{0}) : Sample{0};
  const bool keyed = input.transparent_grey.has_value();
  const uint16_t key = input.transparent_grey.value_or(0);
  bool transparent = false;
  for (int y = 0; y < picture.rows; ++y) {
    const Sample* sample = picture.ptr<Sample>(y);
    for (int x = 0; x < picture.cols; ++x, bgr += 3) {
      uint8_t grey = HighByte(static_cast<Sample>(sample[x] ^ flip));
      if (keyed && sample[x] == key) {
        grey = 255;
        transparent = true;
      }
      bgr[0] = bgr[1] = bgr[2] = grey;
    }
  }
  return transparent;
}

uint8_t OverWhite(uint32_t colour, uint32_t alpha, bool premultiplied) {
  const uint32_t white = 255 - alpha;
  const uint32_t shown =
      premultiplied ? colour + white : (colour * alpha + 127) / 255 + white;
  return static_cast<uint8_t>(std::min<uint32_t>(shown, 255));
}

template <typename Sample>
bool FlattenColour(const cv::Mat& picture, const Input& input, uint8_t* bgr) {
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
        bgr[channel] =
            alpha == 255 ? colour : OverWhite(colour, alpha, premultiplied);
      }
    }
  }
  return transparent;
}

}  // namespace

bool FlattenOverWhite(const cv::Mat& picture, const Input& input,
                      uint8_t* bgr) {
  if (picture.data == bgr) return false;
  const bool wide = picture.depth() == CV_16U;
  if (picture.channels() == 1) {
    return wide ? FlattenGrey<uint16_t>(picture, input, bgr)
                : FlattenGrey<uint8_t>(picture, input, bgr);
  }
  return wide ? FlattenColour<uint16_t>(picture, input, bgr)
              : FlattenColour<uint8_t>(picture, input, bgr);
}

}  // namespace hashvet::imgcodecs
