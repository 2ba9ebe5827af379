// libhashvet_inprocess.so: the decoder's work without its process.

#include <algorithm>
#include <span>

#include "hashvet/base/export.h"
#include "hashvet/decode/decode.h"
#include "src/decoder/answer.h"
#include "src/sandbox/inprocess_seam.h"

extern "C" {

HASHVET_EXPORT uint32_t hashvet_inprocess_version() {
  return hashvet::kProtocolVersion;
}

HASHVET_EXPORT void hashvet_inprocess_answer(const hashvet::Request* request,
                                             const uint8_t* bytes, size_t size,
                                             hashvet::Record* record) {
  *record = {};
  hashvet::decoder::Answer(*request, std::as_bytes(std::span(bytes, size)),
                           *record);
}

HASHVET_EXPORT bool hashvet_inprocess_codecs(char* reason) {
  const absl::Status status = hashvet::CheckCodecModules();
  const absl::string_view why = status.message();
  const size_t size = std::min(why.size(), hashvet::kMaxReasonBytes - 1);
  *std::copy_n(why.begin(), size, reason) = '\0';
  return status.ok();
}

}  // extern "C"
