// Opening one of our own modules: a library with codecs in it that is found by
// name when the first picture needs it.

#ifndef HASHVET_SRC_DECODE_MODULE_H_
#define HASHVET_SRC_DECODE_MODULE_H_

#include "absl/status/statusor.h"

namespace hashvet {

struct ModuleNames {
  const char* file;            // "libhashvet_….so"
  const char* formats;         // which it reads, for messages
  const char* version_symbol;  // int(void)
  const char* decode_symbol;
  int version;
};

// Its decode function. Never closed: codecs start threads and register handlers
// of their own.
//
// Errors: Unavailable; the message names each place and why not.
absl::StatusOr<void*> OpenModule(const ModuleNames& names);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_MODULE_H_
