#include "src/sandbox/connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/sandbox/messages.h"

#ifndef HASHVET_VERSION
#error "the build says which version this is"
#endif

namespace hashvet {
namespace {

// A program that starts takes milliseconds, the module with 138 libraries up
// to a quarter of a second; machines under load take their time.
constexpr uint32_t kStartTimeoutMs = 20'000;

// False after the time, or on an error.
bool WaitToRead(int socket, uint32_t timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end =
      Clock::now() + std::chrono::milliseconds(timeout_ms);
  pollfd watched = {socket, POLLIN, 0};
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    const int ready =
        poll(&watched, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

template <size_t size>
std::string TextOf(const std::array<char, size>& text) {
  return std::string(text.begin(), std::find(text.begin(), text.end(), '\0'));
}

}  // namespace

absl::StatusOr<DecoderConnection> DecoderConnection::Open(
    const std::string& program, uint64_t generation) {
  HASHVET_ASSIGN_OR_RETURN(auto ends, MakeSocketPair());
  HASHVET_ASSIGN_OR_RETURN(
      StartedProgram started,
      StartedProgram::Start(program, ends.second.number()));
  ends.second = Descriptor();
  Descriptor ours = std::move(ends.first);
  Hello hello = {};
  if (!WaitToRead(ours.number(), kStartTimeoutMs) ||
      !Receive(ours.number(), hello) || hello.magic != kHelloMagic) {
    return absl::UnavailableError(absl::StrCat(
        "decoder program: did not greet as hashvet-decoder does: ", program));
  }
  const std::string version = TextOf(hello.version);
  if (hello.protocol != kProtocolVersion || version != HASHVET_VERSION) {
    return absl::FailedPreconditionError(
        absl::StrCat("decoder program: version ", version, " (protocol ",
                     hello.protocol, "), want " HASHVET_VERSION " (protocol ",
                     kProtocolVersion, "): ", program));
  }
  const Confinement confinement = {.landlock = hello.landlock,
                                   .seccomp = hello.seccomp != 0};
  return DecoderConnection(std::move(started), std::move(ours), confinement,
                           generation);
}

absl::StatusOr<DecoderLane> DecoderConnection::AskForLane(Codecs codecs) const {
  HASHVET_ASSIGN_OR_RETURN(auto ends, MakeSocketPair());
  const OpenLane open = {static_cast<uint32_t>(codecs)};
  if (!Send(control_.number(), open, ends.second.number())) {
    return absl::UnavailableError("decoder program: has ended");
  }
  return DecoderLane{std::move(ends.first), generation_, absl::OkStatus(), {}};
}

absl::Status WaitUntilReady(DecoderLane& lane) {
  LaneReady ready = {};
  if (!WaitToRead(lane.socket.number(), kStartTimeoutMs) ||
      !Receive(lane.socket.number(), ready)) {
    return absl::UnavailableError(
        "decoder program: a process of it ended before its first picture");
  }
  if (ready.not_started != 0) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "decoder: no process: ", std::strerror(ready.not_started)));
  }
  if (ready.codecs_open == 0) {
    lane.codecs = absl::UnavailableError(TextOf(ready.reason));
  }
  return absl::OkStatus();
}

bool ReceiveReply(const DecoderLane& lane, uint32_t timeout_ms,
                  size_t record_bytes, Reply& reply, bool& timed_out) {
  timed_out = !WaitToRead(lane.socket.number(), timeout_ms);
  return !timed_out &&
         ReceiveBytes(lane.socket.number(),
                      std::as_writable_bytes(std::span(&reply, 1))
                          .first(offsetof(Reply, record) + record_bytes),
                      nullptr);
}

}  // namespace hashvet
