#include "src/sandbox/started_program.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer takes clone() for fork() where memory is shared, too: it ends
// us at our next thread, or, told not to, reports no race of any thread any
// more.
extern "C" int __clone(int (*run)(void*), void* stack, int flags, void*, ...);
#define clone __clone
#endif

namespace hashvet {
namespace {

constexpr size_t kStackBytes = 64 << 10;  // of each of two short lives

// What the program may know of its starter's environment. The libraries it
// loads are kept from starting threads, which do not survive its forks; and a
// child's memory is all new, so that it is had in few large pages.
constexpr std::array kPassedOn = {"HASHVET_MODULE_DIR", "HASHVET_SIMD_TARGET",
                                  "LD_LIBRARY_PATH",    "ASAN_OPTIONS",
                                  "UBSAN_OPTIONS",      "TSAN_OPTIONS"};
constexpr std::array kSet = {"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1",
                             "OPENCV_FOR_THREADS_NUM=1",
                             "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"};

std::vector<std::string> Environment() {
  std::vector<std::string> environment(kSet.begin(), kSet.end());
  for (const char* name : kPassedOn) {
    if (const char* value = secure_getenv(name)) {
      environment.push_back(absl::StrCat(name, "=", value));
    }
  }
  return environment;
}

struct ToRun {
  const char* path;
  int socket;
  char* const* environment;
  char* stack_end;  // for the program's process until it becomes the program
  int process = -1;
  int handle = -1;
  int error = 0;  // errno, where it could not be started
};

// Runs in the starter's memory, while the starter's thread waits: it may only
// make system calls. Not AddressSanitizer's: it never returns, and what its
// frame is marked with would stay, for whatever is mapped there next.
__attribute__((no_sanitize_address)) int Run(void* argument) {
  ToRun& run = *static_cast<ToRun*>(argument);
  // A handler of the starter's must not run here. Signals are blocked, and
  // exec resets handlers; the program unblocks them.
  const int null = open("/dev/null", O_RDWR);
  if (dup2(run.socket, 0) == 0 && null >= 0 && dup2(null, 1) == 1 &&
      dup2(null, 2) == 2 && close_range(3, ~0u, 0) == 0) {
    char name[] = "hashvet-decoder";
    char* const arguments[] = {name, nullptr};
    execve(run.path, arguments, run.environment);
  }
  run.error = errno;
  return 127;  // which ends the process, as any return from here
}

// Starts the program's process and ends, which leaves that one to the system's
// first process. (A child of ours would be back to raising SIGCHLD at its end
// once it runs another program.) Shares the starter's descriptors, so that
// `handle` is among them.
__attribute__((no_sanitize_address)) int RunOrphan(void* argument) {
  ToRun& run = *static_cast<ToRun*>(argument);
  run.process =
      clone(Run, run.stack_end, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
            &run, &run.handle);
  if (run.process < 0) run.error = errno;
  return 0;
}

absl::Status CannotStart(int error, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("decoder program: cannot be started: ", std::strerror(error),
                   ": ", path));
}

}  // namespace

absl::StatusOr<StartedProgram> StartedProgram::Start(const std::string& path,
                                                     int socket) {
  std::vector<std::string> environment = Environment();
  std::vector<char*> words;
  for (std::string& word : environment) words.push_back(word.data());
  words.push_back(nullptr);

  void* const stack = mmap(nullptr, 2 * kStackBytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return CannotStart(errno, path);
  const absl::Cleanup unmap = [stack] { munmap(stack, 2 * kStackBytes); };

  char* const middle = static_cast<char*>(stack) + kStackBytes;
  ToRun run = {path.c_str(), socket, words.data(), middle};
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  // The lowest byte of the flags is the signal at its end: none.
  const int between = clone(RunOrphan, middle + kStackBytes,
                            CLONE_VM | CLONE_VFORK | CLONE_FILES, &run);
  if (between < 0) run.error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  while (between > 0 && waitpid(between, nullptr, __WCLONE) < 0 &&
         errno == EINTR) {
  }
  Descriptor handle(run.handle);
  if (run.error != 0) return CannotStart(run.error, path);
  return StartedProgram(run.process, std::move(handle));
}

StartedProgram::~StartedProgram() {
  // Moved from; or a copy of it, made by fork.
  if (handle_.number() < 0 || getpid() != owner_) return;
  syscall(SYS_pidfd_send_signal, handle_.number(), SIGKILL, nullptr, 0);
}

}  // namespace hashvet
