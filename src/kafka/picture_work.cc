#include "src/kafka/picture_work.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cli/match_picture.h"

namespace hashvet::kafka {
namespace {

// The sandbox refuses work for a second when somebody attacks it, which is no
// word on the picture: it is asked again before that becomes the answer.
constexpr int kTries = 5;
constexpr std::chrono::milliseconds kBetweenTries{500};

}  // namespace

PictureWork::PictureWork(const cli::PictureReader& pictures,
                         const RootFolder* root, const Matcher& matcher)
    : pictures_(pictures), root_(root), matcher_(matcher) {}

absl::StatusOr<std::unique_ptr<PictureWork>> PictureWork::Create(
    const cli::PictureReader& pictures, const RootFolder* root,
    const Matcher& matcher, size_t threads, StartThread start) {
  std::unique_ptr<PictureWork> work(new PictureWork(pictures, root, matcher));
  try {
    for (size_t i = 0; i < std::max<size_t>(threads, 1); ++i) {
      work->threads_.push_back(start([raw = work.get()] { raw->Run(); }));
    }
  } catch (const std::system_error& error) {
    if (work->threads_.empty()) {
      return absl::ResourceExhaustedError(
          absl::StrCat("pictures: got no thread, want one to decode them: ",
                       error.code().message()));
    }
  }
  return work;
}

PictureWork::~PictureWork() { Stop(); }

void PictureWork::Submit(PictureJob job) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
}

std::vector<PictureDone> PictureWork::Take() {
  std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

size_t PictureWork::Drop(absl::FunctionRef<bool(const Ticket&)> of) {
  std::lock_guard lock(mutex_);
  size_t bytes = 0;
  std::erase_if(waiting_, [&](const PictureJob& job) {
    if (!of(job.ticket)) return false;
    bytes += job.message_bytes;
    return true;
  });
  return bytes;
}

void PictureWork::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    waiting_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void PictureWork::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return;
    PictureJob job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    PictureDone done = Do(std::move(job));
    lock.lock();
    done_.push_back(std::move(done));
  }
}

cli::PictureAnswer PictureWork::Match(std::span<const std::byte> bytes) {
  return cli::HashAndMatch(matcher_, {}, [&](std::span<const HashKind> kinds) {
    PictureHashes picture = pictures_.HashBytes(bytes, kinds);
    for (int i = 1; picture.outcome == HashOutcome::kOverloaded && i < kTries;
         ++i) {
      std::this_thread::sleep_for(kBetweenTries);
      picture = pictures_.HashBytes(bytes, kinds);
    }
    return picture;
  });
}

PictureDone PictureWork::Do(PictureJob job) {
  if (auto* picture = std::get_if<PictureBytes>(&job.message.item)) {
    cli::PictureAnswer answer =
        Match(std::as_bytes(std::span<const char>(picture->bytes)));
    picture->bytes = std::string();
    return {std::move(job), std::move(answer)};
  }
  const std::string& path = std::get<PicturePath>(job.message.item).path;
  if (root_ == nullptr) {
    return {std::move(job), Poison{PoisonReason::kNotAllowed,
                                   "path: the worker was given no root"}};
  }
  auto read = root_->Read(path, pictures_.max_input_bytes());
  if (auto* poison = std::get_if<Poison>(&read)) {
    return {std::move(job), std::move(*poison)};
  }
  if (auto* failed = std::get_if<PictureHashes>(&read)) {
    Verdict verdict = matcher_.MatchPicture(*failed);
    return {std::move(job),
            cli::PictureAnswer{std::move(verdict), std::move(*failed)}};
  }
  cli::PictureAnswer answer = Match(std::get<std::vector<std::byte>>(read));
  return {std::move(job), std::move(answer)};
}

}  // namespace hashvet::kafka
