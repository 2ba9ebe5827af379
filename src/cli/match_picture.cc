#include "src/cli/match_picture.h"

#include <utility>
#include <vector>

namespace hashvet::cli {

PictureAnswer HashAndMatch(
    const Matcher& matcher, const MatchOptions& options,
    absl::FunctionRef<PictureHashes(std::span<const HashKind>)> hash) {
  std::vector<HashKind> kinds = matcher.PictureKinds(options);
  PictureHashes picture = hash(kinds);
  Verdict verdict = matcher.MatchPicture(picture, options);
  if (verdict.outcome == Outcome::kListUnavailable) {
    std::vector<HashKind> now = matcher.PictureKinds(options);
    if (now != kinds) {
      picture = hash(now);
      verdict = matcher.MatchPicture(picture, options);
    }
  }
  return {std::move(verdict), std::move(picture)};
}

}  // namespace hashvet::cli
