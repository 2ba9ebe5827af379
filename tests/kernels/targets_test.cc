#include "src/kernels/targets.h"

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hashvet::kernels {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::vector<std::string> Names(std::span<const Target* const> targets) {
  std::vector<std::string> names;
  for (const Target* target : targets) names.push_back(target->name);
  return names;
}

TEST(TargetsTest, PortableIsAlwaysThereAndLast) {
  EXPECT_EQ(Names(CompiledTargets()).back(), "portable");
  EXPECT_EQ(Names(RunnableTargets()).back(), "portable");
}

TEST(TargetsTest, EveryTargetHasAllItsKernels) {
  for (const Target* target : CompiledTargets()) {
    ASSERT_NE(target->hamming, nullptr) << target->name;
    EXPECT_NE(target->hamming->scan256, nullptr) << target->name;
    ASSERT_NE(target->accumulate, nullptr) << target->name;
    ASSERT_NE(target->byte_vector, nullptr) << target->name;
    EXPECT_NE(target->byte_vector->l1, nullptr) << target->name;
    EXPECT_NE(target->byte_vector->squared_l2, nullptr) << target->name;
  }
}

TEST(TargetsTest, WithoutAWishTheFastestRuns) {
  EXPECT_EQ(ChooseTarget(nullptr).target, RunnableTargets().front());
  EXPECT_EQ(ChooseTarget("").target, RunnableTargets().front());
}

TEST(TargetsTest, EveryRunnableTargetCanBeForced) {
  for (const Target* target : RunnableTargets()) {
    const TargetChoice choice = ChooseTarget(target->name);
    EXPECT_EQ(choice.target, target);
    EXPECT_EQ(choice.error, "");
  }
}

TEST(TargetsTest, AnUnknownNameIsAnErrorThatNamesWhatThereIs) {
  for (const char* unknown : {"avx1024", "AVX2", " portable", "portable,"}) {
    const TargetChoice choice = ChooseTarget(unknown);
    EXPECT_EQ(choice.target, nullptr);
    EXPECT_THAT(choice.error, HasSubstr(std::string("'") + unknown + "'"));
    for (const std::string& name : Names(RunnableTargets())) {
      EXPECT_THAT(choice.error, HasSubstr(name));
    }
  }
}

TEST(TargetsTest, TheActiveTargetFollowsTheEnvironment) {
  const char* forced = std::getenv("HASHVET_SIMD_TARGET");
  EXPECT_EQ(ActiveTarget(), ChooseTarget(forced).target);
  EXPECT_EQ(ActiveTargetError(), ChooseTarget(forced).error);
}

// HASHVET_EXPECT_TARGETS=avx2,avx512 on a machine that must have them: a target
// nobody ran is not a target that works.
TEST(TargetsTest, TheExpectedTargetsRunHere) {
  const char* expected = std::getenv("HASHVET_EXPECT_TARGETS");
  if (expected == nullptr) GTEST_SKIP() << "HASHVET_EXPECT_TARGETS is not set";
  std::istringstream names{std::string(expected)};
  for (std::string name; std::getline(names, name, ',');) {
    EXPECT_THAT(Names(RunnableTargets()), Contains(name));
  }
}

}  // namespace
}  // namespace hashvet::kernels
