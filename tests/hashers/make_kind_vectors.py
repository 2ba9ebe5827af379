#!/usr/bin/env python3
"""Makes tests/hashers/kind_known_answers.inc: what ImageHash says of scenes.

  .venv/bin/python tests/hashers/make_kind_vectors.py \\
      > tests/hashers/kind_known_answers.inc
  .venv/bin/python tests/hashers/make_kind_vectors.py --segments \\
      > tests/hashers/segments_known_answers.inc

The scenes are those of tests/support/scenes.h, made again here. `./dev setup
bench peers` installs the wheels; Pillow must be older than 13, which resizes
tall pictures in another order.
"""

import sys

import imagehash
import numpy as np
import PIL
from PIL import Image

PICTURES = [(1, 5, 5), (2, 12, 9), (3, 64, 64), (4, 40, 30), (5, 300, 200),
            (6, 200, 300), (7, 515, 333), (8, 33, 900), (9, 900, 33),
            (10, 1000, 700), (11, 129, 77), (12, 256, 256)]
KINDS = (("phash64-imagehash", imagehash.phash, 8),
         ("phash256-imagehash", imagehash.phash, 16),
         ("dhash64-imagehash", imagehash.dhash, 8),
         ("dhash256-imagehash", imagehash.dhash, 16),
         ("dhash-vertical64-imagehash", imagehash.dhash_vertical, 8),
         ("dhash-vertical256-imagehash", imagehash.dhash_vertical, 16),
         ("ahash64-imagehash", imagehash.average_hash, 8),
         ("ahash256-imagehash", imagehash.average_hash, 16),
         ("whash64-imagehash", imagehash.whash, 8))
MASK = np.uint64(0xFFFFFFFF)


def mix(a):
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        a = (a ^ a >> np.uint64(shift)) * np.uint64(factor) & MASK
    return a


def octave(seed, cell, k, x, y):
    salt = mix(np.uint64(seed * 31 + k))

    def lattice(i, j):
        return mix((i * np.uint64(0x9E3779B1) ^ j * np.uint64(0x85EBCA77)) &
                   MASK ^ salt) & np.uint64(255)
    cell, whole, one = np.uint64(cell), np.uint64(256), np.uint64(1)
    i, j = x // cell, y // cell
    fx, fy = x % cell * whole // cell, y % cell * whole // cell
    top = lattice(i, j) * (whole - fx) + lattice(i + one, j) * fx
    low = lattice(i, j + one) * (whole - fx) + lattice(i + one, j + one) * fx
    return (top * (whole - fy) + low * fy) >> np.uint64(16)


def scene(seed, width, height):
    """MakeScene of tests/support/scenes.cc."""
    y, x = np.mgrid[0:height, 0:width].astype(np.uint64)
    side = max(width, height)
    channels = []
    for channel in range(3):
        total = sum(np.uint64(weight) *
                    octave(seed, side // part + 1, 4 * channel + o, x, y)
                    for o, (weight, part) in
                    enumerate(((8, 5), (4, 11), (2, 29), (1, 67))))
        channels.append(total // np.uint64(15))
    return Image.fromarray(np.stack(channels, 2).astype(np.uint8))


def segments():
    print(f"// What crop_resistant_hash of ImageHash {imagehash.__version__} "
          f"with Pillow\n// {PIL.__version__} says of the scenes of "
          "tests/support/scenes.h, in colour: seed, width,\n// height, hash. "
          "Made by tests/hashers/make_kind_vectors.py --segments.")
    for seed, width, height in PICTURES[2:]:
        picture = scene(seed, width, height)
        text = str(imagehash.crop_resistant_hash(picture))
        pieces = [text[i:i + 68] for i in range(0, len(text), 68)]
        print(f'{{{seed}, {width}, {height},\n "' + '"\n "'.join(pieces) +
              '"},')


def main():
    if "--segments" in sys.argv[1:]:
        return segments()
    print(f"// What ImageHash {imagehash.__version__} with Pillow "
          f"{PIL.__version__} says of the scenes of\n// tests/support/scenes.h, "
          "in colour: kind, seed, width, height, hash. Made by\n"
          "// tests/hashers/make_kind_vectors.py.")
    for seed, width, height in PICTURES:
        picture = scene(seed, width, height)
        for name, function, size in KINDS:
            if (name, seed) == ("whash64-imagehash", 1):
                continue  # a tie at the median: ImageHash's rounding decides
            print(f'{{"{name}", {seed}, {width}, {height},\n '
                  f'"{function(picture, hash_size=size)}"}},')


if __name__ == "__main__":
    main()
