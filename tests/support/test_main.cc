// main() of every test program. A forced CPU target that this machine lacks
// ends the program as "skipped" (77), so that it never counts as passed.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/kernels/targets.h"

namespace {

bool ForcedTargetIsMissingHere() {
  const char* forced = std::getenv("HASHVET_SIMD_TARGET");
  if (forced == nullptr) return false;
  namespace kernels = hashvet::kernels;
  for (const kernels::Target* target : kernels::RunnableTargets()) {
    if (std::strcmp(target->name, forced) == 0) return false;
  }
  for (const kernels::Target* target : kernels::CompiledTargets()) {
    if (std::strcmp(target->name, forced) == 0) return true;
  }
  return false;  // unknown names are for the tests themselves to refuse
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  if (ForcedTargetIsMissingHere()) {
    std::fprintf(stderr, "skipped: this CPU does not run the forced target\n");
    return 77;
  }
  return RUN_ALL_TESTS();
}
