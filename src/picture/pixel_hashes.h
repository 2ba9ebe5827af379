// Everything that pixels are hashed under, wherever they come from: a file that
// was decoded, or a caller's memory.

#ifndef HASHVET_SRC_PICTURE_PIXEL_HASHES_H_
#define HASHVET_SRC_PICTURE_PIXEL_HASHES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/picture/hash_picture.h"
#include "hashvet/pixels/picture_view.h"
#include "src/decode/row_receiver.h"

namespace hashvet {

// Pixels have no digest: it is of the bytes that they were decoded from.
using DigestFunction = absl::FunctionRef<KindHashes(HashKind)>;

// All that is asked of the picture itself. Sets the outcome, kUndecodable for
// fewer pixels than a hash needs.
void HashItself(const PictureView& picture, const HashPictureOptions& options,
                DigestFunction digest, PictureHashes& hashes);

// What is asked of the picture over black and of its further frames.
class ShowingHasher {
 public:
  // Both must outlive it.
  ShowingHasher(const HashPictureOptions& options, PictureHashes& hashes);

  // After HashItself.
  void Hash(const FrameStart& start, const PictureView& picture);

  // Whether some that were hashed under PDQ were not under other kinds.
  bool skipped() const { return skipped_; }

 private:
  const PdqVariant variant_;
  std::vector<HashKind> kinds_;  // of pixels, beside PDQ
  PictureHashes& hashes_;
  size_t made_ = 0;
  uint64_t pixels_ = 0;
  bool skipped_ = false;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_PICTURE_PIXEL_HASHES_H_
