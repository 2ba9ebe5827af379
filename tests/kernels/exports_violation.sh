#!/bin/sh
# Usage: exports_violation.sh CHECK NM CXX
#
# Plants what check_kernel_exports.sh must catch, each alone, and fails unless
# it passes the clean object and catches all of the others.
set -eu

check=$1 nm=$2 cxx=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

table='namespace hashvet::kernels { struct T { int x; };
extern const T kHammingFake; constinit const T kHammingFake = {1};'

# try NAME PASSES CODE...
try() {
  mkdir -p "$dir/$1"
  printf '%s\n' "$3" > "$dir/$1/hamming_fake.cc"
  "$cxx" -std=c++20 -O0 -fPIC -c "$dir/$1/hamming_fake.cc" \
      -o "$dir/$1/hamming_fake.cc.o"
  if "$check" "$nm" "$dir/$1/hamming_fake.cc.o" > "$dir/out" 2>&1; then
    passed=yes
  else
    passed=no
  fi
  if [ "$passed" != "$2" ]; then
    echo "$1: passed $passed, want $2" >&2
    cat "$dir/out" >&2
    exit 1
  fi
  echo "$1: as it should"
}

try clean yes "$table }"
try second_export no "$table int Helper() { return 1; } }"
try no_table no "namespace hashvet::kernels { static int x; int* P(); }"
try weak_inline no "$table inline int F() { return 1; }
static int (*keep)() __attribute__((used)) = F; }"
try template_copy no "$table template <class V> V G(V v) { return v; }
static int (*keep)(int) __attribute__((used)) = G<int>; }"
try inline_static no "$table inline int& S() { static int s = 0; return s; }
static int& (*keep)() __attribute__((used)) = S; }"
try start_up no "$table int Outside(); static int started = Outside(); }"
