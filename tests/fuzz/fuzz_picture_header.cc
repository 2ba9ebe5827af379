// The sniffer and the six header readers: pure functions of their bytes.

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashvet/decode/picture_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto header =
      hashvet::ReadPictureHeader(std::as_bytes(std::span(bytes, size)));
  if (header.ok() && (header->width == 0 || header->height == 0)) {
    __builtin_trap();
  }
  return 0;
}
