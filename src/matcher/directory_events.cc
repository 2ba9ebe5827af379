#include "src/matcher/directory_events.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace hashvet {

absl::StatusOr<DirectoryEvents> DirectoryEvents::Create(
    std::vector<std::string> directories) {
  const int stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop < 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat("matcher: got no descriptor, want one to watch: ",
                     std::generic_category().message(errno)));
  }
  const int inotify =
      directories.empty() ? -1 : ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  return DirectoryEvents(std::move(directories), inotify, stop);
}

DirectoryEvents::~DirectoryEvents() {
  if (inotify_ >= 0) ::close(inotify_);
  if (stop_ >= 0) ::close(stop_);
}

bool DirectoryEvents::Wait(std::chrono::milliseconds time) {
  if (inotify_ >= 0) {
    // Each time: a directory that was replaced is another one now. Nothing
    // changes for one that is watched already.
    for (const std::string& directory : directories_) {
      (void)::inotify_add_watch(
          inotify_, directory.c_str(),
          IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR);
    }
  }
  // poll leaves out descriptors that are negative.
  std::array<pollfd, 2> waits = {pollfd{stop_, POLLIN, 0},
                                 pollfd{inotify_, POLLIN, 0}};
  (void)::poll(waits.data(), waits.size(), static_cast<int>(time.count()));
  if (waits[1].revents != 0) {
    // What happened does not matter, only that it is read.
    alignas(inotify_event) std::array<char, 4096> events;
    while (::read(inotify_, events.data(), events.size()) > 0) {
    }
  }
  return waits[0].revents == 0;
}

void DirectoryEvents::Stop() {
  const uint64_t one = 1;
  // Fails only where the counter is full: then it is readable already.
  (void)!::write(stop_, &one, sizeof one);
}

}  // namespace hashvet
