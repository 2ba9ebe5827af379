#!/usr/bin/env python3
"""ImageHash's kinds: ours against the `ImageHash` wheel, the same pixels.

  bench/peers/kinds.py [--python .venv/bin/python] [--build build/release]
                       [--quick]

Every picture that the Debian packages of bench/evidence/_pictures.py install
and Pillow reads, as grey and as colour, one thread. Counts the bits that differ,
reads our hex with ImageHash's own reader and spells pdqhash's bits as Meta's
tools do, then times both sides by turns on synthetic pictures. Prints a table, and as its last line one JSON object. Where the wheel is
missing: {"peer": "absent"}. Exits 1 when a bit differs but at a tie, or a ratio
is under its bar.
"""

import argparse
import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "evidence"))

KINDS = {  # ours: what of ImageHash
    "phash64-imagehash": ("phash", 8), "phash256-imagehash": ("phash", 16),
    "dhash64-imagehash": ("dhash", 8), "dhash256-imagehash": ("dhash", 16),
    "dhash-vertical64-imagehash": ("dhash_vertical", 8),
    "dhash-vertical256-imagehash": ("dhash_vertical", 16),
    "ahash64-imagehash": ("average_hash", 8),
    "ahash256-imagehash": ("average_hash", 16),
    "whash64-imagehash": ("whash", 8)}
CROP_EVERY = 3  # pictures: ImageHash takes a second for one
BAR = 5.0  # times the library's speed
SIZES = ((512, 512), (1600, 1004), (4032, 3024))


def absent(why):
    print(f"ImageHash: absent ({why})", file=sys.stderr)
    print(json.dumps({"peer": "absent", "why": why}))
    sys.exit(0)


class Ours:
    def __init__(self, build):
        self.library = ctypes.CDLL(
            str(build / "bench" / "libhashvet_peer_kinds.so"))
        self.library.hashvet_kinds_target.restype = ctypes.c_char_p
        self.target = self.library.hashvet_kinds_target().decode()

    def hash(self, image, kind, repeat=1):
        """(hex, milliseconds of one) of a Pillow picture in mode L or RGB."""
        hex_digits = ctypes.create_string_buffer(4096)
        ms = ctypes.c_double()
        refused = self.library.hashvet_kinds_hash(
            image.tobytes(), ctypes.c_uint32(image.width),
            ctypes.c_uint32(image.height),
            ctypes.c_uint32(1 if image.mode == "L" else 3), kind.encode(),
            repeat, hex_digits, ctypes.c_size_t(len(hex_digits)),
            ctypes.byref(ms))
        return (None if refused else hex_digits.value.decode()), ms.value


def tied(image, function, size, Image, numpy):
    """The bits, as a number like the hash, whose value is the median itself in
    exact arithmetic: ImageHash's is then the sign of a rounding error."""
    if function == "phash":
        import scipy.fftpack
        side = 4 * size
    elif function == "whash":
        side = max(2 ** int(numpy.log2(min(image.size))), size)
    else:
        return 0
    small = numpy.asarray(image.convert("L").resize((side, side), Image.LANCZOS),
                          dtype=float)
    if function == "phash":
        dct = scipy.fftpack.dct(scipy.fftpack.dct(small, axis=0), axis=1)
        values = dct[:size, :size]
    else:
        values = small.reshape(size, side // size, size, -1).sum((1, 3))
    tie = abs(values - numpy.median(values)) < 1e-9 * max(abs(values).max(), 1)
    return int("".join("01"[bool(bit)] for bit in tie.flatten()), 2)


def pictures(Image, quick):
    from _pictures import installed
    files = installed((".jpg", ".jpeg", ".png", ".webp"))
    for path in files[::8] if quick else files:
        try:
            image = Image.open(path).convert("RGB")
        except (OSError, ValueError):
            continue  # no picture that Pillow reads
        if min(image.size) >= 5:
            yield path.name, image
            yield path.name + " (grey)", image.convert("L")


def spelled_by_meta(bits):
    """A vector of bits as Meta's tools write it: the first is the highest."""
    return format(int("".join(str(int(bit)) for bit in bits), 2), "064x")


def texts(imagehash, Image, numpy, ours, quick):
    """Hashes whose text does not come back as it was, or whose meaning changed
    on the way: {convention: [hashes, wrong]}."""
    try:
        import pdqhash
    except ImportError:
        pdqhash = None
    counts = {}

    def count(convention, wrong):
        row = counts.setdefault(convention, [0, 0])
        row[0] += 1
        row[1] += bool(wrong)
    for _, image in pictures(Image, quick):
        for kind, (function, size) in KINDS.items():
            text, _ = ours.hash(image, kind)
            read = imagehash.hex_to_hash(text)
            made = getattr(imagehash, function)(image, hash_size=size)
            # Another distance than our digits say would be another bit order.
            apart = (int(text, 16) ^ int(str(made), 16)).bit_count()
            count("ImageHash", str(read) != text or read - made != apart)
        if pdqhash is not None and image.mode == "RGB":
            bits, _ = pdqhash.compute(numpy.asarray(image))
            text, _ = ours.hash(image, "pdq")
            back = [int(bit) for bit in format(int(text, 16), "0256b")]
            same = spelled_by_meta(bits) == text
            # Where a bit differs (a tie), by as many bits as its digits do.
            apart = (int(text, 16) ^
                     int(spelled_by_meta(bits), 16)).bit_count()
            count("pdqhash", spelled_by_meta(back) != text or
                  (not same and apart > 10))
    return counts


def compare_segments(imagehash, Image, ours, quick):
    """ImageHash's crop_resistant_hash, whole."""
    row = {"pictures": 0, "different": 0, "refused": 0, "texts_wrong": 0}
    every = list(pictures(Image, quick))
    for name, image in every if quick else every[::CROP_EVERY]:
        try:
            want = str(imagehash.crop_resistant_hash(image))
        except (ValueError, IndexError):  # an area without a pixel
            want = ""
        got, _ = ours.hash(image, "crop-resistant")
        row["pictures"] += 1
        row["refused"] += got is None
        # Ours refuses an area without a pixel; ImageHash hashes an empty box.
        row["different"] += got is not None and got != want
        if got is not None:
            read = imagehash.hex_to_multihash(got)
            row["texts_wrong"] += str(read) != got
        if got is not None and got != want:
            print(f"  {name}: crop-resistant differs", file=sys.stderr)
    return row


def compare(imagehash, Image, numpy, ours, quick):
    """Bits that differ, those at ties apart."""
    counts = {kind: {"pictures": 0, "bits": 0, "pictures_with_ties": 0,
                     "bits_at_ties": 0} for kind in KINDS}
    for name, image in pictures(Image, quick):
        for kind, (function, size) in KINDS.items():
            want = str(getattr(imagehash, function)(image, hash_size=size))
            got, _ = ours.hash(image, kind)
            row = counts[kind]
            row["pictures"] += 1
            differs = int(got, 16) ^ int(want, 16)
            if differs == 0:
                continue
            ties = differs & tied(image, function, size, Image, numpy)
            row["bits_at_ties"] += ties.bit_count()
            row["pictures_with_ties"] += ties != 0
            row["bits"] += (differs & ~ties).bit_count()
            if differs & ~ties:
                print(f"  {name}: {kind} differs in "
                      f"{(differs & ~ties).bit_count()} bits", file=sys.stderr)
    return counts


def scene(Image, numpy, width, height):
    """Smooth noise with some grain; only its size matters to the clock."""
    random = numpy.random.default_rng(1)
    small = random.integers(0, 256, (24, 32), dtype=numpy.uint8)
    grain = random.integers(0, 16, (height, width), dtype=numpy.uint8)
    smooth = numpy.asarray(Image.fromarray(small).resize((width, height)))
    return Image.fromarray((smooth // 16 * 15 + grain).astype(numpy.uint8))


def timed(imagehash, Image, numpy, ours, quick):
    rows = []
    for width, height in SIZES[:2] if quick else SIZES:
        image = scene(Image, numpy, width, height)
        turns = 5 if width > 2000 else 11
        for kind, (function, size) in KINDS.items():
            theirs, mine = [], []
            call = getattr(imagehash, function)
            if str(call(image, hash_size=size)) != ours.hash(image, kind)[0]:
                sys.exit(f"kinds.py: {kind} differs: not timed")
            for _ in range(turns):
                begin = time.perf_counter()
                call(image, hash_size=size)
                theirs.append((time.perf_counter() - begin) * 1e3)
                mine.append(ours.hash(image, kind, repeat=3)[1])
            rows.append({"kind": kind, "width": width, "height": height,
                         "imagehash_ms": statistics.median(theirs),
                         "ours_ms": statistics.median(mine)})
            rows[-1]["ratio"] = rows[-1]["imagehash_ms"] / rows[-1]["ours_ms"]
    image = scene(Image, numpy, *SIZES[1])
    theirs, mine = [], []
    for _ in range(3):
        begin = time.perf_counter()
        imagehash.crop_resistant_hash(image)
        theirs.append((time.perf_counter() - begin) * 1e3)
        mine.append(ours.hash(image, "crop-resistant", repeat=3)[1])
    rows.append({"kind": "crop-resistant", "width": SIZES[1][0],
                 "height": SIZES[1][1],
                 "imagehash_ms": statistics.median(theirs),
                 "ours_ms": statistics.median(mine)})
    rows[-1]["ratio"] = rows[-1]["imagehash_ms"] / rows[-1]["ours_ms"]
    return rows


def measure(options):
    """Runs inside the peers' interpreter."""
    try:
        import imagehash
        import numpy
        import PIL
        from PIL import Image
    except ImportError:
        absent("no ImageHash wheel in this interpreter")
    ours = Ours(options.build)
    report = {"peer": f"ImageHash {imagehash.__version__}, Pillow "
                      f"{PIL.__version__}", "target": ours.target,
              "compared": compare(imagehash, Image, numpy, ours,
                                  options.quick),
              "texts": texts(imagehash, Image, numpy, ours, options.quick),
              "segments": compare_segments(imagehash, Image, ours,
                                           options.quick),
              "timed": timed(imagehash, Image, numpy, ours, options.quick)}
    print(f"{report['peer']} against ours on {ours.target}, one thread\n"
          "| kind | pictures | bits that differ | at ties, further | in pictures "
          "|\n|---|---|---|---|---|")
    good = True
    for kind, row in report["compared"].items():
        print(f"| {kind} | {row['pictures']} | {row['bits']} "
              f"| {row['bits_at_ties']} | {row['pictures_with_ties']} |")
        good = good and row["bits"] == 0
    for convention, (hashes, wrong) in report["texts"].items():
        print(f"\n{convention}: {wrong} of {hashes} texts come back otherwise")
        good = good and wrong == 0
    row = report["segments"]
    print(f"\ncrop-resistant: {row['different']} of {row['pictures']} differ, "
          f"{row['texts_wrong']} texts come back otherwise")
    good = good and row["different"] == row["texts_wrong"] == 0
    print("\n| kind | picture | ImageHash | ours | ratio | bar |\n"
          "|---|---|---|---|---|---|")
    for row in report["timed"]:
        print(f"| {row['kind']} | {row['width']} x {row['height']} "
              f"| {row['imagehash_ms']:.2f} ms | {row['ours_ms']:.3f} ms "
              f"| {row['ratio']:.1f} | >= {BAR:g} |")
        good = good and row["ratio"] >= BAR
    print(json.dumps(report))
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"),
                        help="the interpreter that has the ImageHash wheel")
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build/release")
    parser.add_argument("--quick", action="store_true",
                        help="an eighth of the pictures, no large ones timed")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(options)
    if not os.access(options.python, os.X_OK):
        absent(f"no interpreter at {options.python}")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    sys.exit(subprocess.run(
        [options.python, __file__, "--inside", "--build", str(options.build)] +
        ["--quick"] * options.quick, env=environment).returncode)


if __name__ == "__main__":
    main()
