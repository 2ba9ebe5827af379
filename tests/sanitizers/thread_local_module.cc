// A library with a little thread-local memory, opened at run time as the codec
// module's libraries are.

#include <cstdlib>

namespace {
thread_local void* volatile kept;  // the only pointer to what it points to
}  // namespace

extern "C" __attribute__((visibility("default"))) void KeepSomething() {
  kept = std::malloc(1234);
}
