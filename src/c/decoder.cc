#include "src/c/decoder.h"

#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

#include "hashvet/base/status.h"
#include "hashvet/c/hashvet.h"
#include "hashvet/sandbox/decoder_pool.h"
#include "src/c/guard.h"

namespace hashvet::c {
namespace {

constexpr size_t kOptionsV1 = sizeof(hashvet_decoder_options);

// What a process has, locks and all: a forked one makes its own, since a lock
// may have been held by a thread that it has not. The other's is left alone,
// for ending it would end its owner's decoder.
struct OfProcess {
  const pid_t process = getpid();
  std::mutex mutex;  // held while the program is started
  std::unique_ptr<PictureHasher> pool;
};

OfProcess& Ours() {
  // Never freed: threads may be hashing while the process ends.
  static std::atomic<OfProcess*> ours = nullptr;
  OfProcess* found = ours.load();
  while (found == nullptr || found->process != getpid()) {
    auto made = std::make_unique<OfProcess>();
    if (ours.compare_exchange_strong(found, made.get())) {
      return *made.release();
    }
  }
  return *found;
}

absl::StatusOr<std::unique_ptr<PictureHasher>> Start(
    const DecoderPoolOptions& options) {
#if HASHVET_HAS_SANDBOX
  return DecoderPool::Start(options);
#else
  static_cast<void>(options);
  return absl::UnimplementedError(
      "decoder: this build of hashvet has none; set in_process for pictures "
      "that are trusted");
#endif
}

absl::StatusOr<DecoderPoolOptions> PoolOptions(
    const hashvet_decoder_options* given) {
  HASHVET_ASSIGN_OR_RETURN(const hashvet_decoder_options asked,
                           OptionsOf(given, kOptionsV1, "decoder options"));
  DecoderPoolOptions options;
  if (asked.program != nullptr) options.program = asked.program;
  options.max_active = asked.max_active;
  if (asked.max_waiting != 0) options.max_waiting = asked.max_waiting;
  if (asked.deadline_ms != 0) options.deadline_ms = asked.deadline_ms;
  options.require_confinement = asked.require_confinement != 0;
  return options;
}

}  // namespace

absl::StatusOr<PictureHasher*> Decoder() {
  OfProcess& ours = Ours();
  const std::lock_guard lock(ours.mutex);
  if (ours.pool == nullptr) {
    HASHVET_ASSIGN_OR_RETURN(ours.pool, Start({}));
  }
  return ours.pool.get();
}

}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

int hashvet_decoder_start(const hashvet_decoder_options* options,
                          hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const DecoderPoolOptions asked,
                             PoolOptions(options));
    OfProcess& ours = Ours();
    const std::lock_guard lock(ours.mutex);
    if (ours.pool != nullptr) {
      return absl::FailedPreconditionError(
          "decoder: has been started, by an earlier call or the first picture");
    }
    HASHVET_ASSIGN_OR_RETURN(ours.pool, Start(asked));
    return absl::OkStatus();
  });
}
