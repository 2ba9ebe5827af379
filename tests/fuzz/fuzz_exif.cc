// The orientation out of EXIF data: a pure function of its bytes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "src/decode/tiff_directory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto exif = std::as_bytes(std::span(bytes, size));
  const auto orientation = static_cast<int>(hashvet::ExifOrientationOf(exif));
  if (orientation < 1 || orientation > 8) std::abort();
  const auto directory = hashvet::ReadTiffDirectory(exif);
  if (directory && directory->orientation &&
      directory->orientation_at >= exif.size()) {
    std::abort();
  }
  return 0;
}
