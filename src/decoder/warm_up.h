// Makes the codecs do once, before any picture, what each child would otherwise
// do for itself: libjpeg and dav1d ask the processor what it can, which takes
// long in a virtual machine; OpenCV registers its readers when it first
// decodes, and GDAL among them looks for 200 drivers and its configuration.

#ifndef HASHVET_SRC_DECODER_WARM_UP_H_
#define HASHVET_SRC_DECODER_WARM_UP_H_

#include "absl/status/status.h"

namespace hashvet::decoder {

// Each decodes a picture of our own, with a module that is opened for it but
// for JPEG. Errors: Decode's.
absl::Status WarmUpJpeg();
absl::Status WarmUpWebCodecs();
absl::Status WarmUpHeifCodecs();
absl::Status WarmUpCodecs();  // OpenCV's

}  // namespace hashvet::decoder

#endif  // HASHVET_SRC_DECODER_WARM_UP_H_
