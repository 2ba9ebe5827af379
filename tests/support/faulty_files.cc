// Preloaded into a program (LD_PRELOAD), this makes the system calls it does on
// the files of one folder fail, die or lie, as asked by the environment:
//
//   HASHVET_FAULT_FOLDER  the folder; calls elsewhere are not counted
//   HASHVET_FAULT_LOG     a file: a line for each call that was counted, and
//                         "fired" before the one that was made to fail
//   HASHVET_FAULT_CALL    which call, from 1
//   HASHVET_FAULT_KIND    ENOSPC, EIO: it fails so. SHORT: a write writes half,
//                         anything else fails with EIO. KILL: the process ends
//                         before it, as by kill -9
//   HASHVET_FAULT_NOSYNC  which fdatasync or fsync, from 1, does nothing
//   HASHVET_FAULT_DISK    a folder that is told what reached the disk: the file
//                         "ops", and the content of each file as it was flushed
//                         (tests/support/lost_writes.h reads them)
//
// Not for threads that do these calls at once.

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

const char* Setting(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? "" : value;
}

// The function that would have been called without this library.
template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Lines go out by system calls of their own, which are not counted.
void Append(const char* path, const char* line) {
  if (*path == '\0') return;
  const long file = ::syscall(SYS_openat, AT_FDCWD, path,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) ::abort();
  if (::syscall(SYS_write, file, line, std::strlen(line)) < 0) ::abort();
  ::syscall(SYS_close, file);
}

template <typename... Args>
void Log(const char* path, const char* format, Args... args) {
  char line[2 * PATH_MAX];
  std::snprintf(line, sizeof line, format, args...);
  Append(path, line);
}

// The part of an absolute path that is in the folder; "" for the folder itself;
// null for what is elsewhere.
const char* InFolder(const char* path) {
  static const char* const folder = Setting("HASHVET_FAULT_FOLDER");
  const size_t length = std::strlen(folder);
  if (length == 0 || std::strncmp(path, folder, length) != 0) return nullptr;
  if (path[length] == '\0') return path + length;
  return path[length] == '/' ? path + length + 1 : nullptr;
}

// Names in the folder, copied: of a path relative to a directory, and of an
// open descriptor.
struct Name {
  bool in_folder = false;
  char text[PATH_MAX] = "";
};

Name NameOf(int descriptor) {
  char link[64];
  char path[PATH_MAX] = "";
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  Name name;
  if (::readlink(link, path, sizeof path - 1) < 0) return name;
  if (const char* found = InFolder(path); found != nullptr) {
    name.in_folder = true;
    std::strcpy(name.text, found);
  }
  return name;
}

Name NameOf(int directory, const char* path) {
  Name name;
  char whole[2 * PATH_MAX];
  if (path[0] == '/') {
    std::snprintf(whole, sizeof whole, "%s", path);
  } else {
    char base[PATH_MAX] = "";
    char link[64] = "/proc/self/cwd";
    if (directory != AT_FDCWD) {
      std::snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    }
    if (::readlink(link, base, sizeof base - 1) < 0) return name;
    std::snprintf(whole, sizeof whole, "%s/%s", base, path);
  }
  if (const char* found = InFolder(whole); found != nullptr) {
    name.in_folder = true;
    std::strcpy(name.text, found);
  }
  return name;
}

enum class Fault { kNone, kFail, kShort };

// Counts a call; errno is set for kFail.
Fault Count(const char* call, const Name& name, bool can_be_short = false) {
  static const char* const log = Setting("HASHVET_FAULT_LOG");
  static const char* const kind = Setting("HASHVET_FAULT_KIND");
  static const long wanted = std::atol(Setting("HASHVET_FAULT_CALL"));
  static long count = 0;
  ++count;
  if (count == wanted) {
    Log(log, "fired\n");
    if (std::strcmp(kind, "KILL") == 0) {
      Log(log, "%ld %s %s\n", count, call, name.text);
      ::kill(::getpid(), SIGKILL);
    }
  }
  Log(log, "%ld %s %s\n", count, call, name.text);
  if (count != wanted) return Fault::kNone;
  if (std::strcmp(kind, "SHORT") == 0 && can_be_short) return Fault::kShort;
  errno = std::strcmp(kind, "ENOSPC") == 0 ? ENOSPC : EIO;
  return Fault::kFail;
}

// ---- What reached the disk.

const char* Disk() {
  static const char* const disk = Setting("HASHVET_FAULT_DISK");
  return disk;
}

template <typename... Args>
void Tell(const char* format, Args... args) {
  if (*Disk() == '\0') return;
  char ops[PATH_MAX];
  std::snprintf(ops, sizeof ops, "%s/ops", Disk());
  Log(ops, format, args...);
}

unsigned long InodeOf(int descriptor) {
  struct stat info = {};
  ::fstat(descriptor, &info);
  return static_cast<unsigned long>(info.st_ino);
}

void TellSync(int descriptor, const Name& name) {
  if (*Disk() == '\0') return;
  if (name.text[0] == '\0') return Tell("syncdir\n");
  static int copies = 0;
  char copy[2 * PATH_MAX];
  std::snprintf(copy, sizeof copy, "%s/copy.%d", Disk(), ++copies);
  const long out =
      ::syscall(SYS_openat, AT_FDCWD, copy, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  // The descriptor may be for writing only.
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const long in = ::syscall(SYS_openat, AT_FDCWD, link, O_RDONLY);
  if (out < 0 || in < 0) ::abort();
  char bytes[65536];
  for (long got; (got = ::syscall(SYS_read, in, bytes, sizeof bytes)) > 0;) {
    if (::syscall(SYS_write, out, bytes, got) != got) ::abort();
  }
  ::syscall(SYS_close, in);
  ::syscall(SYS_close, out);
  Tell("sync %lu copy.%d\n", InodeOf(descriptor), copies);
}

bool IsNoSync() {
  static const long wanted = std::atol(Setting("HASHVET_FAULT_NOSYNC"));
  static long count = 0;
  return ++count == wanted;
}

int Sync(const char* call, int descriptor) {
  const Name name = NameOf(descriptor);
  if (name.in_folder) {
    if (Count(call, name) != Fault::kNone) return -1;
    if (IsNoSync()) return 0;
  }
  const int result = Real<int(int)>(call)(descriptor);
  if (name.in_folder && result == 0) TellSync(descriptor, name);
  return result;
}

int Open(const char* call, int directory, const char* path, int flags,
         mode_t mode) {
  const Name name = NameOf(directory, path);
  const bool creates = name.in_folder && (flags & O_CREAT) != 0 &&
                       ::faccessat(directory, path, F_OK, 0) != 0;
  if (name.in_folder && Count(call, name) != Fault::kNone) return -1;
  const int descriptor =
      static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
  if (creates && descriptor >= 0) {
    Tell("create %lu %s\n", InodeOf(descriptor), name.text);
  }
  return descriptor;
}

ssize_t WriteAt(const char* call, int descriptor, const void* bytes,
                size_t size_bytes, off64_t offset) {
  const Name name = NameOf(descriptor);
  if (name.in_folder) {
    const Fault fault = Count(call, name, true);
    if (fault == Fault::kFail) return -1;
    if (fault == Fault::kShort) size_bytes = (size_bytes + 1) / 2;
    Tell("write %lu\n", InodeOf(descriptor));
  }
  return ::syscall(SYS_pwrite64, descriptor, bytes, size_bytes, offset);
}

mode_t ModeOf(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = ModeOf(flags, rest);
  va_end(rest);
  return Open("open", AT_FDCWD, path, flags, mode);
}

EXPORTED int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = ModeOf(flags, rest);
  va_end(rest);
  return Open("open", AT_FDCWD, path, flags, mode);
}

EXPORTED int openat(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = ModeOf(flags, rest);
  va_end(rest);
  return Open("openat", directory, path, flags, mode);
}

EXPORTED int mkostemp(char* path, int flags) {
  const Name folder = NameOf(AT_FDCWD, path);
  if (folder.in_folder && Count("mkostemp", folder) != Fault::kNone) return -1;
  const int descriptor = Real<int(char*, int)>("mkostemp")(path, flags);
  if (folder.in_folder && descriptor >= 0) {
    Tell("create %lu %s\n", InodeOf(descriptor), NameOf(descriptor).text);
  }
  return descriptor;
}

EXPORTED ssize_t write(int descriptor, const void* bytes, size_t size_bytes) {
  const Name name = NameOf(descriptor);
  if (name.in_folder) {
    const Fault fault = Count("write", name, true);
    if (fault == Fault::kFail) return -1;
    if (fault == Fault::kShort) size_bytes = (size_bytes + 1) / 2;
    Tell("write %lu\n", InodeOf(descriptor));
  }
  return ::syscall(SYS_write, descriptor, bytes, size_bytes);
}

EXPORTED ssize_t pwrite(int descriptor, const void* bytes, size_t size_bytes,
                        off_t offset) {
  return WriteAt("pwrite", descriptor, bytes, size_bytes, offset);
}
EXPORTED ssize_t pwrite64(int descriptor, const void* bytes, size_t size_bytes,
                          off64_t offset) {
  return WriteAt("pwrite64", descriptor, bytes, size_bytes, offset);
}

EXPORTED int ftruncate64(int descriptor, off64_t size_bytes) noexcept {
  const Name name = NameOf(descriptor);
  if (name.in_folder) {
    if (Count("ftruncate64", name) != Fault::kNone) return -1;
    Tell("write %lu\n", InodeOf(descriptor));
  }
  return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size_bytes));
}

EXPORTED int fdatasync(int descriptor) { return Sync("fdatasync", descriptor); }
EXPORTED int fsync(int descriptor) { return Sync("fsync", descriptor); }

EXPORTED int rename(const char* from, const char* to) noexcept {
  const Name old_name = NameOf(AT_FDCWD, from);
  const Name new_name = NameOf(AT_FDCWD, to);
  if (new_name.in_folder && Count("rename", new_name) != Fault::kNone) {
    return -1;
  }
  const int result = Real<int(const char*, const char*)>("rename")(from, to);
  if (new_name.in_folder && result == 0) {
    Tell("rename %s %s\n", old_name.text, new_name.text);
  }
  return result;
}

EXPORTED int unlink(const char* path) noexcept {
  const Name name = NameOf(AT_FDCWD, path);
  if (name.in_folder && Count("unlink", name) != Fault::kNone) return -1;
  const int result = Real<int(const char*)>("unlink")(path);
  if (name.in_folder && result == 0) Tell("unlink %s\n", name.text);
  return result;
}

EXPORTED int unlinkat(int directory, const char* path, int flags) noexcept {
  const Name name = NameOf(directory, path);
  if (name.in_folder && Count("unlinkat", name) != Fault::kNone) return -1;
  const int result =
      Real<int(int, const char*, int)>("unlinkat")(directory, path, flags);
  if (name.in_folder && result == 0) Tell("unlink %s\n", name.text);
  return result;
}

EXPORTED int flock(int descriptor, int operation) noexcept {
  const Name name = NameOf(descriptor);
  if (name.in_folder && Count("flock", name) != Fault::kNone) return -1;
  return Real<int(int, int)>("flock")(descriptor, operation);
}

EXPORTED int fchmod(int descriptor, mode_t mode) noexcept {
  const Name name = NameOf(descriptor);
  if (name.in_folder && Count("fchmod", name) != Fault::kNone) return -1;
  return Real<int(int, mode_t)>("fchmod")(descriptor, mode);
}

EXPORTED int fchown(int descriptor, uid_t owner, gid_t group) noexcept {
  const Name name = NameOf(descriptor);
  if (name.in_folder && Count("fchown", name) != Fault::kNone) return -1;
  return Real<int(int, uid_t, gid_t)>("fchown")(descriptor, owner, group);
}

EXPORTED ssize_t read(int descriptor, void* bytes, size_t size_bytes) {
  const Name name = NameOf(descriptor);
  if (name.in_folder) {
    const Fault fault = Count("read", name, true);
    if (fault == Fault::kFail) return -1;
    if (fault == Fault::kShort) size_bytes = (size_bytes + 1) / 2;
  }
  return ::syscall(SYS_read, descriptor, bytes, size_bytes);
}

EXPORTED void* mmap(void* where, size_t size_bytes, int protection, int flags,
                    int descriptor, off_t offset) noexcept {
  if (descriptor >= 0) {
    const Name name = NameOf(descriptor);
    if (name.in_folder && Count("mmap", name) != Fault::kNone) {
      return MAP_FAILED;
    }
  }
  return reinterpret_cast<void*>(::syscall(
      SYS_mmap, where, size_bytes, protection, flags, descriptor, offset));
}
