#include "src/decoder/zygote.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>

#include "src/base/descriptor.h"
#include "src/decoder/confine.h"
#include "src/decoder/lane.h"
#include "src/sandbox/messages.h"

namespace hashvet::decoder {
namespace {

// A lane keeps its socket alone, at the number of the control socket.
[[noreturn]] void BecomeLane(int socket, int parent,
                             const LaneSettings& settings) {
  if (dup2(socket, kControlDescriptor) < 0 ||
      close_range(kControlDescriptor + 1, ~0u, 0) != 0) {
    _exit(1);
  }
  RunLane(kControlDescriptor, parent, settings);
}

// Tells the client so, to whom it is no reason to start the program anew.
void SayNotStarted(int socket, int error) {
  LaneReady none = {};
  none.not_started = error;
  static_cast<void>(Send(socket, none));
}

void ForkLane(int socket, const LaneSettings& settings) {
  const int parent = getpid();
  const pid_t process = fork();
  if (process == 0) BecomeLane(socket, parent, settings);
  if (process < 0) SayNotStarted(socket, errno);
}

// A process with more codecs: every message on its control socket asks for a
// lane.
[[noreturn]] void RunOther(int control, int parent,
                           absl::Status (*open_codecs)(), LaneSettings lanes) {
  DieWithParent(parent);
  if (dup2(control, kControlDescriptor) < 0 ||
      close_range(kControlDescriptor + 1, ~0u, 0) != 0) {
    _exit(1);
  }
  lanes.codecs = open_codecs();
  while (true) {
    OpenLane open;
    Descriptor socket;
    if (!Receive(kControlDescriptor, open, &socket)) _exit(0);
    // A module that could not be opened may have appeared.
    if (!lanes.codecs.ok()) lanes.codecs = open_codecs();
    ForkLane(socket.number(), lanes);
  }
}

class Zygote {
 public:
  Zygote(const ZygoteSettings& settings, LaneSettings lanes)
      : settings_(settings), lanes_(std::move(lanes)) {}

  void Serve() {
    constexpr auto kOwn = static_cast<size_t>(Codecs::kJpeg);
    lanes_.codecs = settings_.open_codecs[kOwn]();
    OpenLane open;
    Descriptor socket;
    while (Receive(kControlDescriptor, open, &socket)) {
      if (open.codecs == kOwn) {
        ForkLane(socket.number(), lanes_);
      } else if (open.codecs < kCodecFamilies) {
        PassOn(open, socket);
      }
      socket = Descriptor();
    }
  }

 private:
  // The process of these codecs is forked anew where it is gone.
  void PassOn(const OpenLane& open, const Descriptor& socket) {
    Descriptor& control = others_[open.codecs];
    if (control.number() >= 0 &&
        Send(control.number(), open, socket.number())) {
      return;
    }
    auto ends = MakeSocketPair();
    if (!ends.ok()) return SayNotStarted(socket.number(), EMFILE);
    const int parent = getpid();
    const pid_t process = fork();
    if (process == 0) {
      RunOther(ends->second.number(), parent,
               settings_.open_codecs[open.codecs], std::move(lanes_));
    }
    if (process < 0) return SayNotStarted(socket.number(), errno);
    control = std::move(ends->first);
    Send(control.number(), open, socket.number());
  }

  const ZygoteSettings& settings_;
  LaneSettings lanes_;
  std::array<Descriptor, kCodecFamilies> others_;  // control sockets
};

}  // namespace

int RunZygote(const ZygoteSettings& settings) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGCHLD, SIG_IGN);  // lanes that end leave nothing to wait for
  // Keys of the terminal are the client's to hear: it closes the socket.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);

  // Where memory is short a child goes, and not the client with its lists.
  if (FILE* file = std::fopen("/proc/self/oom_score_adj", "we")) {
    std::fputs("1000", file);
    std::fclose(file);
  }

  LaneSettings lanes = {.answer = settings.answer,
                        .landlock = settings.use_landlock};
  bool seccomp = settings.use_seccomp && HasSeccomp();
  if (seccomp) {
    auto filter = MakeFilter(FilterOf::kChild);
    seccomp = filter.ok();
    if (seccomp) lanes.filter = *std::move(filter);
#ifndef HASHVET_SANITIZED  // whose runtime asks for more in a process that
                           // forks
    auto of_lane = MakeFilter(FilterOf::kLane);
    seccomp = seccomp && of_lane.ok();
    if (seccomp) lanes.own_filter = *std::move(of_lane);
#endif
  }
  Hello hello = {.magic = kHelloMagic,
                 .protocol = kProtocolVersion,
                 .landlock = settings.use_landlock ? LandlockVersion() : 0,
                 .seccomp = seccomp ? 1u : 0u};
  std::strncpy(hello.version.data(), settings.version,
               hello.version.size() - 1);
  if (!Send(kControlDescriptor, hello)) return 1;
  Zygote(settings, std::move(lanes)).Serve();
  return 0;
}

}  // namespace hashvet::decoder
