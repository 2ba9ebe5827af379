// PDQ hashes of harmless pictures that everybody has. A list with an entry near
// one would match the whole world, so it does not go live: the ledger holds
// such entries back, and the known-answer test refuses the list.

#ifndef HASHVET_LIST_BENIGN_PANEL_H_
#define HASHVET_LIST_BENIGN_PANEL_H_

#include <span>
#include <string_view>

#include "hashvet/base/export.h"
#include "hashvet/hash/bit_hash.h"

namespace hashvet {

struct BenignHash {
  std::string_view picture;  // which one, for messages
  Hash256 hash;
};

// At least 300. Flat pictures are among them, so the all-zero hash is.
HASHVET_EXPORT std::span<const BenignHash> BenignPanel();

}  // namespace hashvet

#endif  // HASHVET_LIST_BENIGN_PANEL_H_
