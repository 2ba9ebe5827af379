// What the codecs of this module share: one function each, and what it answers.

#ifndef HASHVET_SRC_DECODE_WEBCODECS_WEB_CODEC_H_
#define HASHVET_SRC_DECODE_WEBCODECS_WEB_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "src/decode/codec_module.h"
#include "src/decode/row_receiver.h"

namespace hashvet::webcodecs {

// The receiver, and whether it wanted no more. Trivial, so that a longjmp of a
// codec may pass over it.
class Rows {
 public:
  explicit Rows(const HashvetRows& rows) : rows_(&rows) {}

  // False from here on: stop.
  bool Begin(uint32_t frame, RowFormat format) {
    return Keep(
        rows_->begin(rows_->receiver, frame, static_cast<uint32_t>(format)));
  }
  uint8_t* NextRow() { return rows_->next_row(rows_->receiver); }
  bool RowDone() { return Keep(rows_->row_done(rows_->receiver)); }
  const uint8_t* LastRow() const { return rows_->last_row(rows_->receiver); }
  bool stopped() const { return stopped_; }

 private:
  bool Keep(int more) {
    stopped_ |= more == 0;
    return more != 0;
  }
  const HashvetRows* rows_;
  bool stopped_ = false;
};

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};
// From malloc: pages that no codec reaches are never touched, and a refusal is
// a null pointer.
using Memory = std::unique_ptr<uint8_t[], FreeMemory>;

int DecodePng(const HashvetWebcodecsRequest& request, HashvetCodecReply& reply);
int DecodeWebp(const HashvetWebcodecsRequest& request,
               HashvetCodecReply& reply);
int DecodeGif(const HashvetWebcodecsRequest& request, HashvetCodecReply& reply);

}  // namespace hashvet::webcodecs

#endif  // HASHVET_SRC_DECODE_WEBCODECS_WEB_CODEC_H_
