#include "src/decoder/lane.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <span>

#include "src/base/descriptor.h"
#include "src/decoder/confine.h"
#include "src/sandbox/messages.h"

namespace hashvet::decoder {
namespace {

using Clock = std::chrono::steady_clock;

// The child of one picture. Does not return.
[[noreturn]] void RunChild(const LaneSettings& settings, int parent,
                           uint64_t base_address_space, const Request& request,
                           int picture, int record_end) {
  DieWithParent(parent);
  // No bytes are a picture too, of which nothing is read.
  const size_t mapped_bytes = std::max<uint64_t>(request.size_bytes, 1);
  // All of it is read: at once costs less than page by page.
  void* bytes = mmap(nullptr, mapped_bytes, PROT_READ,
                     MAP_PRIVATE | MAP_POPULATE, picture, 0);
  if (bytes == MAP_FAILED || dup2(record_end, kRecordDescriptor) < 0 ||
      !ConfineChild(settings.filter, base_address_space)) {
    _exit(1);
  }
  static Record record;  // zeros that cost nothing until they are written to
  settings.answer(request,
                  std::span(static_cast<const std::byte*>(bytes),
                            static_cast<size_t>(request.size_bytes)),
                  record);
  const auto* next = reinterpret_cast<const char*>(&record);
  size_t left = request.record_bytes;
  while (left > 0) {
    const ssize_t written = write(kRecordDescriptor, next, left);
    if (written <= 0) _exit(1);
    next += written;
    left -= static_cast<size_t>(written);
  }
  _exit(0);
}

int MillisecondsUntil(Clock::time_point when) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1 << 30));
}

// What a child wrote, as far as it may.
class RecordReader {
 public:
  // record_bytes are to come.
  RecordReader(int descriptor, size_t record_bytes, Record& record)
      : descriptor_(descriptor),
        record_bytes_(record_bytes),
        begin_(reinterpret_cast<std::byte*>(&record)) {}

  // Reads what is there; false at the end, or when there is more than a record.
  bool Read() {
    std::byte one_too_many;
    const std::array<iovec, 2> room = {
        iovec{begin_ + size_, record_bytes_ - size_}, iovec{&one_too_many, 1}};
    const ssize_t got = readv(descriptor_, room.data(), room.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    size_ += static_cast<size_t>(got);
    return got > 0 && size_ <= record_bytes_;
  }
  bool empty() const { return size_ == 0; }
  bool complete() const { return size_ == record_bytes_; }

 private:
  const int descriptor_;
  const size_t record_bytes_;
  std::byte* const begin_;
  size_t size_ = 0;
};

// Waits until the child has ended and its pipe is read, and kills it at the
// deadline. Ends this process when the client goes away.
bool WaitUntilEnded(int child, int socket, RecordReader& reader, int record,
                    Clock::time_point deadline) {
  std::array<pollfd, 3> watched = {pollfd{child, POLLIN, 0},
                                   pollfd{socket, POLLRDHUP, 0},
                                   pollfd{record, POLLIN, 0}};
  while (true) {
    const int wait_ms = MillisecondsUntil(deadline);
    if (wait_ms == 0) return false;
    if (poll(watched.data(), watched.size(), wait_ms) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (watched[1].revents != 0) _exit(0);  // which kills the child
    if (watched[2].revents != 0 && !reader.Read()) watched[2].fd = -1;
    if (watched[0].revents != 0) {
      while (watched[2].fd >= 0 && reader.Read()) {
        if (poll(&watched[2], 1, 0) <= 0) break;
      }
      return true;
    }
  }
}

End EndOf(const siginfo_t& info, const RecordReader& reader) {
  if (info.si_code != CLD_EXITED) {
    // Beyond its processor time it is killed as if by a deadline.
    return info.si_status == SIGXCPU ? End::kTimedOut : End::kCrashed;
  }
  if (info.si_status == 0 && reader.complete()) return End::kAnswered;
  return info.si_status == 0 || !reader.empty() ? End::kLied : End::kCrashed;
}

class Lane {
 public:
  Lane(int socket, const LaneSettings& settings, uint64_t base_address_space)
      : socket_(socket),
        settings_(settings),
        base_address_space_(base_address_space),
        process_(getpid()) {}

  // Into a reply of zeros.
  void Serve(const Request& request, const Descriptor& picture, Reply& reply) {
    const Clock::time_point deadline =
        Clock::now() + std::chrono::milliseconds(request.deadline_ms);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return NotStarted(reply);
    const Descriptor read_end(ends[0]);
    Descriptor write_end(ends[1]);
    const pid_t child = fork();
    if (child < 0) return NotStarted(reply);
    if (child == 0) {
      // The child writes and waits; it is the reader that does not.
      fcntl(ends[1], F_SETFL, 0);
      RunChild(settings_, process_, base_address_space_, request,
               picture.number(), ends[1]);
    }
    write_end = Descriptor();
    const Descriptor handle(
        static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
    RecordReader reader(read_end.number(), request.record_bytes, reply.record);
    const bool ended =
        handle.number() >= 0 && WaitUntilEnded(handle.number(), socket_, reader,
                                               read_end.number(), deadline);
    if (!ended) kill(child, SIGKILL);
    siginfo_t info = {};
    if (!ended) {
      reply.end = static_cast<uint32_t>(End::kTimedOut);
      reply.record = {};
      to_reap_ = child;  // after the reply: taking its memory apart takes time
      return;
    }
    waitid(P_PID, static_cast<id_t>(child), &info, WEXITED);
    reply.end = static_cast<uint32_t>(EndOf(info, reader));
    reply.detail = info.si_code == CLD_EXITED ? 0 : info.si_status;
    if (reply.end != static_cast<uint32_t>(End::kAnswered)) reply.record = {};
  }

  void Reap() {
    if (to_reap_ > 0) waitpid(to_reap_, nullptr, 0);
    to_reap_ = -1;
  }

 private:
  static void NotStarted(Reply& reply) {
    reply.detail = errno;
    reply.end = static_cast<uint32_t>(End::kNotStarted);
  }

  const int socket_;
  const LaneSettings& settings_;
  const uint64_t base_address_space_;
  const pid_t process_;
  pid_t to_reap_ = -1;
};

LaneReady ReadyMessage(const absl::Status& codecs) {
  LaneReady ready = {};
  ready.codecs_open = codecs.ok() ? 1 : 0;
  const absl::string_view reason = codecs.message();
  std::copy_n(reason.begin(), std::min(reason.size(), ready.reason.size() - 1),
              ready.reason.begin());
  return ready;
}

}  // namespace

void RunLane(int socket, int parent, const LaneSettings& settings) {
  DieWithParent(parent);
  signal(SIGCHLD, SIG_DFL);  // its children are waited for
  const uint64_t base_address_space = AddressSpaceBytes();
  if (!ConfineLane(settings.own_filter, settings.landlock) ||
      !Send(socket, ReadyMessage(settings.codecs)))
    _exit(1);
  Lane lane(socket, settings, base_address_space);
  static Reply reply;  // zeros between requests
  while (true) {
    Request request = {};
    Descriptor picture;
    if (!Receive(socket, request, &picture) || picture.number() < 0 ||
        request.record_bytes > sizeof(Record)) {
      _exit(0);
    }
    const std::span message =
        std::as_writable_bytes(std::span(&reply, 1))
            .first(offsetof(Reply, record) + request.record_bytes);
    lane.Serve(request, picture, reply);
    if (!SendBytes(socket, message, -1)) _exit(0);
    // The next child has a copy of this memory.
    std::ranges::fill(message, std::byte{0});
    lane.Reap();
  }
}

}  // namespace hashvet::decoder
