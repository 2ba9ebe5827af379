// The thread behind Matcher::Watch: looks when something happened, and from
// time to time in any case. Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_WATCHER_H_
#define HASHVET_SRC_MATCHER_WATCHER_H_

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "hashvet/matcher/matcher.h"
#include "src/matcher/directory_events.h"

namespace hashvet {

class Watcher {
 public:
  // Calls `look` and `test` from its own thread until it is destroyed.
  //
  // Errors: ResourceExhausted when there is no descriptor or thread to be had.
  static absl::StatusOr<std::unique_ptr<Watcher>> Start(
      const WatchOptions& options, std::vector<std::string> directories,
      std::function<void()> look, std::function<void()> test);

  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher();

 private:
  Watcher(const WatchOptions& options, DirectoryEvents events,
          std::function<void()> look, std::function<void()> test);
  void Run();

  const WatchOptions options_;
  DirectoryEvents events_;
  const std::function<void()> look_;
  const std::function<void()> test_;
  std::thread thread_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_WATCHER_H_
