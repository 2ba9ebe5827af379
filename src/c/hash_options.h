// How pictures are hashed, as the C interface is told.

#ifndef HASHVET_SRC_C_HASH_OPTIONS_H_
#define HASHVET_SRC_C_HASH_OPTIONS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "hashvet/picture/hash_picture.h"
#include "src/c/guard.h"
#include "src/c/picture.h"

namespace hashvet::c {

struct Asked {
  HashPictureOptions options;
  bool in_process = false;
};

// Errors: those of OptionsOf; InvalidArgument for a variant or a kind that
// there is not.
absl::StatusOr<Asked> HashOptionsOf(const hashvet_hash_options* given);

// hash: absl::StatusOr<PictureHashes>(const Asked&)
template <typename Hash>
int HashWith(const hashvet_hash_options* given, hashvet_picture** picture,
             hashvet_error** error, Hash hash) {
  return Guard(error, [&]() -> absl::Status {
    if (picture == nullptr) return Null("picture");
    *picture = nullptr;
    HASHVET_ASSIGN_OR_RETURN(const Asked asked, HashOptionsOf(given));
    HASHVET_ASSIGN_OR_RETURN(PictureHashes hashes, hash(asked));
    auto made = std::make_unique<hashvet_picture>();
    made->hashes = std::move(hashes);
    made->message = std::string(made->hashes.status.message());
    *picture = made.release();
    return absl::OkStatus();
  });
}

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_HASH_OPTIONS_H_
