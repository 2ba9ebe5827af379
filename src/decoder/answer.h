// One picture to one record: the decoder's work, wherever it runs.

#ifndef HASHVET_SRC_DECODER_ANSWER_H_
#define HASHVET_SRC_DECODER_ANSWER_H_

#include <cstddef>
#include <span>

#include "src/sandbox/protocol.h"

namespace hashvet::decoder {

// An AnswerFunction. Thread-safe; no exception leaves.
void Answer(const Request& request, std::span<const std::byte> picture,
            Record& record);

}  // namespace hashvet::decoder

#endif  // HASHVET_SRC_DECODER_ANSWER_H_
