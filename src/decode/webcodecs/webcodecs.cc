// The module's two symbols.

#include "hashvet/base/export.h"
#include "hashvet/decode/sniff.h"
#include "src/decode/webcodecs/web_codec.h"

namespace hashvet::webcodecs {
namespace {

int Decode(const HashvetWebcodecsRequest& request, HashvetCodecReply& reply) {
  switch (static_cast<PictureFormat>(request.format)) {
    case PictureFormat::kPng:
      return DecodePng(request, reply);
    case PictureFormat::kWebp:
      return DecodeWebp(request, reply);
    case PictureFormat::kGif:
      return DecodeGif(request, reply);
    default:
      return Fail(reply, kHashvetCodecUnsupported,
                  "not a format of this module");
  }
}

}  // namespace
}  // namespace hashvet::webcodecs

extern "C" {

HASHVET_EXPORT int hashvet_webcodecs_version() {
  return kHashvetWebcodecsVersion;
}

HASHVET_EXPORT int hashvet_webcodecs_decode(
    const HashvetWebcodecsRequest* request, HashvetCodecReply* reply) {
  return hashvet::Answer<hashvet::webcodecs::Decode>(request, reply);
}

}  // extern "C"
