// Picture bytes to hashes, wherever they are decoded: in a locked-down process
// (DecoderPool, for bytes from strangers) or in this one (InProcessHasher, for
// pictures that are trusted). No codec is linked by either.

#ifndef HASHVET_SANDBOX_PICTURE_HASHER_H_
#define HASHVET_SANDBOX_PICTURE_HASHER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/picture_hashes.h"

namespace hashvet {

// The most pixels that a picture is decoded of where max_pixels is not said.
inline constexpr uint64_t kDefaultMostPixels = 210'000'000;

// What is asked of one picture. The limits are inclusive.
struct HashRequest {
  // width * height; 0: kDefaultMostPixels of a JPEG in one scan of Huffman
  // codes, 100,000,000 of everything else.
  uint64_t max_pixels = 0;
  size_t max_input_bytes = size_t{64} << 20;  // at most 1 GiB
  bool apply_orientation = true;
  PdqVariant variant = PdqVariant::kFull;
  std::vector<PdqVariant> more_variants;  // PictureHashes::more_pdq
  std::vector<HashKind> kinds;            // beside PDQ: PictureHashes::others
};

class HASHVET_EXPORT PictureHasher {
 public:
  virtual ~PictureHasher() = default;

  // Never fails silently: outcome and status say why there is no hash. The
  // message does not name the file; the caller knows it. Thread-safe.
  //
  //   name  the picture's file name, for its ending alone: it sets
  //         flags.type_mismatch where it promises another format. May be empty.
  virtual PictureHashes Hash(std::span<const std::byte> bytes,
                             std::string_view name,
                             const HashRequest& request) = 0;

  // The same for a file ("-" is standard input): kUnreadable when it is
  // missing, a directory, or may not be read.
  PictureHashes HashFile(const std::string& path, const HashRequest& request);

  // Whether the codecs of PNG, WebP, GIF, BMP and TIFF open: OK, or the error a
  // picture that needs them would be answered with.
  virtual absl::Status CheckCodecs() = 0;
};

}  // namespace hashvet

#endif  // HASHVET_SANDBOX_PICTURE_HASHER_H_
