#!/bin/sh
# Usage: check_kernel_exports.sh NM OBJECT...
#
# A kernel object is built for instructions that not every CPU has. It must
# hand the linker nothing but its table: fails unless each OBJECT defines exactly
# one global symbol, in read-only data, named like its file, and has no weak
# symbol (inline code that could replace the baseline's copy) and no code that
# runs at start-up.
set -eu

nm=$1
shift
[ $# -gt 0 ] || { echo "no object files given" >&2; exit 2; }

failures=0
fail() {
  echo "$1" >&2
  failures=$((failures + 1))
}

for object; do
  # hamming_avx2.cc.o exports hashvet::kernels::kHammingAvx2.
  table=$(basename "$object" | sed 's/\.cc\.o.*$//' |
          awk -F_ '{ printf "k"; for (i = 1; i <= NF; ++i)
                     printf "%s%s", toupper(substr($i, 1, 1)), substr($i, 2) }')
  symbols=$("$nm" --demangle "$object")  # "ADDRESS TYPE NAME"
  # U: wanted from elsewhere. Lower case: local, but w and v are weak and u is
  # one of its kind in the process, like a static inside an inline function.
  global=$(echo "$symbols" | awk '$2 ~ /^[A-TX-Zu]$/ { $1 = ""; print }')
  [ "$global" = " R hashvet::kernels::$table" ] ||
    [ "$global" = " D hashvet::kernels::$table" ] ||
    fail "$object: exports '$global', want 'R hashvet::kernels::$table' alone"
  weak=$(echo "$symbols" | awk '$2 ~ /^[WwVv]$/ || $1 ~ /^[WwVv]$/')
  [ -z "$weak" ] || fail "$object: weak symbols: $weak"
  startup=$(echo "$symbols" | grep -E '_GLOBAL__sub_I|__static_init|__cxx_global' || true)
  [ -z "$startup" ] || fail "$object: runs code at start-up: $startup"
done

[ $failures -eq 0 ] || exit 1
echo "$# kernel objects export one table each"
