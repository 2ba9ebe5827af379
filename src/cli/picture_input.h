// What the commands that take pictures share: their options, and how a picture
// that could not be hashed is told.

#ifndef HASHVET_SRC_CLI_PICTURE_INPUT_H_
#define HASHVET_SRC_CLI_PICTURE_INPUT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/picture/hash_picture.h"
#include "src/cli/json_line.h"

namespace CLI {
class App;
}

namespace hashvet::cli {

struct PictureOptions {
  HashPictureOptions hash;
  std::string variant = "full";
  bool trim = false;
  bool ignore_orientation = false;
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

// --variant, --trim, --ignore-orientation, --max-pixels and --max-bytes.
void AddPictureOptions(CLI::App& command, PictureOptions& options);

// HashPictureFile under the options; a name with a NUL byte is unreadable
// rather than cut short. Thread-safe.
PictureHashes HashInput(const std::string& file, const PictureOptions& options);

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
