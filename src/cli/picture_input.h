// What the commands that take pictures share: their options, and how a picture
// that could not be hashed is told.

#ifndef HASHVET_SRC_CLI_PICTURE_INPUT_H_
#define HASHVET_SRC_CLI_PICTURE_INPUT_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/sandbox/picture_hasher.h"
#include "src/cli/json_line.h"

namespace CLI {
class App;
}

namespace hashvet::cli {

struct PictureOptions {
  HashRequest request;
  std::string variant = "full";
  bool trim = false;
  bool ignore_orientation = false;
  bool in_process = false;
  bool require_sandbox = false;
  std::string decoder;
};

// The kind of that name, which must be one that pictures are hashed under.
//
// Errors: InvalidArgument when it is unknown or not computed here.
absl::StatusOr<HashKind> ParseComputedKind(const std::string& name);

// The values of one kind, indexed by Orientation; a digest alone.
//
// Errors: why there are none; the picture's own status where it has no hash.
absl::StatusOr<std::vector<HashValue>> ValuesOf(const PictureHashes& picture,
                                                HashKind kind);

// --variant, --trim, --ignore-orientation, --max-pixels, --max-bytes,
// --in-process, --require-sandbox and --decoder.
void AddPictureOptions(CLI::App& command, PictureOptions& options);

// Files to hashes, under the options. Thread-safe.
class PictureReader {
 public:
  // Made before a list or a key is opened: the processes that decode must
  // never have had one.
  //
  //   threads  pictures at once; 0: one for each processor
  //
  // Errors: those of DecoderPool::Start and MakeInProcessHasher.
  static absl::StatusOr<PictureReader> Open(const PictureOptions& options,
                                            size_t threads);

  // A name with a NUL byte is unreadable rather than cut short.
  //
  //   kinds  to be hashed under; PDQ always is
  PictureHashes Hash(const std::string& file,
                     std::span<const HashKind> kinds = {}) const;

  // The same for bytes that are no file here. More of them than the request
  // allows is kOverLimit.
  PictureHashes HashBytes(std::span<const std::byte> bytes,
                          std::span<const HashKind> kinds = {}) const;

  // Inclusive.
  size_t max_input_bytes() const { return request_.max_input_bytes; }

 private:
  HashRequest With(std::span<const HashKind> kinds) const;
  PictureReader(std::unique_ptr<PictureHasher> hasher, HashRequest request)
      : hasher_(std::move(hasher)), request_(request) {}

  std::unique_ptr<PictureHasher> hasher_;
  HashRequest request_;
};

// Says "what: reason: file" on standard error; the file is not repeated where
// the reason ends with it.
void SayFailure(std::string_view what, std::string_view reason,
                const std::string& file);

// Says on standard error why `file` has no hash, or what is unusual about it.
void SayPicture(const std::string& file, const PictureHashes& picture);

// "flags": {"truncated": …, …}
void AddFlags(JsonLine& json, const PictureFlags& flags);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_PICTURE_INPUT_H_
