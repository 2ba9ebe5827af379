#!/bin/sh
# check_run_paths.sh FILE…: each FILE has a run path for libraries, and no place in
# it depends on the working directory.
set -eu
for file in "$@"; do
  path=$(readelf -d "$file" | sed -n 's/.*(R[A-Z]*PATH).*\[\(.*\)\].*/\1/p')
  if [ -z "$path" ]; then
    echo "$file: no run path: does readelf say anything?" >&2
    exit 1
  fi
  # One place a line; the last line of a path that ends in ":" is empty, too.
  echo "$path" | tr ':' '\n' | while read -r place; do
    case "$place" in
      /* | '$ORIGIN' | '$ORIGIN/'*) ;;
      *)
        echo "$file: run path $path, want places that begin with / or" \
          '$ORIGIN: others are looked for in the working directory' >&2
        exit 1
        ;;
    esac
  done
done
