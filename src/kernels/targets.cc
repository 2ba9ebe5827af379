#include "src/kernels/targets.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace hashvet::kernels {
namespace {

bool Always() { return true; }

constexpr Target kPortable = {"portable",
                              "nothing",
                              Always,
                              &kHammingPortable,
                              &kRowsPortable,
                              &kRingPortable,
                              &kAccumulatePortable,
                              &kByteVectorPortable,
                              &kResamplePortable};

#if HASHVET_TARGETS_X86
// __builtin_cpu_supports also asks whether the system saves the registers.
// With AVX2 the compiler may use popcnt as well.
bool HasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}
bool HasAvx512() {
  return HasAvx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vpopcntdq") &&
         __builtin_cpu_supports("avx512bitalg");
}
constexpr Target kAvx2 = {"avx2",           "AVX2",           HasAvx2,
                          &kHammingAvx2,    &kRowsAvx2,       &kRingAvx2,
                          &kAccumulateAvx2, &kByteVectorAvx2, &kResampleAvx2};
constexpr Target kAvx512 = {
    "avx512",           "AVX-512 F, BW, VL, DQ, VPOPCNTDQ and BITALG",
    HasAvx512,          &kHammingAvx512,
    &kRowsAvx512,       &kRingAvx512,
    &kAccumulateAvx512, &kByteVectorAvx512,
    &kResampleAvx512};
constexpr const Target* kCompiled[] = {&kAvx512, &kAvx2, &kPortable};
#elif HASHVET_TARGETS_ARM
constexpr Target kNeon = {"neon",           "AArch64 (NEON is in its baseline)",
                          Always,           &kHammingNeon,
                          &kRowsNeon,       &kRingNeon,
                          &kAccumulateNeon, &kByteVectorNeon,
                          &kResampleNeon};
constexpr const Target* kCompiled[] = {&kNeon, &kPortable};
#else
constexpr const Target* kCompiled[] = {&kPortable};
#endif

const TargetChoice& Chosen() {
  static const TargetChoice& choice =
      *new TargetChoice(ChooseTarget(std::getenv("HASHVET_SIMD_TARGET")));
  return choice;
}

}  // namespace

std::span<const Target* const> CompiledTargets() { return kCompiled; }

std::span<const Target* const> RunnableTargets() {
  static const std::vector<const Target*>& runnable = [] {
    std::vector<const Target*> targets;
    for (const Target* target : kCompiled) {
      if (target->runs_here()) targets.push_back(target);
    }
    return std::ref(*new std::vector(std::move(targets)));
  }();
  return runnable;
}

TargetChoice ChooseTarget(const char* forced) {
  if (forced == nullptr || *forced == '\0') {
    return {RunnableTargets().front(), ""};
  }
  std::string names;
  for (const Target* target : RunnableTargets()) {
    if (std::strcmp(target->name, forced) == 0) return {target, ""};
    names += names.empty() ? "" : ", ";
    names += target->name;
  }
  return {nullptr, std::string("HASHVET_SIMD_TARGET: got '") + forced +
                       "', this machine runs " + names};
}

const Target* ActiveTarget() { return Chosen().target; }
const char* ActiveTargetError() { return Chosen().error.c_str(); }

}  // namespace hashvet::kernels
