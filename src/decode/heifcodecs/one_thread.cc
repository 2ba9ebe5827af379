// libheif's decoders without threads of their own, which a child of
// hashvet-decoder may not start.
//
// libheif asks libde265 for a worker and lets dav1d take one thread a
// processor, and cannot be asked not to. It calls both by these names. A module
// that is opened is searched before the libraries it brings, so what it calls
// is this; where another library of the program brought libheif before, it
// stays with its threads, which do no harm outside of the decoder.

#include <dav1d/dav1d.h>
#include <dlfcn.h>

#include <cerrno>

#include "hashvet/base/export.h"

extern "C" {

// libde265's: its de265_error is an enumeration, 0 of which is success. Without
// a worker the caller decodes.
HASHVET_EXPORT int de265_start_worker_threads(void* /*decoder*/,
                                              int /*number_of_threads*/) {
  return 0;
}

HASHVET_EXPORT int dav1d_open(Dav1dContext** decoder,
                              const Dav1dSettings* settings) {
  using Open = int(Dav1dContext**, const Dav1dSettings*);
  static Open* const open =
      reinterpret_cast<Open*>(dlsym(RTLD_NEXT, "dav1d_open"));
  if (open == nullptr) return -ENOSYS;
  Dav1dSettings ours = *settings;
  ours.n_threads = 1;
  ours.max_frame_delay = 1;
  ours.logger.callback = nullptr;  // it would print
  return open(decoder, &ours);
}

}  // extern "C"
