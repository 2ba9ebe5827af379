#include "src/decoder/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/descriptor.h"

namespace hashvet::decoder {
namespace {

// linux/landlock.h may be missing or older than the kernel, so what is used of
// it is stated here: the numbers are the kernel's interface and never change.
constexpr long kLandlockCreateRuleset = 444;
constexpr long kLandlockRestrictSelf = 446;
constexpr unsigned kLandlockVersionFlag = 1;

struct LandlockRuleset {
  uint64_t handled_files;
  uint64_t handled_network;  // from version 4 on
  uint64_t scoped;           // from version 6 on
};

// Everything that a version of Landlock can deny.
LandlockRuleset DenyAll(uint32_t version) {
  LandlockRuleset ruleset = {};
  unsigned file_rights = 13;
  if (version >= 2) file_rights = 14;  // rename and link across folders
  if (version >= 3) file_rights = 15;  // truncate
  if (version >= 5) file_rights = 16;  // ioctl of devices
  ruleset.handled_files = (uint64_t{1} << file_rights) - 1;
  if (version >= 4) ruleset.handled_network = 3;  // bind and connect TCP
  if (version >= 6) ruleset.scoped = 3;           // abstract sockets, signals
  return ruleset;
}

bool ApplyLandlock() {
  const uint32_t version = LandlockVersion();
  if (version == 0) return true;
  const LandlockRuleset ruleset = DenyAll(version);
  const Descriptor descriptor(static_cast<int>(
      syscall(kLandlockCreateRuleset, &ruleset, sizeof(ruleset), 0)));
  return descriptor.number() >= 0 &&
         syscall(kLandlockRestrictSelf, descriptor.number(), 0) == 0;
}

bool DropCapabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none = {};
  return syscall(SYS_capset, &header, none.data()) == 0;
}

bool Limit(int resource, uint64_t soft, uint64_t hard) {
  const rlimit limit = {soft, hard};
  return setrlimit(resource, &limit) == 0;
}

// What a codec, the allocator and the C++ library need to compute.
constexpr int kAllowed[] = {
    SCMP_SYS(exit_group),   SCMP_SYS(exit),
    SCMP_SYS(brk),          SCMP_SYS(munmap),
    SCMP_SYS(mremap),       SCMP_SYS(madvise),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(sched_yield),
    SCMP_SYS(getrandom),    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),
#ifdef HASHVET_SANITIZED  // what its runtime asks where functions do not return
    SCMP_SYS(sigaltstack),  SCMP_SYS(prlimit64),
#endif
};

// What libraries try and can do without: refused rather than deadly.
constexpr int kRefused[] = {
    SCMP_SYS(open),      SCMP_SYS(openat),     SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
    SCMP_SYS(lstat),     SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(fstat),
    SCMP_SYS(ioctl),     SCMP_SYS(close),      SCMP_SYS(lseek),
};

// What a lane does beside that: it takes requests, forks children, reads their
// records and ends them; and what a child does before its own filter.
constexpr int kAllowedToLane[] = {
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(pipe2),
    SCMP_SYS(clone),
    SCMP_SYS(readv),
    SCMP_SYS(close),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(waitid),
    SCMP_SYS(wait4),
    SCMP_SYS(kill),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(fcntl),
    SCMP_SYS(prctl),
    SCMP_SYS(seccomp),
    SCMP_SYS(getppid),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(close_range),
    SCMP_SYS(prlimit64),
    SCMP_SYS(setrlimit),
};

bool AddRules(scmp_filter_ctx filter, bool of_lane) {
  bool ok = true;
  const auto is_lane_s = [of_lane](int call) {
    return of_lane && std::ranges::find(kAllowedToLane, call) !=
                          std::ranges::end(kAllowedToLane);
  };
  if (of_lane) {
    for (const int call : kAllowedToLane) {
      ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
    }
  }
  for (const int call : kAllowed) {
    ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
  }
  for (const int call : kRefused) {
    if (is_lane_s(call)) continue;
    ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 0) == 0;
  }
  // New memory may never be executable.
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
  }
  // Only the record is written; what a codec prints goes nowhere.
  ok =
      ok &&
      seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                       SCMP_A0(SCMP_CMP_EQ, kRecordDescriptor)) == 0 &&
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(EBADF), SCMP_SYS(write), 1,
                       SCMP_A0(SCMP_CMP_NE, kRecordDescriptor)) == 0 &&
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(EBADF), SCMP_SYS(writev), 0) == 0;
  return ok;
}

bool Apply(const std::vector<sock_filter>& filter) {
  if (filter.empty()) return true;
  const sock_fprog program = {static_cast<unsigned short>(filter.size()),
                              const_cast<sock_filter*>(filter.data())};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace

uint32_t LandlockVersion() {
  const long version =
      syscall(kLandlockCreateRuleset, nullptr, 0, kLandlockVersionFlag);
  return version < 0 ? 0 : static_cast<uint32_t>(version);
}

bool HasSeccomp() {
  // Without a filter the kernel that has filters finds a bad address.
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) != 0 &&
         errno == EFAULT;
}

absl::StatusOr<std::vector<sock_filter>> MakeFilter(FilterOf whose) {
  const bool of_lane = whose == FilterOf::kLane;
  const auto failed = [](const char* step) {
    return absl::UnavailableError(
        absl::StrCat("decoder: libseccomp cannot ", step, " the filter"));
  };
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(
      seccomp_init(of_lane ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_KILL_PROCESS),
      seccomp_release);
  if (filter == nullptr ||
      seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH,
                       SCMP_ACT_KILL_PROCESS) != 0 ||
      !AddRules(filter.get(), of_lane)) {
    return failed("make");
  }
  const Descriptor file(memfd_create("filter", MFD_CLOEXEC));
  if (file.number() < 0 ||
      seccomp_export_bpf(filter.get(), file.number()) != 0) {
    return failed("compile");
  }
  const off_t size_bytes = lseek(file.number(), 0, SEEK_END);
  if (size_bytes <= 0 || size_bytes % sizeof(sock_filter) != 0) {
    return failed("compile");
  }
  std::vector<sock_filter> program(static_cast<size_t>(size_bytes) /
                                   sizeof(sock_filter));
  if (pread(file.number(), program.data(), static_cast<size_t>(size_bytes),
            0) != size_bytes) {
    return failed("read");
  }
  return program;
}

void DieWithParent(int parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
}

bool ConfineLane(const std::vector<sock_filter>& filter, bool landlock) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_DUMPABLE, 0) == 0 && Limit(RLIMIT_CORE, 0, 0) &&
         Limit(RLIMIT_FSIZE, 0, 0) && DropCapabilities() &&
         (!landlock || ApplyLandlock()) && Apply(filter);
}

uint64_t AddressSpaceBytes() {
  unsigned long pages = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return uint64_t{pages} * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

bool ConfineChild(const std::vector<sock_filter>& filter,
                  uint64_t base_address_space) {
  const uint64_t memory = base_address_space + kChildMemoryBytes;
  if (close_range(0, kRecordDescriptor - 1, 0) != 0 ||
      close_range(kRecordDescriptor + 1, ~0u, 0) != 0 ||
#ifndef HASHVET_SANITIZED  // whose shadow memory takes terabytes of addresses
      !Limit(RLIMIT_AS, memory, memory) ||
#endif
      !Limit(RLIMIT_CPU, kChildProcessorSeconds, kChildProcessorSeconds + 1) ||
      // No other process, also without seccomp; it does not hold root.
      !Limit(RLIMIT_NPROC, 0, 0) || !Limit(RLIMIT_NOFILE, 0, 0)) {
    return false;
  }
  static_cast<void>(memory);
  return Apply(filter);
}

}  // namespace hashvet::decoder
