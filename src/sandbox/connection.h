// The client's end of hashvet-decoder: the program's first process, and the
// lanes it forks. Knows the protocol, and nothing of queues.

#ifndef HASHVET_SRC_SANDBOX_CONNECTION_H_
#define HASHVET_SRC_SANDBOX_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/sandbox/decoder_pool.h"
#include "src/base/descriptor.h"
#include "src/sandbox/protocol.h"
#include "src/sandbox/sealed_picture.h"
#include "src/sandbox/started_program.h"

namespace hashvet {

// One picture at a time. Closing it ends its process and the child in it.
struct DecoderLane {
  Descriptor socket;
  uint64_t generation = 0;  // of the connection it came from
  absl::Status codecs;      // whether those asked for could be opened
  SealedPicture picture;    // the one it is sent
};

class DecoderConnection {
 public:
  // Starts `program` and waits for its greeting.
  //
  // Errors: Unavailable, FailedPrecondition (another version).
  static absl::StatusOr<DecoderConnection> Open(const std::string& program,
                                                uint64_t generation);

  // The socket of a lane to come; WaitUntilReady must follow. Quick.
  //
  // Errors: Unavailable: the program is gone; ResourceExhausted: no descriptor.
  absl::StatusOr<DecoderLane> AskForLane(Codecs codecs) const;

  const Confinement& confinement() const { return confinement_; }
  uint64_t generation() const { return generation_; }
  int process() const { return program_.process(); }

 private:
  DecoderConnection(StartedProgram program, Descriptor control,
                    Confinement confinement, uint64_t generation)
      : program_(std::move(program)),
        control_(std::move(control)),
        confinement_(confinement),
        generation_(generation) {}

  StartedProgram program_;
  Descriptor control_;
  Confinement confinement_;
  uint64_t generation_;
};

// Opening the codecs takes time the first time. Errors: Unavailable: the lane
// ended instead; ResourceExhausted: there is no process for it.
absl::Status WaitUntilReady(DecoderLane& lane);

// False when nothing came in time or the other end is gone; `timed_out` tells
// which. Of the record in it `record_bytes` come; the others stay as they are.
bool ReceiveReply(const DecoderLane& lane, uint32_t timeout_ms,
                  size_t record_bytes, Reply& reply, bool& timed_out);

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_CONNECTION_H_
