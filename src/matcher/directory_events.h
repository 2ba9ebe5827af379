// Waits until something happens in a directory, or some time has passed.
//
// A hint only: network file systems tell nothing of what others do, so who
// waits looks for itself afterwards, also when the time is up. Private to the
// matcher layer.

#ifndef HASHVET_SRC_MATCHER_DIRECTORY_EVENTS_H_
#define HASHVET_SRC_MATCHER_DIRECTORY_EVENTS_H_

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace hashvet {

class DirectoryEvents {
 public:
  // Directories that are not there are watched once they are. Where inotify is
  // not to be had, waits are of time alone.
  //
  // Errors: ResourceExhausted when there is no descriptor to be had for Stop.
  static absl::StatusOr<DirectoryEvents> Create(
      std::vector<std::string> directories);

  DirectoryEvents(DirectoryEvents&& other) noexcept
      : directories_(std::move(other.directories_)),
        inotify_(std::exchange(other.inotify_, -1)),
        stop_(std::exchange(other.stop_, -1)) {}
  DirectoryEvents& operator=(DirectoryEvents&&) = delete;
  ~DirectoryEvents();

  // False: stopped. One thread at a time.
  bool Wait(std::chrono::milliseconds time);

  // Ends the wait that runs, and all later ones. Thread-safe.
  void Stop();

 private:
  DirectoryEvents(std::vector<std::string> directories, int inotify, int stop)
      : directories_(std::move(directories)), inotify_(inotify), stop_(stop) {}

  std::vector<std::string> directories_;
  int inotify_;  // -1: none
  int stop_;     // an eventfd; readable for ever once stopped
};

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_DIRECTORY_EVENTS_H_
