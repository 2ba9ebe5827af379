// Test programs lie elsewhere in the build tree than programs do: they are told
// where the codec module is, before main().

#include <cstdlib>

namespace {
[[maybe_unused]] const int set =
    setenv("HASHVET_MODULE_DIR", HASHVET_TEST_MODULE_DIR, 0);
}  // namespace
