// The module's two symbols: cv::imdecode in its unchanged form, expanded to
// what a viewer would show.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <opencv2/core/mat.hpp>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <string>

#include "hashvet/decode/sniff.h"
#include "src/decode/codec_module.h"
#include "src/decode/imgcodecs/flatten.h"
#include "src/decode/imgcodecs/input.h"
#include "src/decode/imgcodecs/quiet.h"

namespace hashvet::imgcodecs {
namespace {

// What stands where nothing was decoded: the page behind the picture.
constexpr uint8_t kMissing = 255;

bool IsFilledWith(const cv::Mat& picture, uint8_t value) {
  for (int y = 0; y < picture.rows; ++y) {
    const uint8_t* row = picture.ptr<uint8_t>(y);
    const uint8_t* end = row + picture.cols * picture.elemSize();
    if (std::any_of(row, end, [value](uint8_t b) { return b != value; })) {
      return false;
    }
  }
  return true;
}

// imdecode into `canvas`, every byte of which is first set to `fill`.
//
// OpenCV 4.6 gives back an empty Mat when it gives up within the pixels; it
// gives back the one it was given, as it was, when it gives up within the
// header.
cv::Mat DecodeInto(cv::Mat canvas, uint8_t fill, const cv::Mat& encoded) {
  const Quiet quiet;
  try {
    canvas.setTo(cv::Scalar::all(fill));
    return cv::imdecode(encoded, cv::IMREAD_UNCHANGED, &canvas);
  } catch (const cv::Exception& exception) {
    if (exception.code == cv::Error::StsNoMem) throw std::bad_alloc();
    return cv::Mat();
  }
}

int Decode(const HashvetImgcodecsRequest& request, HashvetCodecReply& reply) {
  const std::span bytes(reinterpret_cast<const std::byte*>(request.bytes),
                        request.size_bytes);
  constexpr uint64_t kMostSide = 1 << 20;  // OpenCV's own, which it throws at
  if (request.width > kMostSide || request.height > kMostSide) {
    return Fail(reply, kHashvetCodecUnsupported,
                "a side is above 1,048,576 pixels");
  }
  const Input input = PrepareInput(static_cast<PictureFormat>(request.format),
                                   bytes, request.width, request.height);
  if (!input.unsupported.empty()) {
    return Fail(reply, kHashvetCodecUnsupported, input.unsupported);
  }
  const std::span<const std::byte> file =
      input.rewritten.empty() ? bytes : std::span(input.rewritten);
  if (file.size() > size_t{std::numeric_limits<int>::max()}) {
    return Fail(reply, kHashvetCodecUnsupported, "above 2 GiB");
  }
  const cv::Mat encoded(1, static_cast<int>(file.size()), CV_8U,
                        const_cast<std::byte*>(file.data()));

  // imdecode writes into a Mat of the right type and size as it finds it; so
  // what it read stays there when it gives up half-way.
  const int width = static_cast<int>(request.width);
  const int height = static_cast<int>(request.height);
  cv::Mat canvas(height, width, CV_8UC3, request.bgr);
  cv::Mat decoded = DecodeInto(canvas, kMissing, encoded);
  if ((decoded.empty() || decoded.data == canvas.data) &&
      IsFilledWith(canvas, kMissing)) {
    // Untouched, or a picture that is white all over: another fill tells.
    if (!decoded.empty()) decoded = DecodeInto(canvas, 0, encoded);
    if (decoded.empty() || IsFilledWith(canvas, 0)) {
      return Fail(reply, kHashvetCodecDamaged,
                  "damaged: its codec reads no pixel of it");
    }
  }
  reply.truncated = input.truncated;
  if (decoded.empty()) {  // it gave up half-way
    decoded = canvas;
    reply.truncated = 1;
  }
  if (decoded.cols != width || decoded.rows != height) {
    return Fail(reply, kHashvetCodecDamaged,
                "the codec reads " + std::to_string(decoded.cols) + " x " +
                    std::to_string(decoded.rows) +
                    " pixels, the header states " + std::to_string(width) +
                    " x " + std::to_string(height));
  }
  const int channels = decoded.channels();
  if ((decoded.depth() != CV_8U && decoded.depth() != CV_16U) ||
      (channels != 1 && channels != 3 && channels != 4)) {
    return Fail(reply, kHashvetCodecUnsupported,
                "samples of a kind that this build does not read");
  }
  reply.alpha_flattened = Flatten(
      decoded, input, static_cast<Background>(request.background), request.bgr);
  return kHashvetCodecOk;
}

}  // namespace
}  // namespace hashvet::imgcodecs

extern "C" {

HASHVET_EXPORT int hashvet_imgcodecs_version() {
  return kHashvetImgcodecsVersion;
}

HASHVET_EXPORT int hashvet_imgcodecs_decode(
    const HashvetImgcodecsRequest* request, HashvetCodecReply* reply) {
  return hashvet::Answer<hashvet::imgcodecs::Decode>(request, reply);
}

}  // extern "C"
