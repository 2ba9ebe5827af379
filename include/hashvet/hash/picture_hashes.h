// What hashing one picture gives: its hashes, or why there are none.
//
// It is plain values, so that it can cross from a locked-down process that
// decodes to the one that matches.

#ifndef HASHVET_HASH_PICTURE_HASHES_H_
#define HASHVET_HASH_PICTURE_HASHES_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/orientation.h"

namespace hashvet {

// What a PDQ hash is of; see docs/hash_definitions.md. Lists do not say which
// of the first two made an entry; the others are asked with, for copies that
// were given bars.
enum class PdqVariant : uint8_t {
  kFull,  // from all rows and columns: the reference's Python and Java bindings
  kNn512,  // first to 512 x 512 by nearest neighbour: the reference's own tool
  kTrimmedBlack,  // without black bars, by the reference's rule; then as kFull
  kTrimmed,       // without plain bars of any colour; then as kFull
};

inline constexpr std::array<std::string_view, 4> kPdqVariantNames = {
    "full", "nn512", "trimmed_black", "trimmed"};

constexpr std::string_view NameOf(PdqVariant variant) {
  return kPdqVariantNames[static_cast<size_t>(variant)];
}

// Of an animation at most so many frames are hashed.
inline constexpr uint32_t kMaxFrames = 16;

// A picture over white and one over black are two when their PDQ hashes differ
// by more bits than this.
inline constexpr uint32_t kSameShowingMaxDistance = 10;

// One picture under PDQ, in all orientations.
struct PdqHashes {
  PdqVariant variant = PdqVariant::kFull;
  uint32_t frame = 0;       // of an animation, counted from 0
  bool over_black = false;  // its transparent parts; else over white
  int quality = 0;          // 0 (featureless) .. 100
  std::array<Hash256, kOrientations> orientations;  // indexed by Orientation

  const Hash256& hash() const { return orientations[0]; }
};

// Whether these are of another frame, or over black, and not of the picture
// itself.
template <typename Hashes>  // PdqHashes or KindHashes
constexpr bool IsShowing(const Hashes& hashes) {
  return hashes.frame != 0 || hashes.over_black;
}

// One picture under another kind.
struct KindHashes {
  HashKind kind = HashKind::kPdq;
  // As it is, then (unless it is a digest, which has none) in the other
  // orientations, indexed by Orientation. Empty when status is not OK.
  std::vector<HashValue> orientations;
  absl::Status status = {};  // why there is none: Unavailable, say
  // As in PdqHashes.
  uint32_t frame = 0;
  bool over_black = false;
};

// Beside those of the picture itself, at most so many hashes under other kinds
// than PDQ are made of it over black and of its further frames.
inline constexpr size_t kMaxKindShowings = 16;

// Why a picture could not be hashed, or that it was.
enum class HashOutcome : uint8_t {
  kHashed,
  kUndecodable,    // said to be a picture, but is not a readable one
  kUnsupported,    // a format this build does not read
  kOverLimit,      // more bytes or pixels than allowed
  kTimeout,        // the deadline passed, or the caller cancelled
  kDecoderFailed,  // the decoder itself broke
  kOverloaded,     // not attempted: too much work waiting
  kUnreadable,     // the file could not be read at all
};

HASHVET_EXPORT std::string_view NameOf(HashOutcome outcome);

// What was unusual about the picture. None of it is an error.
struct PictureFlags {
  bool truncated = false;            // hashed as far as it went
  bool type_mismatch = false;        // the name's ending says another format
  bool orientation_applied = false;  // turned as its EXIF data asks
  bool alpha_flattened = false;      // had transparency; shown over white
  bool alpha_dual = false;           // looks another over black; hashed so, too
  bool frames_skipped = false;  // an animation of frames that were not hashed
  bool scan_capped = false;     // a JPEG whose later scans were not read

  friend bool operator==(const PictureFlags&, const PictureFlags&) = default;
};

struct PictureHashes {
  HashOutcome outcome = HashOutcome::kUndecodable;
  absl::Status status;  // why, unless kHashed; OK when kHashed
  uint32_t width = 0;   // pixels as shown (after the EXIF orientation)
  uint32_t height = 0;  // 0 when not known
  PictureFlags flags;
  PdqHashes pdq;  // meaningful only when kHashed
  // The same picture under other variants of PDQ, where asked for, then over
  // black and other frames of it, each where it differs: all are asked, and a
  // match says which it was.
  std::vector<PdqHashes> more_pdq;
  // The other kinds asked for, in the order asked, of the picture itself; then
  // those of pixels of it over black and of other frames, as far as these are
  // in more_pdq. When not kHashed: digests of the bytes alone, where these
  // could be read.
  std::vector<KindHashes> others;
};

}  // namespace hashvet

#endif  // HASHVET_HASH_PICTURE_HASHES_H_
