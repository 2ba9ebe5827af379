#include "hashvet/list/key_source.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "src/list/private_file.h"

namespace hashvet {
namespace {

using Clock = std::chrono::steady_clock;

// Waits until there is something to read, or the end.
absl::Status AwaitInput(int descriptor, Clock::time_point end,
                        const std::string& name) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(end - Clock::now(), Clock::duration::zero()));
    struct pollfd input = {descriptor, POLLIN, 0};
    const int ready = ::poll(&input, 1, static_cast<int>(left.count()));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) {
      return FileError(errno, "cannot wait for the key", name);
    }
    if (ready == 0) {
      return absl::DeadlineExceededError(
          absl::StrCat("key source: nothing more came in time: ", name));
    }
  }
}

absl::StatusOr<PrivateMemory> ReadToEnd(int descriptor,
                                        const KeySourceLimits& limits,
                                        Clock::time_point end,
                                        const std::string& name) {
  // One byte more than allowed shows what is too long.
  HASHVET_ASSIGN_OR_RETURN(PrivateMemory secret,
                           PrivateMemory::Create(limits.max_bytes + 1));
  size_t length = 0;
  while (length < secret.bytes().size()) {
    HASHVET_RETURN_IF_ERROR(AwaitInput(descriptor, end, name));
    const ssize_t got = ::read(descriptor, secret.bytes().data() + length,
                               secret.bytes().size() - length);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return FileError(errno, "cannot read the key", name);
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  if (length > limits.max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "key source: over the limit of ", limits.max_bytes, " bytes: ", name));
  }
  if (length == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("key source: got nothing, want a key: ", name));
  }
  secret.Shorten(length);
  return secret;
}

absl::StatusOr<PrivateMemory> FromDescriptor(absl::string_view number,
                                             const KeySourceLimits& limits,
                                             Clock::time_point end) {
  int descriptor = -1;
  if (!absl::SimpleAtoi(number, &descriptor) || descriptor < 0) {
    return absl::InvalidArgumentError(
        "key source: fd: wants the number of an open descriptor");
  }
  const std::string name = absl::StrCat("descriptor ", descriptor);
  if (::fcntl(descriptor, F_GETFD) < 0) {
    return absl::NotFoundError(absl::StrCat("key source: not open: ", name));
  }
  return ReadToEnd(descriptor, limits, end, name);
}

absl::StatusOr<PrivateMemory> FromFile(const std::string& path,
                                       const KeySourceLimits& limits,
                                       Clock::time_point end) {
  HASHVET_ASSIGN_OR_RETURN(const Descriptor file, OpenPrivateFile(path));
  return ReadToEnd(file.number(), limits, end, path);
}

// A command of the operator's, in a process group of its own so that all of it
// can be ended.
class Command {
 public:
  static absl::StatusOr<Command> Start(std::string command) {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return FileError(errno, "cannot make a pipe", "key command");
    }
    absl::Cleanup close_ends = [ends] {
      ::close(ends[0]);
      ::close(ends[1]);
    };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    if (::posix_spawn_file_actions_init(&files) != 0 ||
        ::posix_spawnattr_init(&how) != 0) {
      return absl::ResourceExhaustedError("key command: no memory");
    }
    absl::Cleanup destroy = [&] {
      ::posix_spawn_file_actions_destroy(&files);
      ::posix_spawnattr_destroy(&how);
    };
    sigset_t none;
    ::sigemptyset(&none);
    sigset_t pipe_signal;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    // Of ours it gets standard error alone: no list, no key, no socket.
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
                                       O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP |
                                         POSIX_SPAWN_SETSIGMASK |
                                         POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setpgroup(&how, 0);
    ::posix_spawnattr_setsigmask(&how, &none);
    ::posix_spawnattr_setsigdefault(&how, &pipe_signal);
    std::string shell = "sh";
    std::string option = "-c";
    std::array<char*, 4> words = {shell.data(), option.data(), command.data(),
                                  nullptr};
    pid_t process = -1;
    if (const int error = ::posix_spawn(&process, "/bin/sh", &files, &how,
                                        words.data(), environ);
        error != 0) {
      return FileError(error, "cannot start", "key command");
    }
    std::move(close_ends).Cancel();
    ::close(ends[1]);
    return Command(process, ends[0]);
  }

  Command(Command&& other) noexcept
      : process_(std::exchange(other.process_, -1)),
        output_(std::exchange(other.output_, -1)) {}
  Command& operator=(Command&&) = delete;
  ~Command() {
    if (output_ >= 0) ::close(output_);
    if (process_ < 0) return;
    ::kill(-process_, SIGKILL);
    Reap();
  }

  int output() const { return output_; }

  // Waits for its end.
  absl::Status Finish(Clock::time_point end) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(process_, &status, WNOHANG)) == 0) {
      if (Clock::now() >= end) {
        return absl::DeadlineExceededError(
            "key source: not ended in time, and killed: key command");
      }
      ::usleep(1000);  // it has closed its output: its end is near
    }
    process_ = -1;
    if (ended < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("key source: ended with ",
                       ended >= 0 && WIFEXITED(status)
                           ? absl::StrCat("exit code ", WEXITSTATUS(status))
                           : "a signal",
                       ", want exit code 0: key command"));
    }
    return absl::OkStatus();
  }

 private:
  Command(pid_t process, int output) : process_(process), output_(output) {}
  void Reap() {
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  pid_t process_;
  int output_;
};

absl::StatusOr<PrivateMemory> FromCommand(std::string text,
                                          const KeySourceLimits& limits,
                                          Clock::time_point end) {
  if (text.empty()) {
    return absl::InvalidArgumentError("key source: command: wants a command");
  }
  HASHVET_ASSIGN_OR_RETURN(Command command, Command::Start(std::move(text)));
  absl::StatusOr<PrivateMemory> secret =
      ReadToEnd(command.output(), limits, end, "key command");
  // That it failed says more than that it wrote nothing.
  if (secret.ok() || absl::IsInvalidArgument(secret.status())) {
    HASHVET_RETURN_IF_ERROR(command.Finish(end));
  }
  return secret;
}

}  // namespace

absl::StatusOr<PrivateMemory> ReadSecret(std::string_view source,
                                         const KeySourceLimits& limits) {
  const Clock::time_point end = Clock::now() + limits.timeout;
  absl::string_view rest = ToAbsl(source);
  if (absl::ConsumePrefix(&rest, "fd:")) {
    return FromDescriptor(rest, limits, end);
  }
  if (absl::ConsumePrefix(&rest, "file:")) {
    return FromFile(std::string(rest), limits, end);
  }
  if (absl::ConsumePrefix(&rest, "command:")) {
    return FromCommand(std::string(rest), limits, end);
  }
  return absl::InvalidArgumentError(
      "key source: want fd:NUMBER, file:PATH or command:COMMAND; a key itself "
      "is not taken here");
}

}  // namespace hashvet
