#include "src/decode/imgcodecs/input.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/decode/byte_reader.h"
#include "src/decode/tiff_directory.h"

namespace hashvet::imgcodecs {
namespace {

Input Unsupported(std::string why) {
  Input input;
  input.unsupported = std::move(why);
  return input;
}

void Append(std::vector<std::byte>& to, std::span<const std::byte> part) {
  to.insert(to.end(), part.begin(), part.end());
}

// OpenCV takes the fourth byte of a pixel for alpha even where the file does
// not say that it is, and gives up where rows are missing.
Input PrepareBmp(std::span<const std::byte> bytes, uint64_t width,
                 uint64_t height) {
  constexpr uint32_t kCoreHeader = 12;
  constexpr uint32_t kHeaderWithAlphaMask = 56;
  constexpr uint32_t kMasks = 3;
  const ByteReader reader(bytes, ByteOrder::kLittle);
  const uint64_t pixels_at = reader.U32(10).value_or(0);
  const uint32_t header_bytes = reader.U32(14).value_or(0);
  const bool core = header_bytes == kCoreHeader;
  const uint32_t bits = reader.U16(core ? 24 : 28).value_or(0);
  const uint32_t compression = core ? 0 : reader.U32(30).value_or(0);
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 &&
      bits != 32) {
    return Unsupported(std::to_string(bits) +
                       " bits a pixel, this build reads 1, 4, 8, 16, 24, 32");
  }
  Input input;
  const bool has_alpha = header_bytes >= kHeaderWithAlphaMask &&
                         compression == kMasks &&
                         reader.U32(66).value_or(0) != 0;
  input.alpha = has_alpha ? Alpha::kStraightOrAllOpaque : Alpha::kNone;
  const uint64_t size_bytes = pixels_at + (width * bits + 31) / 32 * 4 * height;
  if ((compression == 0 || compression == kMasks) && pixels_at < bytes.size() &&
      bytes.size() < size_bytes) {
    Append(input.rewritten, bytes);
    input.rewritten.resize(size_bytes, std::byte{0xff});
    input.truncated = true;
  }
  return input;
}

// OpenCV 4.6 turns a TIFF by its orientation whatever it is asked, takes 16-bit
// samples raw, and drops the alpha of grey.
Input PrepareTiff(std::span<const std::byte> bytes) {
  const auto directory = ReadTiffDirectory(bytes);
  if (!directory) return Unsupported("no directory");
  constexpr uint32_t kWhiteIsZero = 0;
  constexpr uint32_t kRgb = 2;
  const uint32_t bits = directory->bits_per_sample.value_or(1);
  const uint32_t samples = directory->samples_per_pixel.value_or(1);
  const uint32_t photometric = directory->photometric.value_or(kWhiteIsZero);
  if (directory->sample_format.value_or(1) != 1) {
    return Unsupported("samples are not unsigned integers (sample format " +
                       std::to_string(*directory->sample_format) + ")");
  }
  if (bits != 1 && bits != 8 && bits != 16) {
    return Unsupported(std::to_string(bits) +
                       " bits a sample, this build reads 1, 8 and 16");
  }
  if (samples != 1 && samples != 3 && samples != 4) {
    return Unsupported(std::to_string(samples) +
                       " samples a pixel, this build reads 1, 3 and 4");
  }
  const bool planes_apart = directory->planar.value_or(1) != 1;
  if (bits == 16 && (photometric > kRgb || (planes_apart && samples > 1))) {
    return Unsupported("16 bits a sample in colour model " +
                       std::to_string(photometric) +
                       (planes_apart ? ", planes apart" : ""));
  }
  Input input;
  input.zero_is_white = bits == 16 && photometric == kWhiteIsZero;
  // Extra sample 0 is "not alpha", 1 premultiplied, 2 straight; libtiff, which
  // reads 8 bits for OpenCV, multiplies 2 itself. A file that has a fourth
  // sample and does not say what it is means straight alpha in practice.
  constexpr uint32_t kMissing = 2 + 1;
  const uint32_t extra = directory->extra_samples.value_or(kMissing);
  if (photometric != kRgb || extra == 0) {
    input.alpha = Alpha::kNone;
  } else if (extra == 1 || (extra == 2 && bits == 8)) {
    input.alpha = Alpha::kPremultiplied;
  }
  if (OrientationFromTag(directory->orientation) != ExifOrientation::kTopLeft) {
    Append(input.rewritten, bytes);
    input.rewritten[directory->orientation_at] = std::byte{1};
  }
  return input;
}

}  // namespace

Input PrepareInput(PictureFormat format, std::span<const std::byte> bytes,
                   uint32_t width, uint32_t height) {
  switch (format) {
    case PictureFormat::kBmp:
      return PrepareBmp(bytes, width, height);
    case PictureFormat::kTiff:
      return PrepareTiff(bytes);
    default:
      return Unsupported("not a format of this module");
  }
}

}  // namespace hashvet::imgcodecs
