#include "src/matcher/watcher.h"

#include <unistd.h>

#include <random>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {

Watcher::Watcher(const WatchOptions& options, DirectoryEvents events,
                 std::function<void()> look, std::function<void()> test)
    : options_(options),
      events_(std::move(events)),
      look_(std::move(look)),
      test_(std::move(test)) {}

absl::StatusOr<std::unique_ptr<Watcher>> Watcher::Start(
    const WatchOptions& options, std::vector<std::string> directories,
    std::function<void()> look, std::function<void()> test) {
  if (!options.inotify) directories.clear();
  HASHVET_ASSIGN_OR_RETURN(DirectoryEvents events,
                           DirectoryEvents::Create(std::move(directories)));
  std::unique_ptr<Watcher> watcher(new Watcher(
      options, std::move(events), std::move(look), std::move(test)));
  try {
    watcher->thread_ = std::thread([raw = watcher.get()] { raw->Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "matcher: got no thread, want one to watch: ", error.code().message()));
  }
  return watcher;
}

Watcher::~Watcher() {
  if (!thread_.joinable()) return;
  events_.Stop();
  thread_.join();
}

void Watcher::Run() {
  using Clock = std::chrono::steady_clock;
  using std::chrono::milliseconds;
  // Processes that were started together drift apart.
  std::minstd_rand random(
      static_cast<uint32_t>(::getpid()) ^
      static_cast<uint32_t>(Clock::now().time_since_epoch().count()));
  const auto longest = options_.poll.count();
  std::uniform_int_distribution<milliseconds::rep> wait_ms((longest + 1) / 2,
                                                           longest);
  const bool tests = options_.self_test_every.count() > 0;
  Clock::time_point next_test = Clock::now() + options_.self_test_every;
  while (events_.Wait(milliseconds(wait_ms(random)))) {
    look_();
    if (!tests || Clock::now() < next_test) continue;
    test_();
    next_test = Clock::now() + options_.self_test_every;
  }
}

}  // namespace hashvet
