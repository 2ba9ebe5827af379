// A picture's bytes to its hashes: decode, then hash, and an outcome in every
// case.

#ifndef HASHVET_PICTURE_HASH_PICTURE_H_
#define HASHVET_PICTURE_HASH_PICTURE_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "hashvet/base/export.h"
#include "hashvet/decode/decode.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/picture_hashes.h"

namespace hashvet {

struct HashPictureOptions {
  DecodeOptions decode = {};
  PdqVariant variant = PdqVariant::kFull;
  // Further variants to ask lists with; each comes back in
  // PictureHashes::more_pdq unless it is of the same pixels as one before.
  std::vector<PdqVariant> more_variants = {};
  // Besides PDQ, from the same pixels: kinds that this build computes. Each
  // comes back in PictureHashes::others. Matcher::PictureKinds says which are
  // needed to ask all of its lists.
  std::vector<HashKind> kinds = {};
};

// Never fails silently: outcome and status say why there is no hash. The
// message does not name the file; the caller knows it. Thread-safe.
HASHVET_EXPORT PictureHashes HashPicture(
    std::span<const std::byte> bytes, const HashPictureOptions& options = {});

// The same for a file ("-" is standard input). Also sets flags.type_mismatch
// when the name's ending promises another format, and kUnreadable when the file
// is missing, a directory, or may not be read.
HASHVET_EXPORT PictureHashes HashPictureFile(
    const std::string& path, const HashPictureOptions& options = {});

}  // namespace hashvet

#endif  // HASHVET_PICTURE_HASH_PICTURE_H_
