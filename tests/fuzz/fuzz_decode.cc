// Decoding and hashing whole pictures, small ones, so that an input costs
// little: our own code, and the codecs of the modules where HASHVET_MODULE_DIR
// finds them. Row by row or whole, the hashes are the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "hashvet/decode/decode.h"
#include "hashvet/picture/hash_picture.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// libdav1d, or libheif with it, forgets 40 bytes of a picture that it refuses.
// In service a child ends with its picture.
extern "C" __attribute__((visibility("default"), used)) const char*
__lsan_default_suppressions() {
  return "leak:libdav1d\n";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  constexpr uint64_t kMaxPixels = 1 << 16;
  const auto file = std::as_bytes(std::span(bytes, size));
  const hashvet::DecodeOptions small = {.limits = {.max_pixels = kMaxPixels}};
  const auto decoded = hashvet::Decode(file, small);
  if (decoded.ok()) {
    const hashvet::Picture& picture = decoded->picture;
    Check(uint64_t{picture.width()} * picture.height() <= kMaxPixels);
  }
  const hashvet::PictureHashes streamed =
      hashvet::HashPicture(file, {.decode = small});
  const hashvet::PictureHashes whole = hashvet::HashPicture(
      file, {.decode = small, .kinds = {hashvet::HashKind::kAhash64ImageHash}});
  Check(streamed.outcome == whole.outcome);
  Check(streamed.status.ok() ==
        (streamed.outcome == hashvet::HashOutcome::kHashed));
  if (!streamed.status.ok()) return 0;
  Check(streamed.flags == whole.flags);
  Check(streamed.pdq.orientations == whole.pdq.orientations);
  Check(streamed.more_pdq.size() == whole.more_pdq.size());
  for (size_t i = 0; i < whole.more_pdq.size(); ++i) {
    Check(streamed.more_pdq[i].orientations == whole.more_pdq[i].orientations);
    Check(streamed.more_pdq[i].frame == whole.more_pdq[i].frame);
  }
  return 0;
}
