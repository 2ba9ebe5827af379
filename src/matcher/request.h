// One call of a Matcher: the lists it may see, and the questions it asks of
// them together, all of one generation. Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_REQUEST_H_
#define HASHVET_SRC_MATCHER_REQUEST_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/matcher/verdict.h"
#include "src/matcher/part_search.h"
#include "src/matcher/picture_kinds.h"

namespace hashvet {

// One of the showings and variants of a picture that are asked together.
struct AskedHash {
  std::optional<PdqVariant> variant;  // PDQ's
  int quality;
  uint32_t frame;
  bool over_black;
};

// What is asked about one picture or value.
struct Question {
  HashKind kind;
  Query query;                      // points into the caller's data
  std::optional<int> quality;       // unknown: minimum qualities do not apply
  std::vector<AskedHash> variants;  // of the query; none: unknown
  Lacking lacking = {};             // what else its picture should have had
};

// Nearest first; then by list, entry and orientation.
void SortMatches(std::vector<Match>& matches);

class Request {
 public:
  // generation, options  must outlive the request
  // now_s                seconds since 1970
  // distrust             not OK: why a search that finds nothing means nothing
  Request(const Generation& generation, const MatchOptions& options,
          uint64_t now_s, absl::Status distrust);

  // Versions of the parts that are asked, joined by '+'.
  const std::string& snapshot() const { return snapshot_; }

  // Whether some list of those parts has values of the kind.
  bool Carries(HashKind kind) const;

  // questions.size() verdicts, found together: each part is searched once for
  // all questions of a kind. Bound the number of questions; the matches of all
  // are in memory at once.
  std::vector<Verdict> Answer(std::span<const Question> questions) const;
  // Those of them that are no plain no-match, by the question's number.
  std::vector<NumberedVerdict> AnswerTelling(
      std::span<const Question> questions) const;

 private:
  struct Progress;  // of one question
  // The lists of one part that this request may ask.
  struct AskedPart {
    const Generation::Part* part;
    std::span<const Generation::List> lists;
    std::vector<bool> asked;  // of lists
  };

  std::vector<Progress> Search(std::span<const Question> questions) const;
  // add: void(size_t question, const absl::Status& unavailable, Progress&)
  template <typename Add>
  void AnswerTo(std::span<const Question> questions, Add add) const;
  void AskPart(const AskedPart& asked, HashKind kind,
               std::span<const Question> questions,
               std::vector<Progress>& progress) const;
  Limits LimitsOf(const AskedPart& asked, HashKind kind) const;
  // Whether any of the lists with a limit is asked this question; if so adds
  // which: a bit for each list of the part.
  bool Choose(const AskedPart& asked, const Limits& limits,
              const Question& question, Progress& progress,
              std::vector<bool>& chosen) const;
  // What keeps the lists that carry this kind, and those that carry what the
  // picture lacks, from answering.
  absl::Status Unavailable(const Question& question) const;
  // unavailable: of the question
  Verdict Conclude(const Question& question, const absl::Status& unavailable,
                   Progress progress) const;

  const MatchOptions& options_;
  std::vector<AskedPart> parts_;
  std::string snapshot_;
  absl::Status distrust_;
  // Why something asked for cannot be asked, where that may hide a match, and
  // where it may not: a known-good list.
  absl::Status unavailable_;
  absl::Status unavailable_ignore_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_REQUEST_H_
