#!/bin/sh
# check_links.sh PROGRAM…: no program may load OpenCV by itself; the codec module
# is opened at run time, and only when a picture needs it.
set -eu
for program in "$@"; do
  libraries=$(ldd "$program")
  if echo "$libraries" | grep opencv; then
    echo "$program links OpenCV, see above" >&2
    exit 1
  fi
  echo "$libraries" | grep -q libjpeg || {
    echo "$program does not link libjpeg: is this the right program?" >&2
    exit 1
  }
done
