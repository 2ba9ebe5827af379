// PDQ hashes of harmless pictures that everybody has. A list with an entry near
// one would match the whole world, so it does not go live. Private to the
// matcher layer.

#ifndef HASHVET_SRC_MATCHER_BENIGN_PANEL_H_
#define HASHVET_SRC_MATCHER_BENIGN_PANEL_H_

#include <span>
#include <string_view>

#include "hashvet/hash/bit_hash.h"

namespace hashvet {

struct BenignHash {
  std::string_view picture;  // which one, for messages
  Hash256 hash;
};

// At least 64. Flat pictures are among them, so the all-zero hash is.
std::span<const BenignHash> BenignPanel();

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_BENIGN_PANEL_H_
