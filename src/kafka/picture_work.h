// Pictures on their way to verdicts, on threads of their own: decoding is slow
// and must not hold up the group. The sandbox decodes; nothing here does.

#ifndef HASHVET_SRC_KAFKA_PICTURE_WORK_H_
#define HASHVET_SRC_KAFKA_PICTURE_WORK_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/matcher/matcher.h"
#include "src/cli/match_picture.h"
#include "src/cli/picture_input.h"
#include "src/kafka/commit_points.h"
#include "src/kafka/message.h"
#include "src/kafka/root_folder.h"

namespace hashvet::kafka {

struct PictureJob {
  Ticket ticket;
  Message message;   // of picture bytes or a path
  std::string text;  // as it came, where it names a path
  size_t message_bytes = 0;
  std::chrono::steady_clock::time_point taken;
};

struct PictureDone {
  PictureJob job;  // without the bytes
  std::variant<cli::PictureAnswer, Poison> answer;
};

// Submit, Drop, Take and Stop are for one thread.
class PictureWork {
 public:
  // Starts a thread that runs `body`; throws std::system_error where the system
  // gives none.
  using StartThread =
      absl::FunctionRef<std::thread(std::function<void()> body)>;

  //   pictures, matcher  must outlive this
  //   root               null: paths are poison
  //   threads            at least 1; where the system gives fewer, these do it
  //   start              for tests
  //
  // Errors: ResourceExhausted where it gives none.
  static absl::StatusOr<std::unique_ptr<PictureWork>> Create(
      const cli::PictureReader& pictures, const RootFolder* root,
      const Matcher& matcher, size_t threads,
      StartThread start = [](std::function<void()> body) {
        return std::thread(std::move(body));
      });
  ~PictureWork();

  void Submit(PictureJob job);
  // What is done by now.
  std::vector<PictureDone> Take();
  // Forgets those that were not begun and that `of` says. Returns their
  // messages' bytes.
  size_t Drop(absl::FunctionRef<bool(const Ticket&)> of);
  // Begins no more; returns when those that were begun are done.
  void Stop();

 private:
  PictureWork(const cli::PictureReader& pictures, const RootFolder* root,
              const Matcher& matcher);
  void Run();
  PictureDone Do(PictureJob job);
  cli::PictureAnswer Match(std::span<const std::byte> bytes);

  const cli::PictureReader& pictures_;
  const RootFolder* const root_;
  const Matcher& matcher_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<PictureJob> waiting_;
  std::vector<PictureDone> done_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_PICTURE_WORK_H_
