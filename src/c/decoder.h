// The process's decoder pool: what pictures from strangers go through.

#ifndef HASHVET_SRC_C_DECODER_H_
#define HASHVET_SRC_C_DECODER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "hashvet/sandbox/picture_hasher.h"

namespace hashvet::c {

// Started where it was not yet, in this process: a forked one has its own. It
// lives as long as the process. Thread-safe.
//
// Errors: DecoderPool::Start's, and the next call tries again; Unimplemented in
// a build without the sandbox.
absl::StatusOr<PictureHasher*> Decoder();

}  // namespace hashvet::c

#endif  // HASHVET_SRC_C_DECODER_H_
