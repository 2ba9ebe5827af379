// What each codec gives back when it has given its rows, and the one for JPEG.

#ifndef HASHVET_SRC_DECODE_CODEC_H_
#define HASHVET_SRC_DECODE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/decode/picture_header.h"
#include "src/decode/row_receiver.h"

namespace hashvet {

// What a codec may be expected to need, by what the header states, else nothing
// is decoded: a child of hashvet-decoder has 480 MiB, the hasher's rows and the
// file's own bytes among them.
inline constexpr uint64_t kMaxPredictedBytes = uint64_t{448} << 20;

struct CodecResult {
  bool truncated = false;       // the end was missing or damaged
  bool scan_capped = false;     // of a JPEG: later scans were not read
  bool frames_skipped = false;  // of an animation: some frames did not come
  bool stopped = false;         // the receiver wanted no more rows
};

// Through libjpeg-turbo. kGrey8, the file's own Y plane, from luma and chroma
// or grey; kBgr8 from RGB, CMYK and YCCK, so that luma follows PDQ's
// definition. What is missing at the end of one scan fades (missing_rows.h); of
// several, it is libjpeg's middle grey.
//
// REQUIRES: `header` was read from `bytes`, and its size is within the limits.
// Errors as Decode's, and the receiver's. Prints nothing. Thread-safe.
absl::StatusOr<CodecResult> DecodeJpeg(std::span<const std::byte> bytes,
                                       const PictureHeader& header,
                                       RowReceiver& receiver);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_CODEC_H_
