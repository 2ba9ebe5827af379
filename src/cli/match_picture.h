// A picture to its verdict, hashed under what the lists want to be asked about.

#ifndef HASHVET_SRC_CLI_MATCH_PICTURE_H_
#define HASHVET_SRC_CLI_MATCH_PICTURE_H_

#include <span>

#include "absl/functional/function_ref.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/matcher/matcher.h"

namespace hashvet::cli {

struct PictureAnswer {
  Verdict verdict;
  PictureHashes picture;
};

// Lists may be exchanged between the two steps for some of other kinds; then
// the picture is hashed once more, so that the exchange is no failure.
//
//   hash  under PDQ and these kinds
PictureAnswer HashAndMatch(
    const Matcher& matcher, const MatchOptions& options,
    absl::FunctionRef<PictureHashes(std::span<const HashKind>)> hash);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_MATCH_PICTURE_H_
