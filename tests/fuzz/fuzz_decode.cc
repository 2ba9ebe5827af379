// Decoding whole pictures, small ones, so that an input costs little: our own
// JPEG code, and the codecs of the module where HASHVET_MODULE_DIR finds it.

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashvet/decode/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  constexpr uint64_t kMaxPixels = 1 << 16;
  const auto decoded = hashvet::Decode(std::as_bytes(std::span(bytes, size)),
                                       {.limits = {.max_pixels = kMaxPixels}});
  if (decoded.ok()) {
    const hashvet::Picture& picture = decoded->picture;
    if (uint64_t{picture.width()} * picture.height() > kMaxPixels) {
      __builtin_trap();
    }
  }
  return 0;
}
