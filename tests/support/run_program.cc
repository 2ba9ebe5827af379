#include "tests/support/run_program.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace hashvet::testing {
namespace {

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

std::array<int, 2> MakePipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) Die("pipe2");
  return ends;
}

// As MakePipe; what is written comes back from a terminal.
std::array<int, 2> MakeTerminal() {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    Die("posix_openpt");
  }
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) Die("ptsname");
  return {master, terminal};
}

void CloseOnce(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

// In the child, between fork and exec.
[[noreturn]] void Become(const std::vector<std::string>& arguments,
                         const RunOptions& options, int input, int output,
                         int error) {
  if (!options.output_path.empty()) {
    output = ::open(options.output_path.c_str(), O_WRONLY | O_CREAT, 0600);
    if (output < 0) Die(options.output_path.c_str());
  }
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(error, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) {
    Die("chdir");
  }
  for (const auto& [name, value] : options.environment) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  if (options.max_file_bytes.has_value()) {
    const struct rlimit limit = {*options.max_file_bytes,
                                 *options.max_file_bytes};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) Die("setrlimit");
  }
  if (options.unprivileged && ::geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 ||
        ::setuid(kNobody) != 0) {
      Die("setuid");
    }
  }
  std::vector<char*> words;
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  Die(words[0]);
}

}  // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& arguments,
                               const RunOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);  // a program may end before it reads everything
  const std::array<int, 2> input = MakePipe();
  const std::array<int, 2> output = MakePipe();
  const std::array<int, 2> error =
      options.terminal ? MakeTerminal() : MakePipe();
  process_ = ::fork();
  if (process_ < 0) Die("fork");
  if (process_ == 0) Become(arguments, options, input[0], output[1], error[1]);
  ::close(input[0]);
  ::close(output[1]);
  ::close(error[1]);
  input_ = input[1];
  output_ = output[0];
  error_ = error[0];
}

RunningProgram::~RunningProgram() {
  CloseOnce(input_);
  CloseOnce(output_);
  CloseOnce(error_);
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
}

void RunningProgram::Write(const std::string& text) {
  // Output is read meanwhile: a program that answers as it reads must not wait
  // for us while we wait for it.
  ::fcntl(input_, F_SETFL, O_NONBLOCK);
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote =
        ::write(input_, text.data() + done, text.size() - done);
    if (wrote > 0) {
      done += static_cast<size_t>(wrote);
    } else if (errno == EAGAIN) {
      Read(10);
    } else {
      return;  // it no longer listens
    }
  }
}

void RunningProgram::CloseInput() { CloseOnce(input_); }

void RunningProgram::CloseOutput() { CloseOnce(output_); }

bool RunningProgram::Read(int timeout_ms) {
  std::array<struct pollfd, 2> ends = {
      {{output_, POLLIN, 0}, {error_, POLLIN, 0}}};
  if (output_ < 0 && error_ < 0) return false;
  if (::poll(ends.data(), ends.size(), timeout_ms) <= 0) return true;
  std::array<char, 65536> bytes;
  const auto take = [&](const struct pollfd& end, int& descriptor,
                        std::string& text) {
    if (descriptor < 0 || end.revents == 0) return;
    const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
    if (got > 0) {
      text.append(bytes.data(), static_cast<size_t>(got));
    } else {
      CloseOnce(descriptor);
    }
  };
  take(ends[0], output_, out_);
  take(ends[1], error_, err_);
  return true;
}

std::optional<std::string> RunningProgram::ReadLine(
    std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (true) {
    if (const size_t found = out_.find('\n'); found != std::string::npos) {
      std::string line = out_.substr(0, found);
      out_.erase(0, found + 1);
      return line;
    }
    if (output_ < 0 || std::chrono::steady_clock::now() >= end) {
      return std::nullopt;
    }
    Read(10);
  }
}

bool RunningProgram::Kill() {
  ::kill(process_, SIGKILL);
  int status = 0;
  if (::waitpid(process_, &status, 0) != process_) Die("waitpid");
  process_ = -1;
  return WIFSIGNALED(status);
}

void RunningProgram::Signal(int signal) { ::kill(process_, signal); }

ProgramResult RunningProgram::Finish() {
  CloseInput();
  while (Read(1000)) {
  }
  int status = 0;
  if (::waitpid(process_, &status, 0) != process_) Die("waitpid");
  process_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          std::move(out_), std::move(err_)};
}

ProgramResult RunProgram(const std::vector<std::string>& arguments,
                         const RunOptions& options) {
  RunningProgram program(arguments, options);
  program.Write(options.input);
  return program.Finish();
}

}  // namespace hashvet::testing
