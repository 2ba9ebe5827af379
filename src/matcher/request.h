// One call of a Matcher: the lists it may see, and the questions it asks of
// them together. Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_REQUEST_H_
#define HASHVET_SRC_MATCHER_REQUEST_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/matcher/verdict.h"

namespace hashvet {

// What is asked about one picture or value. Points into the caller's data.
struct Question {
  HashKind kind;
  // Of a kind that is searched by distance: as the picture is, then its other
  // orientations; 1 .. kOrientations of them.
  std::span<const Hash256> hashes;
  const HashValue* digest = nullptr;  // else, of any other kind
  std::optional<int> quality;         // unknown: minimum qualities do not apply
};

class Request {
 public:
  using Lists = std::span<const std::shared_ptr<const SnapshotReader>>;

  // Both must outlive the request.
  Request(Lists lists, const MatchOptions& options);

  // Versions of the lists that are asked, joined by '+'.
  const std::string& snapshot() const { return snapshot_; }

  // questions.size() verdicts, found together: each list is searched once for
  // all questions of a kind. Bound the number of questions; the matches of all
  // are in memory at once.
  std::vector<Verdict> Answer(std::span<const Question> questions) const;

 private:
  struct Progress;  // of one question

  void SearchIndex(const SnapshotReader& list, HashKind kind,
                   std::span<const Question> questions,
                   std::vector<Progress>& progress) const;
  void SearchDigests(const SnapshotReader& list,
                     std::span<const Question> questions,
                     std::vector<Progress>& progress) const;
  Verdict Conclude(const Question& question, Progress progress) const;

  const MatchOptions& options_;
  std::vector<const SnapshotReader*> lists_;
  std::string snapshot_;
  absl::Status missing_;  // a name asked for that is no list's
};

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_REQUEST_H_
