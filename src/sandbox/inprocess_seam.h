// The seam to libhashvet_inprocess.so: decoding in the calling process, for
// pictures that are trusted, without linking a codec. Only C crosses it.

#ifndef HASHVET_SRC_SANDBOX_INPROCESS_SEAM_H_
#define HASHVET_SRC_SANDBOX_INPROCESS_SEAM_H_

#include <cstddef>
#include <cstdint>

#include "src/sandbox/protocol.h"

extern "C" {

// kProtocolVersion of the module.
typedef uint32_t HashvetInprocessVersionFunction(void);
// Writes the answer about size bytes. Thread-safe; throws and prints nothing.
typedef void HashvetInprocessAnswerFunction(const hashvet::Request* request,
                                            const uint8_t* bytes, size_t size,
                                            hashvet::Record* record);
// Whether the other codecs open: true, or `reason` (kMaxReasonBytes, ended by a
// zero) says why not.
typedef bool HashvetInprocessCodecsFunction(char* reason);
#define HASHVET_INPROCESS_VERSION_SYMBOL "hashvet_inprocess_version"
#define HASHVET_INPROCESS_ANSWER_SYMBOL "hashvet_inprocess_answer"
#define HASHVET_INPROCESS_CODECS_SYMBOL "hashvet_inprocess_codecs"

}  // extern "C"

#endif  // HASHVET_SRC_SANDBOX_INPROCESS_SEAM_H_
