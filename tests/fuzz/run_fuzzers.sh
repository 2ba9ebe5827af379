#!/usr/bin/env bash
# run_fuzzers.sh BUILD SECONDS: each fuzz target for so long, from the committed
# corpus. New inputs stay in BUILD/corpus; a crash is left in BUILD/crashes.
set -euo pipefail
build=$1 seconds=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
count=0
for target in "$build"/tests/fuzz/fuzz_*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=$(basename "$target"); name=${name#fuzz_}
  mkdir -p "$build/corpus/$name" "$build/crashes"
  echo "== fuzzing $name for $seconds s" >&2
  "$target" -max_total_time="$seconds" -artifact_prefix="$build/crashes/$name-" \
    -print_final_stats=1 -timeout=10 -rss_limit_mb=4096 \
    "$build/corpus/$name" "$here/corpus/$name" 2>&1 |
    grep -E 'ERROR|SUMMARY|stat::number_of_executed_units|Test unit' || true
  if compgen -G "$build/crashes/$name-*" >/dev/null; then
    echo "== $name: crash, see $build/crashes" >&2
    exit 1
  fi
  count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo "no fuzz target in $build" >&2; exit 1; }
echo "$count targets, no crash"
