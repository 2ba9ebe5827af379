#include "tests/audit/failing_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

namespace hashvet::testing {
namespace {

uint64_t calls = 0;
uint64_t failing = 0;  // 0: none
bool failing_for_ever = false;
FailWith failing_how = FailWith::kIoError;

enum class Fate : uint8_t { kRuns, kFails, kHalf };

Fate NextCall(bool is_write) {
  ++calls;
  if (failing == 0 || calls < failing ||
      (calls > failing && !failing_for_ever)) {
    return Fate::kRuns;
  }
  if (failing_how == FailWith::kShortWrite && is_write) {
    failing = calls + 1;
    failing_how = FailWith::kNoSpace;
    return Fate::kHalf;
  }
  errno = failing_how == FailWith::kIoError ? EIO : ENOSPC;
  return Fate::kFails;
}

}  // namespace

void FailCall(uint64_t k, FailWith how, bool for_ever) {
  calls = 0;
  failing = k;
  failing_how = how;
  failing_for_ever = for_ever;
}

void FailNoCall() {
  calls = 0;
  failing = 0;
}

uint64_t CallsSoFar() { return calls; }

}  // namespace hashvet::testing

using hashvet::testing::Fate;
using hashvet::testing::NextCall;

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (descriptor <= 2) return ::syscall(SYS_write, descriptor, bytes, size);
  const Fate fate = NextCall(true);
  if (fate == Fate::kFails) return -1;
  return ::syscall(SYS_write, descriptor, bytes,
                   fate == Fate::kHalf ? size / 2 : size);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  const Fate fate = NextCall(true);
  if (fate == Fate::kFails) return -1;
  return ::syscall(SYS_pwrite64, descriptor, bytes,
                   fate == Fate::kHalf ? size / 2 : size, offset);
}

int fdatasync(int descriptor) {
  if (NextCall(false) == Fate::kFails) return -1;
  (void)descriptor;  // nothing here cuts the power
  return 0;
}

int fsync(int descriptor) {
  if (NextCall(false) == Fate::kFails) return -1;
  (void)descriptor;
  return 0;
}

int ftruncate(int descriptor, off_t size) noexcept {
  if (NextCall(false) == Fate::kFails) return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
}

int renameat(int from_folder, const char* from, int to_folder,
             const char* to) noexcept {
  if (NextCall(false) == Fate::kFails) return -1;
  return static_cast<int>(
      ::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}

int openat(int folder, const char* name, int flags, ...) {
  if (NextCall(false) == Fate::kFails) return -1;
  va_list more;
  va_start(more, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : mode_t{0};
  va_end(more);
  return static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode));
}

}  // extern "C"
