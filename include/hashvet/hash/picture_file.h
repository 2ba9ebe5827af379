// The bytes of a picture file, or the outcome that says why there are none: the
// same whether they are decoded in this process or in another.

#ifndef HASHVET_HASH_PICTURE_FILE_H_
#define HASHVET_HASH_PICTURE_FILE_H_

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/picture_hashes.h"

namespace hashvet {

// A picture without hashes. REQUIRES: `outcome` is not kHashed.
HASHVET_EXPORT PictureHashes FailedPicture(HashOutcome outcome,
                                           absl::Status status);

// "-" is standard input; a file of more than max_bytes (inclusive) is
// kOverLimit, one that cannot be read kUnreadable, an empty one kUndecodable,
// one for which no descriptor is left kOverloaded.
HASHVET_EXPORT std::variant<std::vector<std::byte>, PictureHashes>
ReadPictureFile(const std::string& path, size_t max_bytes);

}  // namespace hashvet

#endif  // HASHVET_HASH_PICTURE_FILE_H_
