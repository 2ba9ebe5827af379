// Hashes to verdicts: searches every list it was given, under each list's own
// policy.
//
//   hashes (8 orientations) --index--> rows --entries--> matches --> verdict
//
// A matcher serves one generation of lists. Made of a source, it can exchange
// it for the next while it answers: by Reload, or by itself after Watch.
//
//   auto matcher = Matcher::Follow(MakeListSource({.directories = {"lists"}}));
//   matcher->Watch();                      // from here on lists stay current
//   matcher->MatchPicture(HashPicture(…)); // from any thread
//
// Asking is thread-safe and never waits, not even while generations are
// exchanged: each call pins one, uses it to the end, and reports it. What was
// replaced is released by whoever reloads, once its last call has returned.
//
// It starts no thread but Watch's. After fork() the child's matcher goes on
// answering from the generation it has, and follows nothing: the watching
// thread is the parent's. A child that wants to follow makes a matcher of its
// own, which shares the files' pages.

#ifndef HASHVET_MATCHER_MATCHER_H_
#define HASHVET_MATCHER_MATCHER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/deadline.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/generation_source.h"
#include "hashvet/matcher/known_answers.h"
#include "hashvet/matcher/matcher_status.h"
#include "hashvet/matcher/verdict.h"

namespace hashvet {

struct MatchOptions {
  // Lists by name; others do not exist for this request. Empty: all of them.
  std::vector<std::string> only_lists;
  // Instead of every list's own threshold, in all orientations, for kinds that
  // are compared by bits; inclusive, at most the kind's width. A list without a
  // threshold for a kind stays carried only. It means something else under each
  // kind, so pictures are then asked under PDQ and digests alone.
  std::optional<uint32_t> max_distance;
  bool all_orientations = true;  // false: the picture as it is
  Deadline deadline;
  const Cancellation* cancellation = nullptr;  // may be null
  Executor* executor = nullptr;                // null: on the calling thread
};

struct MatcherOptions {
  // Seconds since 1970, which say how old a list is; empty: the system's clock.
  // Called from every thread that asks.
  std::function<uint64_t()> now_s;
};

// What became of the lists of a matcher that watches. Holds no hash value.
struct GenerationEvent {
  enum class What : uint8_t {
    kServes,          // the generation serves from now on
    kRefused,         // something on offer is refused; the generation stays
    kRecovered,       // nothing is refused any more
    kSelfTestFailed,  // the generation failed the known-answer test
  };
  What what = What::kServes;
  std::string version;      // of the generation
  uint64_t generation = 0;  // its number
  absl::Status status;      // why it was refused, or failed
};

// Called by whoever reloads or tests, as a rule Watch's thread, one call at a
// time. Requests do not wait for it; the next reload does. It must not call
// Reload, Watch or SelfTest.
using GenerationObserver = std::function<void(const GenerationEvent&)>;

struct WatchOptions {
  // The longest time between two looks at the source, 1 .. 250 ms; the actual
  // one varies below it, so that many processes do not look at once. Changes
  // that inotify tells of are taken at once.
  std::chrono::milliseconds poll{250};
  bool inotify = true;
  // Between two known-answer tests of what serves; 0: none.
  std::chrono::milliseconds self_test_every{60'000};
  // What is tested; the seed changes with every test.
  KnownAnswerOptions self_test;
  // Is told first what serves when Watch begins. What it holds must outlive the
  // matcher. May be empty.
  GenerationObserver observer;
};

class HASHVET_EXPORT Matcher {
 public:
  // Of lists that stay as they are, under their own policies. They are not
  // tested: whoever opens files for others to rely on calls TestKnownAnswers,
  // or lets Follow do it.
  //
  // Errors: those of Generation::Create.
  static absl::StatusOr<Matcher> Create(
      std::vector<std::shared_ptr<const SnapshotReader>> lists);
  // The same under other policies, or with overlays.
  // REQUIRES: generation != nullptr
  static Matcher Serve(std::shared_ptr<const Generation> generation,
                       const MatcherOptions& options = {});

  // Of what the source offers, now and after each Reload.
  //
  // Errors: InvalidArgument for no source; what it refuses at first.
  static absl::StatusOr<Matcher> Follow(
      std::unique_ptr<GenerationSource> source,
      const MatcherOptions& options = {});

  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  // REQUIRES: no call is running. Ends the watching.
  ~Matcher();

  // One picture, all its orientations, under each list's minimum quality, by
  // every kind it was hashed under and some list carries: a match under any is
  // a match. A picture without a hash gives the outcome that says so, unless a
  // digest of its bytes matches. Where it has no match and lacks a hash of
  // PictureKinds, which a list in the role match carries, that list was not
  // searched: list_unavailable, with the kind and the list in the status.
  Verdict MatchPicture(const PictureHashes& picture,
                       const MatchOptions& options = {}) const;

  // What pictures are to be hashed under besides PDQ, so that all lists can be
  // asked about them: each kind that this build computes and that some list
  // carries with a threshold (digests have one). Of options, only_lists and
  // max_distance count. Lists that are exchanged may carry others, so ask
  // before each picture:
  //
  //   HashPictureFile(path, {.kinds = matcher.PictureKinds()})
  std::vector<HashKind> PictureKinds(const MatchOptions& options = {}) const;

  // One value that the caller already has, as it is. Its quality is unknown, so
  // minimum qualities do not apply.
  Verdict MatchValue(const HashValue& value,
                     const MatchOptions& options = {}) const;

  // Many at once, all of one generation: the same verdicts, in the order asked,
  // found together, which costs a fraction of asking one by one.
  std::vector<Verdict> MatchPictures(std::span<const PictureHashes> pictures,
                                     const MatchOptions& options = {}) const;
  std::vector<Verdict> MatchValues(std::span<const HashValue> values,
                                   const MatchOptions& options = {}) const;

  // MatchValues without its plain no-matches, for much that is stored against
  // little that is new: what is not made costs nothing.
  Findings FindValues(std::span<const HashValue> values,
                      const MatchOptions& options = {}) const;

  // Serves what the source offers now, and releases what is no longer pinned.
  // Whatever cannot be served leaves the old serving.
  //
  // Errors: what is refused; FailedPrecondition without a source, or in a child
  // of the process that made the matcher. Thread-safe.
  absl::Status Reload();

  // Starts a thread that reloads whenever the source has something new, runs
  // the known-answer test, and releases old generations. Refusals are told in
  // status(), in the metrics hashvet_generation_…, to the log and the observer.
  //
  // Errors: InvalidArgument for a poll out of its range; FailedPrecondition as
  // Reload, or when it watches already.
  absl::Status Watch(const WatchOptions& options = {});

  // Runs the known-answer test on what serves. While the last one failed to
  // find something, a request that finds nothing answers list_unavailable.
  absl::Status SelfTest(const KnownAnswerOptions& options = {});

  // In a child of the process that made the matcher: of the generation alone.
  MatcherStatus status() const;

  // What serves just now. Holding it keeps its files mapped.
  std::shared_ptr<const Generation> generation() const;

 private:
  struct State;
  explicit Matcher(std::unique_ptr<State> state);
  // Hidden: an instance of a template is nobody's to link to.
  template <typename Item>
  [[gnu::visibility("hidden")]] std::vector<Verdict> MatchAll(
      std::span<const Item> items, const MatchOptions& options) const;

  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_MATCHER_H_
