// hashvet-decoder: the program that decodes pictures from strangers. It is
// started by hashvet::DecoderPool and of no use by hand.

#include <sys/socket.h>

#include <cstdio>

#include "src/decoder/answer.h"
#include "src/decoder/warm_up.h"
#include "src/decoder/zygote.h"

int main() {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(hashvet::kControlDescriptor, SOL_SOCKET, SO_TYPE, &type,
                 &size) != 0 ||
      type != SOCK_SEQPACKET) {
    std::fputs(
        "hashvet-decoder " HASHVET_VERSION
        ": started by hashvet itself, to decode pictures from strangers\n",
        stderr);
    return 2;
  }
  return hashvet::decoder::RunZygote(
      {.answer = hashvet::decoder::Answer,
       .open_codecs = {hashvet::decoder::WarmUpJpeg,
                       hashvet::decoder::WarmUpWebCodecs,
                       hashvet::decoder::WarmUpCodecs,
                       hashvet::decoder::WarmUpHeifCodecs},
       .version = HASHVET_VERSION});
}
