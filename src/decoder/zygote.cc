#include "src/decoder/zygote.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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

void ForkLane(int socket, const LaneSettings& settings) {
  const int parent = getpid();
  if (fork() == 0) BecomeLane(socket, parent, settings);
  // Where the fork failed, the client sees the socket closed.
}

// The second process: every message on its control socket asks for a lane.
[[noreturn]] void RunSecond(int control, int parent,
                            const ZygoteSettings& settings,
                            LaneSettings lanes) {
  DieWithParent(parent);
  if (dup2(control, kControlDescriptor) < 0 ||
      close_range(kControlDescriptor + 1, ~0u, 0) != 0) {
    _exit(1);
  }
  lanes.codecs = settings.open_codecs();
  while (true) {
    OpenLane open;
    Descriptor socket;
    if (!Receive(kControlDescriptor, open, &socket)) _exit(0);
    ForkLane(socket.number(), lanes);
  }
}

class Zygote {
 public:
  Zygote(const ZygoteSettings& settings, LaneSettings lanes)
      : settings_(settings), lanes_(std::move(lanes)) {}

  void Serve() {
    OpenWebCodecs();
    OpenLane open;
    Descriptor socket;
    while (Receive(kControlDescriptor, open, &socket)) {
      if (open.codecs == static_cast<uint32_t>(Codecs::kWeb)) {
        OpenWebCodecs();
        ForkLane(socket.number(), lanes_);
      } else {
        PassToSecond(open, socket);
      }
      socket = Descriptor();
    }
  }

 private:
  // Lanes inherit them. JPEG needs none of them, and a module that could not be
  // opened may have appeared.
  void OpenWebCodecs() {
    if (opened_) return;
    lanes_.codecs = settings_.open_web_codecs();
    opened_ = lanes_.codecs.ok();
  }

  // The second process is forked anew where it is gone.
  void PassToSecond(const OpenLane& open, const Descriptor& socket) {
    if (second_.number() >= 0 &&
        Send(second_.number(), open, socket.number())) {
      return;
    }
    auto ends = MakeSocketPair();
    if (!ends.ok()) return;
    const int parent = getpid();
    const pid_t process = fork();
    if (process == 0) {
      RunSecond(ends->second.number(), parent, settings_, std::move(lanes_));
    }
    if (process < 0) return;
    second_ = std::move(ends->first);
    Send(second_.number(), open, socket.number());
  }

  const ZygoteSettings& settings_;
  LaneSettings lanes_;
  bool opened_ = false;
  Descriptor second_;
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

  LaneSettings lanes = {.answer = settings.answer};
  bool seccomp = settings.use_seccomp && HasSeccomp();
  if (seccomp) {
    auto filter = MakeChildFilter();
    seccomp = filter.ok();
    if (seccomp) lanes.filter = *std::move(filter);
  }
  Hello hello = {.magic = kHelloMagic,
                 .protocol = kProtocolVersion,
                 .landlock = LandlockVersion(),
                 .seccomp = seccomp ? 1u : 0u};
  std::strncpy(hello.version.data(), settings.version,
               hello.version.size() - 1);
  if (!Send(kControlDescriptor, hello)) return 1;
  Zygote(settings, std::move(lanes)).Serve();
  return 0;
}

}  // namespace hashvet::decoder
