// The answer to "is this on a list": never a bool. An error, a limit or a
// missing list has an outcome of its own and cannot be read as "no match".

#ifndef HASHVET_MATCHER_VERDICT_H_
#define HASHVET_MATCHER_VERDICT_H_

#include <cstddef>
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
#include "hashvet/list/list_entry.h"

namespace hashvet {

enum class Outcome : uint8_t {
  kMatch,        // at least one entry of a list that was looked at
  kNoMatch,      // every list asked for was searched, but for those in
                 // not_sampled, and none has it; or what has it is excused
  kLowQuality,   // too flat to judge: some list was not searched for it
  kNotSampled,   // every list asked for samples, and leaves this item out
  kUndecodable,  // from here on: nothing was searched; see HashOutcome
  kUnsupported,
  kOverLimit,
  kTimeout,  // the deadline passed, or the caller cancelled
  kDecoderFailed,
  kOverloaded,
  kUnreadable,
  kListUnavailable,  // a list asked for is not there, too old to answer, or
                     // carries values of the query's kind without a threshold;
                     // or none carries any; or one carries a kind that the
                     // picture was not hashed under
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
  std::string category_scheme;
  Opinion opinion = Opinion::kUnknown;
  HashKind kind = HashKind::kPdq;
  // Bits; 0 for digests; under the list's metric for byte vectors, L2 rounded
  // up. Keep it from untrusted callers: a distance tells them how to get
  // further away.
  uint32_t distance = 0;
  Orientation orientation = Orientation::kOriginal;  // of the query
  std::optional<PdqVariant> variant;                 // of a picture under PDQ
  uint32_t frame = 0;       // of an animation: the one that matched
  bool over_black = false;  // its transparent parts; else over white
  std::optional<int> query_quality;
  std::optional<int> entry_quality;
  std::string action;  // the list's label
};

struct Verdict {
  Outcome outcome = Outcome::kListUnavailable;
  // Of lists in the role match. Nearest first; then by list, entry and
  // orientation. An entry that several orientations reach is reported once,
  // with its nearest.
  std::vector<Match> matches;

  // Entries of lists in the role ignore, the known good, in the same order.
  std::vector<Match> ignored_by;
  // Matches that are no nearer than the nearest of ignored_by, and so are no
  // reason for kMatch: the item looks more like something known to be good. A
  // match that is nearer stands, so that a copy of a listed picture is never
  // excused for its likeness to a good one. (Byte vectors compared under
  // different metrics excuse nothing.)
  std::vector<Match> suppressed_matches;
  // Of lists in the role shadow: to be recorded. They change no outcome, nor
  // does a shadow list that cannot answer.
  std::vector<Match> shadow_matches;
  // Lists that were not asked about this item, by their sampling: the outcome
  // says nothing about them.
  std::vector<std::string> not_sampled;

  // Versions of what was asked, joined by '+', all of one generation.
  std::string snapshot;
  // Which of the matcher's generations that was, counted from 1: never less
  // than in an earlier verdict of the same thread.
  uint64_t generation = 0;
  // Why, for the outcomes that are failures; with a match, the first thing that
  // failed beside it, such as a list asked for that is not there; else OK.
  absl::Status status;
};

// The verdict of one of many items, and of which.
struct NumberedVerdict {
  size_t item = 0;  // counted from 0
  Verdict verdict;
};

// What there is to say of many items. Those that are not in it have a plain
// no-match: kNoMatch with status OK, no match in any of the four sets, no list
// in not_sampled.
struct Findings {
  std::vector<NumberedVerdict> verdicts;  // in the order of the items
  // Of the plain no-matches, too.
  std::string snapshot;
  uint64_t generation = 0;
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_VERDICT_H_
