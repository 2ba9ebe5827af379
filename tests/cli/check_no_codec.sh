#!/bin/sh
# check_no_codec.sh PROGRAM DECODER: PROGRAM's library list has no codec, and
# DECODER's has one.
set -eu
codecs='libjpeg|libopencv|libpng|libwebp|libtiff|libgif|libheif|libgdal'
if ldd "$1" | grep -E "$codecs"; then
  echo "$1 links a codec, see above" >&2
  exit 1
fi
ldd "$2" | grep -qE "$codecs" || {
  echo "$2 links no codec: does the list say anything?" >&2
  exit 1
}
