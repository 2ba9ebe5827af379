// main() of every test program. A forced CPU target that this machine lacks
// ends the program as "skipped" (77), so that it never counts as passed. On the
// one that runs unforced, ctest has run every test by itself: with
// HASHVET_OTHER_TARGETS set, only the tests of the choice run again.

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

bool RanByThemselves() {
  const char* forced = std::getenv("HASHVET_SIMD_TARGET");
  return forced != nullptr && std::getenv("HASHVET_OTHER_TARGETS") != nullptr &&
         std::strcmp(hashvet::kernels::RunnableTargets().front()->name,
                     forced) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  if (ForcedTargetIsMissingHere()) {
    std::fprintf(stderr, "skipped: this CPU does not run the forced target\n");
    return 77;
  }
  if (RanByThemselves()) ::testing::GTEST_FLAG(filter) = "TargetsTest.*";
  return RUN_ALL_TESTS();
}
