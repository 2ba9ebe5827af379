// Decode for those who need no picture in memory: the same bytes, limits and
// pixels, row by row, and the frames of an animation.

#ifndef HASHVET_SRC_DECODE_DECODE_ROWS_H_
#define HASHVET_SRC_DECODE_DECODE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/decode/decode.h"
#include "hashvet/decode/picture_header.h"
#include "src/decode/codec.h"
#include "src/decode/row_receiver.h"

namespace hashvet {

// The header, when the bytes and what it states are within the limits. Nothing
// of the picture is decoded. Errors: Decode's.
absl::StatusOr<PictureHeader> ReadLimitedHeader(
    std::span<const std::byte> bytes, const DecodeLimits& limits);

// Rows as they are stored: the orientation is the receiver's to apply.
//
//   header      ReadLimitedHeader's, of the same bytes
//   max_frames  of an animation: so many come, evenly spaced, the first always.
//               At least 1
//
// Errors: Decode's, and the receiver's.
absl::StatusOr<CodecResult> DecodeRows(std::span<const std::byte> bytes,
                                       const PictureHeader& header,
                                       uint32_t max_frames,
                                       RowReceiver& receiver);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_DECODE_ROWS_H_
