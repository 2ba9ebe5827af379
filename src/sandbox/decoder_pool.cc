#include "hashvet/sandbox/decoder_pool.h"

#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/log.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/picture_file.h"
#include "src/base/usable_processors.h"
#include "src/sandbox/breaker.h"
#include "src/sandbox/companion.h"
#include "src/sandbox/connection.h"
#include "src/sandbox/kind_slots.h"
#include "src/sandbox/messages.h"

namespace hashvet {
namespace {

using Clock = std::chrono::steady_clock;

// Beyond a picture's own deadline, which the lane keeps: then the lane is lost.
constexpr uint32_t kLaneGraceMs = 2'000;

// Longer ones, which somebody may ask for who wants none, are this one.
constexpr uint32_t kMaxDeadlineMs = 24 * 60 * 60 * 1000;

constexpr size_t kMaxInputBytes = size_t{1} << 30;

// Each to the process with the fewest codecs. The decoder sniffs for itself;
// this is only where it looks first, by the same bytes.
Codecs CodecsFor(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  if (text.starts_with("\xff\xd8\xff")) return Codecs::kJpeg;
  const bool web = text.starts_with("\x89PNG") || text.starts_with("GIF8") ||
                   text.starts_with("RIFF");
  if (web) return Codecs::kWeb;
  constexpr size_t kBoxType = 4;  // of the first box, behind its length
  return text.substr(std::min(kBoxType, text.size())).starts_with("ftyp")
             ? Codecs::kHeif
             : Codecs::kOthers;
}

PictureHashes Overloaded(std::string_view why) {
  GetCounter("hashvet_decoder_shed_total").Add();
  return FailedPicture(HashOutcome::kOverloaded,
                       absl::UnavailableError(absl::StrCat(
                           "decoder: not attempted: ", ToAbsl(why))));
}

PictureHashes Broken(const Reply& reply) {
  if (reply.detail == SIGSYS) {
    return FailedPicture(
        HashOutcome::kDecoderFailed,
        absl::InternalError("decoder: killed when it tried what a decoder may "
                            "not do, on this picture"));
  }
  const char* name = sigabbrev_np(reply.detail);
  return FailedPicture(
      HashOutcome::kDecoderFailed,
      absl::InternalError(absl::StrCat(
          "decoder: broke on this picture",
          name == nullptr ? "" : absl::StrCat(" (signal ", name, ")"))));
}

PictureHashes TimedOut(uint32_t deadline_ms, int signal) {
  return FailedPicture(
      HashOutcome::kTimeout,
      absl::DeadlineExceededError(
          signal == SIGXCPU
              ? "decoder: used up the processor time of one picture"
              : absl::StrCat("decoder: not done within ", deadline_ms, " ms")));
}

void Report(const PictureHashes& picture, Clock::time_point start) {
  GetCounter("hashvet_decoder_pictures_total",
             absl::StrCat("outcome=\"", ToAbsl(NameOf(picture.outcome)), "\""))
      .Add();
  GetHistogram("hashvet_decoder_seconds")
      .Observe(std::chrono::duration<double>(Clock::now() - start).count());
}

void ReportConfinement(const Confinement& confinement) {
  GetGauge("hashvet_decoder_confined", "by=\"landlock\"")
      .Set(confinement.landlock != 0 ? 1 : 0);
  GetGauge("hashvet_decoder_confined", "by=\"seccomp\"")
      .Set(confinement.seccomp ? 1 : 0);
  if (confinement.complete()) return;
  Log(LogLevel::kWarning,
      absl::StrCat("decoder: pictures are decoded without ",
                   MissingFrom(confinement), ", which this kernel lacks"));
}

}  // namespace

std::string MissingFrom(const Confinement& confinement) {
  if (confinement.complete()) return "";
  if (confinement.landlock != 0) return "seccomp";
  return confinement.seccomp ? "Landlock" : "Landlock and seccomp";
}

class DecoderPool::State {
 public:
  State(DecoderPoolOptions options, std::string program,
        DecoderConnection connection)
      : options_(std::move(options)),
        program_(std::move(program)),
        owner_(getpid()),
        connection_(std::make_shared<DecoderConnection>(std::move(connection))),
        confinement_(connection_->confinement()),
        breaker_(options_.breaker_crashes,
                 std::chrono::milliseconds(options_.breaker_pause_ms)) {}

  PictureHashes Hash(std::span<const std::byte> bytes, std::string_view name,
                     const HashRequest& request);
  absl::Status CheckCodecs();

  Confinement confinement() const { return confinement_; }
  const std::string& program() const { return program_; }
  int process() const {
    const std::lock_guard lock(mutex_);
    return connection_ != nullptr ? connection_->process() : -1;
  }

 private:
  // A picture that waits for its turn, which is handed to it: whoever asks
  // again at once would otherwise go before it.
  struct Waiting {
    std::condition_variable changed;
    bool has_turn = false;
  };

  // A place among those at work, given back when it is dropped.
  class Turn {
   public:
    explicit Turn(State& state) : state_(&state) {}
    Turn(Turn&& other) noexcept
        : state_(std::exchange(other.state_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (state_ != nullptr) state_->GiveTurnBack();
    }

   private:
    State* state_;
  };

  // Nothing, with `refusal` saying why, when it is not the caller's turn.
  std::optional<Turn> WaitForTurn(PictureHashes& refusal);
  void GiveTurnBack();

  // An idle lane, or a new one. Errors: those of DecoderConnection.
  absl::StatusOr<DecoderLane> TakeLane(Codecs codecs, bool& fresh);
  absl::StatusOr<DecoderLane> NewLane(Codecs codecs);
  void KeepLane(Codecs codecs, DecoderLane lane);
  // The program, started anew where it is not there; without the lock, since
  // starting takes time.
  absl::StatusOr<std::shared_ptr<const DecoderConnection>> Connected();
  void Disconnect(uint64_t generation);

  // A lane that has been sent the picture.
  absl::StatusOr<DecoderLane> SendPicture(Codecs codecs, const Request& message,
                                          std::span<const std::byte> bytes);
  PictureHashes Judge(const Reply& reply, const DecoderLane& lane,
                      const HashRequest& request);
  void NoteCrash(bool crashed);

  const DecoderPoolOptions options_;
  const std::string program_;
  const pid_t owner_;

  std::mutex start_mutex_;    // held while the program is started
  mutable std::mutex mutex_;  // covers all below; never held for long
  size_t active_ = 0;
  std::list<Waiting*> waiting_;  // the first one longest; only when all work
  std::atomic<uint64_t> generation_ = 0;
  // Null while it is not there. Whoever uses it keeps it alive.
  std::shared_ptr<const DecoderConnection> connection_;
  const Confinement confinement_;  // as first found; a restart must equal it
  std::array<std::vector<DecoderLane>, kCodecFamilies> idle_;  // by Codecs
  Breaker breaker_;
};

std::optional<DecoderPool::State::Turn> DecoderPool::State::WaitForTurn(
    PictureHashes& refusal) {
  std::unique_lock lock(mutex_);
  if (breaker_.open(Clock::now())) {
    refusal = Overloaded("too many of the last pictures broke their decoder");
    return std::nullopt;
  }
  if (active_ < options_.max_active) {
    ++active_;
    return Turn(*this);
  }
  if (waiting_.size() >= options_.max_waiting) {
    refusal = Overloaded("too many pictures wait");
    return std::nullopt;
  }
  Waiting own;
  const auto place = waiting_.insert(waiting_.end(), &own);
  if (!own.changed.wait_for(lock,
                            std::chrono::milliseconds(options_.max_wait_ms),
                            [&own] { return own.has_turn; })) {
    waiting_.erase(place);
    refusal = Overloaded("its turn did not come in time");
    return std::nullopt;
  }
  return Turn(*this);
}

void DecoderPool::State::GiveTurnBack() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    --active_;
    return;
  }
  Waiting& next = *waiting_.front();
  waiting_.pop_front();
  next.has_turn = true;
  next.changed.notify_one();  // with the lock: it may be gone after that
}

absl::StatusOr<std::shared_ptr<const DecoderConnection>>
DecoderPool::State::Connected() {
  const auto there = [this] {
    const std::lock_guard lock(mutex_);
    return connection_;
  };
  if (auto connection = there()) return connection;
  const std::lock_guard starting(start_mutex_);
  if (auto connection = there()) return connection;  // another was faster
  GetCounter("hashvet_decoder_restarts_total").Add();
  HASHVET_ASSIGN_OR_RETURN(
      DecoderConnection opened,
      DecoderConnection::Open(program_, generation_.fetch_add(1) + 1));
  const Confinement& now = opened.confinement();
  if (now.seccomp < confinement_.seccomp ||
      now.landlock < confinement_.landlock) {
    return absl::FailedPreconditionError(
        "decoder program: is confined by less than when it was first started");
  }
  auto connection =
      std::make_shared<const DecoderConnection>(std::move(opened));
  const std::lock_guard lock(mutex_);
  connection_ = connection;
  return connection;
}

void DecoderPool::State::Disconnect(uint64_t generation) {
  std::shared_ptr<const DecoderConnection> ended;  // goes without the lock
  const std::lock_guard lock(mutex_);
  if (connection_ == nullptr || connection_->generation() != generation) {
    return;  // somebody else was faster
  }
  std::swap(ended, connection_);
  for (std::vector<DecoderLane>& lanes : idle_) lanes.clear();
}

absl::StatusOr<DecoderLane> DecoderPool::State::NewLane(Codecs codecs) {
  absl::Status status;
  for (int attempt = 0; attempt < 2; ++attempt) {
    HASHVET_ASSIGN_OR_RETURN(const auto connection, Connected());
    absl::StatusOr<DecoderLane> lane = connection->AskForLane(codecs);
    status = lane.ok() ? WaitUntilReady(*lane) : lane.status();
    if (status.ok()) return lane;
    // What is there still works for others.
    if (status.code() == absl::StatusCode::kResourceExhausted) return status;
    Disconnect(connection->generation());
  }
  return status;
}

absl::StatusOr<DecoderLane> DecoderPool::State::TakeLane(Codecs codecs,
                                                         bool& fresh) {
  {
    const std::lock_guard lock(mutex_);
    std::vector<DecoderLane>& idle = idle_[static_cast<size_t>(codecs)];
    if (!idle.empty()) {
      DecoderLane lane = std::move(idle.back());
      idle.pop_back();
      fresh = false;
      return lane;
    }
  }
  fresh = true;
  return NewLane(codecs);
}

void DecoderPool::State::KeepLane(Codecs codecs, DecoderLane lane) {
  const std::lock_guard lock(mutex_);
  // Codecs that did not open are tried again: the module may appear.
  if (connection_ == nullptr || !lane.codecs.ok() ||
      connection_->generation() != lane.generation) {
    return;
  }
  idle_[static_cast<size_t>(codecs)].push_back(std::move(lane));
}

absl::StatusOr<DecoderLane> DecoderPool::State::SendPicture(
    Codecs codecs, const Request& message, std::span<const std::byte> bytes) {
  while (true) {
    bool fresh = false;
    HASHVET_ASSIGN_OR_RETURN(DecoderLane lane, TakeLane(codecs, fresh));
    if (absl::Status status = lane.picture.Put(bytes); !status.ok()) {
      KeepLane(codecs, std::move(lane));
      return status;
    }
    if (Send(lane.socket.number(), message, lane.picture.descriptor())) {
      return lane;
    }
    // Nobody saw the picture, so another lane may. An idle one may have died.
    if (fresh) return absl::UnavailableError("decoder program: has ended");
  }
}

void DecoderPool::State::NoteCrash(bool crashed) {
  if (crashed) GetCounter("hashvet_decoder_crashes_total").Add();
  uint64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!breaker_.Note(crashed, Clock::now())) return;
    if (connection_ != nullptr) generation = connection_->generation();
  }
  GetCounter("hashvet_decoder_breaker_total").Add();
  Log(LogLevel::kError,
      absl::StrCat("decoder: ", options_.breaker_crashes,
                   " of the last pictures broke their decoder; none is "
                   "attempted for ",
                   options_.breaker_pause_ms, " ms"));
  Disconnect(generation);
}

PictureHashes DecoderPool::State::Judge(const Reply& reply,
                                        const DecoderLane& lane,
                                        const HashRequest& request) {
  switch (static_cast<End>(reply.end)) {
    case End::kAnswered:
      break;
    case End::kTimedOut:
      return TimedOut(options_.deadline_ms, reply.detail);
    case End::kNotStarted:
      return Overloaded(
          absl::StrCat("no process for it: ", std::strerror(reply.detail)));
    case End::kCrashed:
      return Broken(reply);
    default:
      return FailedPicture(
          HashOutcome::kDecoderFailed,
          absl::InternalError("decoder: its answer was not one record"));
  }
  absl::StatusOr<PictureHashes> picture =
      FromRecord(std::as_bytes(std::span(&reply.record, 1)), request);
  if (!picture.ok()) {
    return FailedPicture(HashOutcome::kDecoderFailed,
                         absl::InternalError(picture.status().message()));
  }
  if (picture->outcome == HashOutcome::kDecoderFailed && !lane.codecs.ok()) {
    picture->status = lane.codecs;  // the child cannot know as much
  }
  return *std::move(picture);
}

PictureHashes DecoderPool::State::Hash(std::span<const std::byte> bytes,
                                       std::string_view name,
                                       const HashRequest& request) {
  if (getpid() != owner_) {
    return FailedPicture(
        HashOutcome::kDecoderFailed,
        absl::FailedPreconditionError("decoder pool: made by the process that "
                                      "forked this one, want one of its own"));
  }
  const size_t max_bytes = std::min(request.max_input_bytes, kMaxInputBytes);
  if (bytes.size() > max_bytes) {
    return FailedPicture(HashOutcome::kOverLimit,
                         absl::ResourceExhaustedError(absl::StrCat(
                             "picture: ", bytes.size(), " bytes, at most ",
                             max_bytes, " are read")));
  }
  PictureHashes refusal;
  const std::optional<Turn> turn = WaitForTurn(refusal);
  if (!turn.has_value()) return refusal;
  const Codecs codecs = CodecsFor(bytes);
  const Request message =
      ToMessage(request, name, bytes.size(), options_.deadline_ms, codecs);
  absl::StatusOr<DecoderLane> lane = SendPicture(codecs, message, bytes);
  if (!lane.ok()) {
    if (lane.status().code() == absl::StatusCode::kResourceExhausted) {
      return Overloaded(ToStd(lane.status().message()));
    }
    return FailedPicture(HashOutcome::kDecoderFailed, lane.status());
  }
  Reply reply = {};
  bool timed_out = false;
  if (!ReceiveReply(*lane, options_.deadline_ms + kLaneGraceMs,
                    message.record_bytes, reply, timed_out)) {
    if (timed_out) return TimedOut(options_.deadline_ms, 0);
    return FailedPicture(HashOutcome::kDecoderFailed,
                         absl::UnavailableError("decoder program: ended while "
                                                "this picture was decoded"));
  }
  const auto end = static_cast<End>(reply.end);
  PictureHashes answer = Judge(reply, *lane, request);
  // Otherwise its child was killed, and may not be quite gone; or it may have
  // left a process behind, which nothing but seccomp prevents for sure.
  if (end != End::kAnswered || !lane->picture.worth_keeping() ||
      !confinement_.seccomp) {
    lane->picture.Forget();
  }
  KeepLane(codecs, *std::move(lane));
  NoteCrash(end == End::kCrashed || end == End::kLied ||
            (end == End::kAnswered &&
             answer.status.code() == absl::StatusCode::kInternal));
  return answer;
}

absl::Status DecoderPool::State::CheckCodecs() {
  for (const Codecs codecs : {Codecs::kWeb, Codecs::kOthers, Codecs::kHeif}) {
    bool fresh = false;
    HASHVET_ASSIGN_OR_RETURN(DecoderLane lane, TakeLane(codecs, fresh));
    const absl::Status status = lane.codecs;
    KeepLane(codecs, std::move(lane));
    HASHVET_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

DecoderPool::DecoderPool(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

DecoderPool::~DecoderPool() = default;

absl::StatusOr<std::unique_ptr<DecoderPool>> DecoderPool::Start(
    const DecoderPoolOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(std::string program, FindDecoder(options.program));
  HASHVET_ASSIGN_OR_RETURN(DecoderConnection connection,
                           DecoderConnection::Open(program, 0));
  const Confinement confinement = connection.confinement();
  if (options.require_confinement && !confinement.complete()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "decoder: complete confinement is required, and this kernel lacks ",
        MissingFrom(confinement)));
  }
  ReportConfinement(confinement);
  DecoderPoolOptions settled = options;
  if (settled.max_active == 0) {
    settled.max_active = UsableProcessors();
  }
  settled.deadline_ms = std::min(settled.deadline_ms, kMaxDeadlineMs);
  return std::unique_ptr<DecoderPool>(new DecoderPool(std::make_unique<State>(
      std::move(settled), std::move(program), std::move(connection))));
}

PictureHashes DecoderPool::Hash(std::span<const std::byte> bytes,
                                std::string_view name,
                                const HashRequest& request) {
  const Clock::time_point start = Clock::now();
  PictureHashes picture = state_->Hash(bytes, name, request);
  AddDigests(request.kinds, bytes, picture);
  Report(picture, start);
  return picture;
}

absl::Status DecoderPool::CheckCodecs() { return state_->CheckCodecs(); }
Confinement DecoderPool::confinement() const { return state_->confinement(); }
const std::string& DecoderPool::program() const { return state_->program(); }
int DecoderPool::process() const { return state_->process(); }

}  // namespace hashvet
