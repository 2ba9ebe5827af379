// The CPU targets: which are compiled in, which run here, which is used.
//
// A target is chosen once, at first use, by what the CPU has, fastest first as
// measured (README.md here). The environment variable HASHVET_SIMD_TARGET
// forces one by name. This file and targets.cc are built for the baseline: a
// check compiled next to a kernel could itself use instructions the CPU lacks.

#ifndef HASHVET_SRC_KERNELS_TARGETS_H_
#define HASHVET_SRC_KERNELS_TARGETS_H_

#include <span>
#include <string>

#include "src/kernels/accumulate.h"
#include "src/kernels/byte_vector.h"
#include "src/kernels/hamming.h"
#include "src/kernels/resample.h"
#include "src/kernels/ring.h"
#include "src/kernels/rows.h"

namespace hashvet::kernels {

struct Target {
  const char* name;   // "portable", "avx2", "avx512", "neon"
  const char* needs;  // what the CPU must have, for people
  bool (*runs_here)();
  const HammingTable* hamming;
  const RowsTable* rows;
  const RingTable* ring;
  const AccumulateTable* accumulate;
  const ByteVectorTable* byte_vector;
  const ResampleTable* resample;
};

// Compiled into this build, fastest first; portable is always there, last.
std::span<const Target* const> CompiledTargets();

// Those of them that run on this CPU. Never empty.
std::span<const Target* const> RunnableTargets();

// The target in use, or null when HASHVET_SIMD_TARGET names one that is unknown
// or does not run here: never a silent fallback. ActiveTargetError() then says
// what it got and what there is. Both are fixed at first use. Thread-safe.
const Target* ActiveTarget();
const char* ActiveTargetError();

// How ActiveTarget() chooses, given the variable's value (null: not set). An
// empty value counts as not set.
struct TargetChoice {
  const Target* target = nullptr;
  std::string error;  // empty exactly when there is a target
};
TargetChoice ChooseTarget(const char* forced);

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_TARGETS_H_
