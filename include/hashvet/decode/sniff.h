// Which picture format bytes are in, by their first few: never by a name.

#ifndef HASHVET_DECODE_SNIFF_H_
#define HASHVET_DECODE_SNIFF_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "hashvet/base/export.h"

namespace hashvet {

enum class PictureFormat : uint8_t {
  kUnknown,
  kJpeg,
  kPng,
  kWebp,
  kBmp,
  kTiff,
  kGif,
  // Read where the build has libheif; recognised everywhere, so that a refusal
  // can name them.
  kAvif,
  kHeic,
};

// "JPEG", "PNG" …; "unknown" for kUnknown.
HASHVET_EXPORT std::string_view NameOf(PictureFormat format);

// Reads at most the first 256 bytes; fewer are fine. Thread-safe.
HASHVET_EXPORT PictureFormat Sniff(std::span<const std::byte> bytes);

// The format that a file name's ending promises, kUnknown for an unknown one.
HASHVET_EXPORT PictureFormat FormatOfName(std::string_view file_name);

}  // namespace hashvet

#endif  // HASHVET_DECODE_SNIFF_H_
