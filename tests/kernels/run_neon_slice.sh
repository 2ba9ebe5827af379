#!/bin/sh
# Usage: run_neon_slice.sh SOURCE_DIR PROGRAM
#
# Builds neon_slice.cc and the kernels it compares with the cross compiler and
# runs it under qemu-user. Ends with 77, "skipped", where a tool is missing.
set -eu

source=$1 program=$2
cxx=${HASHVET_AARCH64_CXX:-aarch64-linux-gnu-g++}
sysroot=${HASHVET_AARCH64_SYSROOT:-/usr/aarch64-linux-gnu}
qemu=${HASHVET_QEMU_AARCH64:-qemu-aarch64}

for tool in "$cxx" "$qemu"; do
  command -v "$tool" > /dev/null || {
    echo "skipped: $tool is not installed" >&2
    exit 77
  }
done

kernels="$source/src/kernels"
# The flags of cmake/SimdTargets.cmake: NEON is in the baseline.
"$cxx" -std=c++20 -O2 -Wall -Wextra -Werror -ffp-contract=off \
    -fno-exceptions -fno-rtti -fno-threadsafe-statics -I"$source" \
    "$source/tests/kernels/neon_slice.cc" \
    "$kernels/hamming_portable.cc" "$kernels/hamming_neon.cc" \
    "$kernels/accumulate_portable.cc" "$kernels/accumulate_neon.cc" \
    "$kernels/byte_vector_portable.cc" "$kernels/byte_vector_neon.cc" \
    "$kernels/ring_portable.cc" "$kernels/ring_neon.cc" \
    "$kernels/rows_portable.cc" "$kernels/rows_neon.cc" \
    -o "$program"
"$qemu" -L "$sysroot" "$program"
