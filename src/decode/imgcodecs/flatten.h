// A decoded Mat to 8-bit blue, green, red over white or black.

#ifndef HASHVET_SRC_DECODE_IMGCODECS_FLATTEN_H_
#define HASHVET_SRC_DECODE_IMGCODECS_FLATTEN_H_

#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "src/decode/imgcodecs/input.h"
#include "src/decode/row_receiver.h"

namespace hashvet::imgcodecs {

// Writes height x width x 3 bytes to `bgr` (which may be the Mat's own memory
// when it is CV_8UC3) and gives back whether some pixel was not opaque.
//
// 16 bits are cut to their high byte, as cv::imread(IMREAD_COLOR) and Pillow
// do; alpha is applied after that, c * a + b * (255 - a), b the background,
// divided by 255 and rounded.
//
// REQUIRES: depth CV_8U or CV_16U; 1, 3 or 4 channels.
bool Flatten(const cv::Mat& picture, const Input& input, Background background,
             uint8_t* bgr);

}  // namespace hashvet::imgcodecs

#endif  // HASHVET_SRC_DECODE_IMGCODECS_FLATTEN_H_
