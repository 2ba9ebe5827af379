// Pictures from strangers, decoded where a hostile one can do no harm: in a
// process of its own for each picture, without files, network, other processes
// or any memory of this program. See docs/decoding.md.
//
//   bytes --sealed memory--> hashvet-decoder --fork--> child: decodes, hashes
//   PictureHashes <-------- one record of a fixed size <-------|
//
// Start it before lists and keys are opened. A picture that breaks its decoder,
// takes too long or makes it lie has an outcome of its own (kDecoderFailed,
// kTimeout), and the pictures beside it are not touched.
//
// Threads, signals and fork: none is started, no handler is installed, no
// SIGCHLD arrives and no wait for any child sees the processes of the pool.
// After fork() the pool is the parent's alone: in the child every picture is
// kDecoderFailed, so make a new pool there.

#ifndef HASHVET_SANDBOX_DECODER_POOL_H_
#define HASHVET_SANDBOX_DECODER_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/sandbox/picture_hasher.h"

namespace hashvet {

struct DecoderPoolOptions {
  // Of hashvet-decoder; empty: as HASHVET_DECODER says, or installed beside us.
  std::string program = {};

  size_t max_active = 0;          // pictures at once; 0: one for each processor
  size_t max_waiting = 256;       // beyond it a picture is kOverloaded at once
  uint32_t max_wait_ms = 10'000;  // for its turn; beyond it kOverloaded
  uint32_t deadline_ms = 5'000;   // of one picture, from its turn on; a day at
                                  // most

  // Refuse to start where the kernel lacks Landlock or seccomp. Otherwise the
  // pool works without what is missing and says so: in confinement(), as a
  // warning to the log sink, and in hashvet_decoder_confined.
  bool require_confinement = false;

  // When this many of the last 64 pictures broke their decoder, somebody is
  // trying: the program is started anew (its memory lies elsewhere then), and
  // for pause_ms every picture is kOverloaded, not attempted. 0: never.
  size_t breaker_crashes = 32;
  uint32_t breaker_pause_ms = 1'000;
};

// What holds a child down on this machine.
struct Confinement {
  uint32_t landlock = 0;  // the kernel's version; 0: none
  bool seccomp = false;

  bool complete() const { return landlock != 0 && seccomp; }
};

// "Landlock", "seccomp" or "Landlock and seccomp"; empty when it is complete.
HASHVET_EXPORT std::string MissingFrom(const Confinement& confinement);

class HASHVET_EXPORT DecoderPool : public PictureHasher {
 public:
  // Errors:
  //   NotFound            there is no program; the message names the places
  //   Unavailable         it cannot be started, or did not answer
  //   FailedPrecondition  it is of another version of hashvet, or confinement
  //                       is required and incomplete
  static absl::StatusOr<std::unique_ptr<DecoderPool>> Start(
      const DecoderPoolOptions& options = {});

  ~DecoderPool() override;  // REQUIRES: no picture is at work

  PictureHashes Hash(std::span<const std::byte> bytes, std::string_view name,
                     const HashRequest& request) override;
  absl::Status CheckCodecs() override;

  Confinement confinement() const;
  const std::string& program() const;
  // Of the program's first process now; it changes with every restart.
  int process() const;

 private:
  class State;
  explicit DecoderPool(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_SANDBOX_DECODER_POOL_H_
