// What single pictures cost a decoder's child: processor time and memory, which
// other work of the machine disturbs little, unlike the time they take.
//
//   decode_work FILES   FILES: names, one a line. Prints one JSON object a
//       file: {"file", "outcome", "processor_ms", "peak_mib"}
//
// Each is decoded and hashed by a process of its own with the memory and the
// processor time of a child, without its confinement.

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "hashvet/hash/picture_hashes.h"
#include "hashvet/sandbox/in_process_hasher.h"

namespace hashvet {
namespace {

constexpr rlim_t kMemoryBytes = rlim_t{480} << 20;  // beyond what is there
constexpr rlim_t kProcessorSeconds = 2;

rlim_t AddressSpaceBytes() {
  unsigned long pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return rlim_t{pages} * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

// Writes the outcome's number. Does not return.
[[noreturn]] void RunChild(PictureHasher& hasher, const std::string& file,
                           rlim_t memory, int to) {
  const rlimit memory_limit = {memory, memory};
  const rlimit processor = {kProcessorSeconds, kProcessorSeconds + 1};
  setrlimit(RLIMIT_AS, &memory_limit);
  setrlimit(RLIMIT_CPU, &processor);
  const auto outcome =
      static_cast<unsigned char>(hasher.HashFile(file, {}).outcome);
  _exit(write(to, &outcome, 1) == 1 ? 0 : 1);
}

int Run(const std::string& list) {
  auto hasher = MakeInProcessHasher();
  if (!hasher.ok() || !(*hasher)->CheckCodecs().ok()) {
    std::fputs("decode_work: the codecs do not open\n", stderr);
    return 2;
  }
  const rlim_t memory = AddressSpaceBytes() + kMemoryBytes;
  std::ifstream names(list);
  std::string file;
  while (std::getline(names, file)) {
    int ends[2];
    if (pipe(ends) != 0) return 2;
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) RunChild(**hasher, file, memory, ends[1]);
    close(ends[1]);
    unsigned char outcome = 0;
    const bool answered = read(ends[0], &outcome, 1) == 1;
    close(ends[0]);
    rusage used = {};
    int status = 0;
    wait4(child, &status, 0, &used);
    const auto ms = [](const timeval& time) {
      return 1e3 * static_cast<double>(time.tv_sec) +
             static_cast<double>(time.tv_usec) / 1e3;
    };
    const std::string name =
        answered ? std::string(NameOf(static_cast<HashOutcome>(outcome)))
        : WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? "timeout"
                                                             : "crashed";
    std::printf(
        "{\"file\": \"%s\", \"outcome\": \"%s\", \"processor_ms\": %.2f, "
        "\"peak_mib\": %ld}\n",
        file.c_str(), name.c_str(), ms(used.ru_utime) + ms(used.ru_stime),
        used.ru_maxrss / 1024);
  }
  return 0;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("decode_work: want FILES\n", stderr);
    return 2;
  }
  return hashvet::Run(argv[1]);
}
