// The first process of hashvet-decoder, and the second one with all codecs:
// each waits for lanes to be asked for, and forks them.
//
//   first (libjpeg, libpng, libwebp, giflib) --fork--> lanes for these
//     `--fork--> second (opens OpenCV's module) --fork--> lanes for BMP and
//     TIFF
//
// Started before any list is opened, neither holds anything of the client's but
// a socket. The second is forked when the first picture needs it: opening 138
// libraries takes time.

#ifndef HASHVET_SRC_DECODER_ZYGOTE_H_
#define HASHVET_SRC_DECODER_ZYGOTE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "src/sandbox/protocol.h"

namespace hashvet::decoder {

struct ZygoteSettings {
  AnswerFunction* answer;             // runs in the children
  absl::Status (*open_web_codecs)();  // of the first process
  absl::Status (*open_codecs)();      // of the second
  const char* version;                // of hashvet
  bool use_seccomp = true;            // where the kernel has it
};

// The program: greets on kControlDescriptor and serves until its other end is
// closed. Gives back the exit code.
int RunZygote(const ZygoteSettings& settings);

}  // namespace hashvet::decoder

#endif  // HASHVET_SRC_DECODER_ZYGOTE_H_
