// The first process of hashvet-decoder, and one more for each family of codecs
// that is opened: each waits for lanes to be asked for, and forks them.
//
//   first (libjpeg alone) --fork--> lanes for JPEG
//     |--fork--> opens libpng, libwebp, giflib --fork--> lanes for these
//     |--fork--> opens OpenCV --fork--> lanes for BMP and TIFF
//     `--fork--> opens libheif --fork--> lanes for AVIF and HEIC
//
// Started before any list is opened, none of them holds anything of the
// client's but a socket. The others are forked when the first picture needs
// them: opening 138 libraries takes time, and whatever is open is copied for
// every picture.

#ifndef HASHVET_SRC_DECODER_ZYGOTE_H_
#define HASHVET_SRC_DECODER_ZYGOTE_H_

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "src/sandbox/protocol.h"

namespace hashvet::decoder {

struct ZygoteSettings {
  AnswerFunction* answer;  // runs in the children
  // By Codecs: what a process of these does before it forks lanes.
  std::array<absl::Status (*)(), kCodecFamilies> open_codecs;
  const char* version;  // of hashvet
  // Where the kernel has them.
  bool use_landlock = true;
  bool use_seccomp = true;
};

// The program: greets on kControlDescriptor and serves until its other end is
// closed. Gives back the exit code.
int RunZygote(const ZygoteSettings& settings);

}  // namespace hashvet::decoder

#endif  // HASHVET_SRC_DECODER_ZYGOTE_H_
