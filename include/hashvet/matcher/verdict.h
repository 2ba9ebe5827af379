// The answer to "is this on a list": never a bool. An error, a limit or a
// missing list has an outcome of its own and cannot be read as "no match".

#ifndef HASHVET_MATCHER_VERDICT_H_
#define HASHVET_MATCHER_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/orientation.h"
#include "hashvet/hash/picture_hashes.h"

namespace hashvet {

enum class Outcome : uint8_t {
  kMatch,        // at least one entry of a list that was looked at
  kNoMatch,      // every list asked for was searched, and none has it
  kLowQuality,   // too flat to judge: some list was not searched for it
  kUndecodable,  // from here on: nothing was searched; see HashOutcome
  kUnsupported,
  kOverLimit,
  kTimeout,  // the deadline passed, or the caller cancelled
  kDecoderFailed,
  kOverloaded,
  kUnreadable,
  kListUnavailable,  // a list asked for is not there, or carries no value of
                     // the query's kind that this build can search
};

// "match", "no_match", "low_quality" …
HASHVET_EXPORT std::string_view NameOf(Outcome outcome);

// The outcome of a picture that has no hash. REQUIRES: outcome != kHashed
HASHVET_EXPORT Outcome FromHashOutcome(HashOutcome outcome);

// Why one entry matched.
struct Match {
  std::string list;
  std::string list_version;
  std::string entry;     // its key
  std::string category;  // verbatim
  HashKind kind = HashKind::kPdq;
  uint32_t distance =
      0;  // bits; 0 for digests. Keep it from untrusted callers:
          // a distance tells them how to get further away
  Orientation orientation = Orientation::kOriginal;  // of the query
  std::optional<int> query_quality;
  std::optional<int> entry_quality;
  std::string action;  // the list's label
};

struct Verdict {
  Outcome outcome = Outcome::kListUnavailable;
  // Nearest first; then by list, entry and orientation. An entry that several
  // orientations reach is reported once, with its nearest.
  std::vector<Match> matches;
  std::string snapshot;  // versions of the lists that were asked, joined by '+'
  // Why, for the outcomes that are failures; with a match, the first thing that
  // failed beside it, such as a list asked for that is not there; else OK.
  absl::Status status;
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_VERDICT_H_
