// Finds the bars around a picture: letterboxes, frames, margins.

#ifndef HASHVET_SRC_HASHERS_TRIM_H_
#define HASHVET_SRC_HASHERS_TRIM_H_

#include "hashvet/hash/picture_hashes.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet::pdq {

// The picture without its bars; the picture itself where it has none, or where
// less than a third of a side would be left.
//
// variant  kTrimmedBlack: rows and columns at the edges all of whose grey
//          levels are below 40 (the reference's rule); kTrimmed: those all of
//          whose grey levels are within 12 of that side's outermost row's or
//          column's mean, whatever its colour, and that mean within 12 of the
//          first bar's: a white margin inside black bars is the picture's own.
//          Rows first, then columns of the rows that are left.
PictureView Trimmed(const PictureView& picture, PdqVariant variant);

}  // namespace hashvet::pdq

#endif  // HASHVET_SRC_HASHERS_TRIM_H_
