// hashvet-decoder as whoever took over a child would have it: the real
// confinement around a child that does what the "picture" tells it to.
//
// Built three times: as it is; HOSTILE_WITHOUT_SECCOMP, as on a kernel without
// it, to see what holds besides; HOSTILE_VERSION, as of another release.

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "src/decoder/confine.h"
#include "src/decoder/zygote.h"

#ifndef HOSTILE_VERSION
#define HOSTILE_VERSION HASHVET_VERSION
#endif

// Where the linker puts what a program keeps and starts with zeros.
extern char __bss_start;
extern char _end;

namespace hashvet::decoder {
namespace {

Record Say(const std::string& what) {
  PictureHashes picture;
  picture.outcome = HashOutcome::kUndecodable;
  picture.status = absl::InvalidArgumentError(what);
  return ToRecord(picture);
}

std::string Result(long value) {
  return value >= 0 ? "done" : absl::StrCat("errno ", errno);
}

void Write(const Record& record, size_t size) {
  const char* next = reinterpret_cast<const char*>(&record);
  while (size > 0) {
    const ssize_t written = write(kRecordDescriptor, next, size);
    if (written <= 0) _exit(0);
    next += written;
    size -= static_cast<size_t>(written);
  }
}

[[noreturn]] void Spin() {
  volatile uint64_t count = 0;
  while (true) count = count + 1;
}

// Without using the processor, so that only the wall clock can end it.
[[noreturn]] void Sleep() {
  int word = 0;
  while (true) syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, nullptr);
}

Record AllMemory() {
  constexpr size_t kStep = size_t{4} << 20;
  size_t steps = 0;
  while (void* block = std::malloc(kStep)) {
    std::memset(block, 1, kStep);
    ++steps;
  }
  return Say(absl::StrCat(steps * (kStep >> 20)));
}

Record OpenDescriptors() {
  std::string open;
  for (int number = 0; number < 4096; ++number) {
    if (write(number, "", 0) == 0) absl::StrAppend(&open, number, " ");
  }
  return Say(absl::StrCat("open: ", open));
}

// How many bytes that are not zero lie behind the picture in the memory it came
// in, which is this large at least.
Record LookBehind(std::span<const std::byte> picture) {
  constexpr size_t kRoomBytes = size_t{256} << 10;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* const place = const_cast<std::byte*>(picture.data());
  void* const all = mremap(place, page, kRoomBytes, MREMAP_MAYMOVE);
  if (all == MAP_FAILED) return Say(Result(-1));
  const std::span bytes(static_cast<const std::byte*>(all), kRoomBytes);
  const auto behind = bytes.subspan(picture.size());
  return Say(absl::StrCat(
      "behind it: ", behind.size() - static_cast<size_t>(std::ranges::count(
                                         behind, std::byte{0}))));
}

constexpr uint8_t kMark = 0xa7;

// A record that is not one, with marks where hashes are.
Record LeaveMarks(const Request& request) {
  Record record = {};
  const size_t from = offsetof(Record, slot);
  std::memset(reinterpret_cast<char*>(&record) + from, kMark,
              request.record_bytes - from);
  return record;
}

// Whether such marks are in what the program keeps.
Record FindMarks() {
  const std::string marks(64, static_cast<char>(kMark));
  const std::string_view kept(&__bss_start,
                              static_cast<size_t>(&_end - &__bss_start));
  return Say(kept.find(marks) == kept.npos ? "no marks" : "marks");
}

Record Connect() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (socket < 0) return Say(Result(-1));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return Say(Result(
      connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address))));
}

Record Do(const Request& request, std::span<const std::byte> picture) {
  std::string text(reinterpret_cast<const char*>(picture.data()),
                   picture.size());
  // What a JPEG begins with goes to the lanes of JPEG.
  if (text.starts_with("\xff\xd8\xff")) text.erase(0, 3);
  std::istringstream words(text);
  std::string what;
  words >> what;
  if (what == "syscall") {
    long number = 0;
    words >> number;
    return Say(Result(syscall(number, 0, 0, 0, 0, 0, 0)));
  }
  if (what == "open") {
    std::string path;
    words >> path;
    return Say(Result(open(path.c_str(), O_RDONLY)));
  }
  if (what == "create") {
    std::string path;
    words >> path;
    return Say(Result(open(path.c_str(), O_WRONLY | O_CREAT, 0600)));
  }
  if (what == "mkdir") {
    std::string path;
    words >> path;
    return Say(Result(mkdir(path.c_str(), 0700)));
  }
  if (what == "kill") {
    int process = 0;
    words >> process;
    return Say(Result(kill(process, 0)));  // whether it might
  }
  if (what == "fork") {
    const pid_t other = fork();
    if (other == 0) _exit(0);
    return Say(Result(other));
  }
  if (what == "connect") return Connect();
  if (what == "executable") {
    const void* made = mmap(nullptr, 4096, PROT_READ | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return Say(Result(made == MAP_FAILED ? -1 : 0));
  }
  if (what == "look_behind") return LookBehind(picture);
  if (what == "leave_marks") return LeaveMarks(request);
  if (what == "find_marks") return FindMarks();
  if (what == "descriptors") return OpenDescriptors();
  if (what == "memory") return AllMemory();
  if (what == "short") {
    Write(Say("x"), request.record_bytes - 1);
    _exit(0);
  }
  if (what == "long") {
    Write(Say("x"), request.record_bytes);
    return Say("and another");
  }
  if (what == "endless") {
    while (true) Write(Say("x"), request.record_bytes);
  }
  if (what == "answer_and_spin") {
    Write(Say("x"), request.record_bytes);
    Spin();
  }
  if (what == "nothing") _exit(0);
  if (what == "failure") _exit(1);
  if (what == "segv") *static_cast<volatile int*>(nullptr) = 1;
  if (what == "spin") Spin();
  if (what == "sleep") Sleep();
  if (what == "lie") {  // an outcome that only the parent may give
    Record record = Say("x");
    record.outcome = static_cast<uint32_t>(HashOutcome::kOverloaded);
    return record;
  }
  return Say(absl::StrCat("heard: ", what));
}

void Obey(const Request& request, std::span<const std::byte> picture,
          Record& record) {
  record = Do(request, picture);
}

absl::Status NoCodecs() { return absl::OkStatus(); }

}  // namespace
}  // namespace hashvet::decoder

int main() {
  return hashvet::decoder::RunZygote({
      .answer = hashvet::decoder::Obey,
      .open_codecs = {hashvet::decoder::NoCodecs, hashvet::decoder::NoCodecs,
                      hashvet::decoder::NoCodecs, hashvet::decoder::NoCodecs},
      .version = HOSTILE_VERSION,
#ifdef HOSTILE_WITHOUT_LANDLOCK
      .use_landlock = false,
#endif
#ifdef HOSTILE_WITHOUT_SECCOMP
      .use_seccomp = false,
#endif
  });
}
