// What a Matcher holds. Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_MATCHER_STATE_H_
#define HASHVET_SRC_MATCHER_MATCHER_STATE_H_

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "hashvet/matcher/matcher.h"
#include "src/matcher/generation_cell.h"
#include "src/matcher/watcher.h"

namespace hashvet {

// A generation in its time of service.
struct Serving {
  Serving(std::shared_ptr<const Generation> served, uint64_t its_number,
          uint64_t now_s)
      : generation(std::move(served)), number(its_number), since_s(now_s) {}

  const std::shared_ptr<const Generation> generation;
  const uint64_t number;  // counted from 1
  const uint64_t since_s;
  // The last known-answer test did not find what is there.
  mutable std::atomic<bool> is_blind = false;
};

struct Matcher::State {
  State(MatcherOptions with, std::unique_ptr<GenerationSource> from,
        std::shared_ptr<const Generation> first);
  ~State();

  uint64_t Now() const;
  // In a child the locks may be held by threads that are not there, and so may
  // counts of the cell: nothing is written there.
  bool InChild() const { return ::getpid() != process; }
  absl::Status CheckFollows() const;
  absl::Status Reload();  // REQUIRES: CheckFollows()
  absl::Status SelfTest(const KnownAnswerOptions& what);

  // With `writing` held.
  void Serve(std::shared_ptr<const Generation> next);
  void NoteRefusal(const absl::Status& refusal);
  // To the observer. REQUIRES: neither `telling` nor `observing` is held.
  void Tell(GenerationEvent::What what, const Serving& about,
            absl::Status status = absl::OkStatus());

  const MatcherOptions options;
  const pid_t process = ::getpid();
  const std::unique_ptr<GenerationSource> source;  // null: nothing comes after
  GenerationCell<Serving> cell;

  std::mutex writing;  // for the source and the cell's writing side

  mutable std::mutex telling;  // for what follows; held for moments only
  MatcherStatus told;          // without what the generation says

  std::mutex observing;  // for the observer and while it is called
  GenerationObserver observer;

  std::unique_ptr<Watcher> watcher;  // with `writing` held
};

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_MATCHER_STATE_H_
