#!/usr/bin/env python3
"""phash64-zauner: ours against the pHash library's ph_dct_imagehash, the same
pixels.

  bench/peers/phash_org.py [--python .venv/bin/python] [--build build/release]
                           [--quick]
  bench/peers/phash_org.py --vectors > tests/hashers/zauner_known_answers.inc

No distribution carries the library. Its sources lie in the Python package
pHashPy, which is fetched and its picture part compiled under build/peers/; it is
GPL, nothing of it is in the tree, and nothing is linked to it. Compares every
picture of bench/evidence/_pictures.py, as colour and as grey, then times a
synthetic one (theirs reads its pixels from a file in memory, which costs it a
hundredth). Prints one JSON object as its last line; where there is no package:
{"peer": "absent"}. Exits 1 when a bit differs but at a tie.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "peers"))
sys.path.insert(0, str(ROOT / "tests" / "hashers"))
PACKAGE = "pHashPy==0.1.2"
KIND = "phash64-zauner"

PROGRAM = r"""
#include <chrono>
#include <cstdio>
#include "pHash.h"
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    ulong64 hash = 0;
    const auto begin = std::chrono::steady_clock::now();
    const int failed = ph_dct_imagehash(argv[i], hash);
    const double ms = std::chrono::duration<double, std::milli>(
        std::chrono::steady_clock::now() - begin).count();
    if (failed) return 1;
    std::printf("%016llx %f\n", static_cast<unsigned long long>(hash), ms);
  }
}
"""


def absent(why):
    print(f"pHash: absent ({why})", file=sys.stderr)
    print(json.dumps({"peer": "absent", "why": why}))
    sys.exit(0)


def library(folder):
    """The program that calls the library, made where it is missing."""
    program = folder / "phash"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
         "--no-binary", ":all:", "--dest", str(folder), PACKAGE],
        capture_output=True, text=True)
    archives = list(folder.glob("pHashPy-*.tar.gz"))
    if done.returncode or not archives:
        absent("the package pHashPy could not be had")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder)
    source = next(folder.glob("pHashPy-*/pHash"))
    header = (source / "src" / "pHash.h.cmake").read_text()
    header = header.replace("#cmakedefine HAVE_IMAGE_HASH",
                            "#define HAVE_IMAGE_HASH")
    # Pictures come as PPM and PGM, which need no codec.
    header = re.sub(r"(?m)^#(cmakedefine.*|define cimg_use_.*)$", "", header)
    (folder / "pHash.h").write_text(header)
    (folder / "program.cc").write_text(PROGRAM)
    done = subprocess.run(
        ["g++", "-O2", "-w", f"-I{folder}", f"-I{source}/third-party/CImg",
         str(source / "src" / "pHash.cpp"), str(folder / "program.cc"),
         "-lpthread", "-o", str(program)], capture_output=True, text=True)
    if done.returncode:
        absent("the package's sources do not compile")
    return program


def theirs(program, image):
    """(hex, milliseconds)"""
    with tempfile.NamedTemporaryFile(
            suffix=".pgm" if image.mode == "L" else ".ppm",
            dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as file:
        image.save(file.name)
        done = subprocess.run([str(program), file.name], capture_output=True,
                              text=True, check=True)
    digits, ms = done.stdout.split()
    return digits, float(ms)


def tied(image, numpy):
    """The bits, as a number like the hash, whose coefficient is the median but
    for less than the library's own rounding: it keeps its products in float,
    so where a picture repeats or is of one colour its bits are the signs of
    rounding errors."""
    pixels = numpy.asarray(image).astype(int)
    if image.mode != "L":
        pixels = (pixels @ [66, 129, 25] + 128) // 256 + 16
    padded = numpy.pad(pixels, 3, mode="edge")
    rows, columns = ([i * side // 32 for i in range(32)]
                     for side in pixels.shape)
    plane = numpy.array([[padded[y:y + 7, x:x + 7].sum() for x in columns]
                         for y in rows], dtype=float)
    steps = numpy.arange(32)
    cosines = numpy.sqrt(2 / 32) * numpy.cos(
        numpy.pi / 64 * steps[1:9, None] * (2 * steps[None, :] + 1))
    values = (cosines @ plane @ cosines.T).flatten()
    tie = abs(values - numpy.median(values)) < 2e-7 * plane.sum() / 32
    return int("".join("01"[bool(bit)] for bit in tie[1:]) + "0", 2)


def vectors(program):
    import make_kind_vectors
    print("// What ph_dct_imagehash of pHash 1.0 says of the scenes of\n"
          "// tests/support/scenes.h, in colour: kind, seed, width, height, "
          "hash. Made by\n// bench/peers/phash_org.py --vectors.")
    for seed, width, height in make_kind_vectors.PICTURES:
        picture = make_kind_vectors.scene(seed, width, height)
        print(f'{{"{KIND}", {seed}, {width}, {height},\n '
              f'"{theirs(program, picture)[0]}"}},')


def measure(options):
    """Runs inside the peers' interpreter, which has Pillow."""
    try:
        import numpy
        from PIL import Image
    except ImportError:
        absent("no Pillow in this interpreter")
    program = library(ROOT / "build" / "peers" / "phash")
    if options.vectors:
        vectors(program)
        return
    import kinds
    ours = kinds.Ours(options.build)
    report = {"peer": "pHash 1.0", "target": ours.target, "pictures": 0,
              "different": 0, "bits": 0, "bits_at_ties": 0}
    for name, image in kinds.pictures(Image, options.quick):
        differs = (int(theirs(program, image)[0], 16) ^
                   int(ours.hash(image, KIND)[0], 16))
        ties = differs & tied(image, numpy) if differs else 0
        bits = (differs & ~ties).bit_count()
        report["bits_at_ties"] += ties.bit_count()
        report["pictures"] += 1
        report["different"] += bits > 0
        report["bits"] += bits
        if bits:
            print(f"  {name}: {KIND} differs in {bits} bits", file=sys.stderr)
    image = kinds.scene(Image, numpy, 1600, 1004)
    their_ms, our_ms = [], []
    for _ in range(9):
        their_ms.append(theirs(program, image)[1])
        our_ms.append(ours.hash(image, KIND, repeat=5)[1])
    report.update(width=1600, height=1004,
                  phash_ms=statistics.median(their_ms),
                  ours_ms=statistics.median(our_ms))
    print(json.dumps(report))
    sys.exit(0 if report["bits"] == 0 else 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"),
                        help="the interpreter that has Pillow")
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build/release")
    parser.add_argument("--quick", action="store_true",
                        help="an eighth of the pictures")
    parser.add_argument("--vectors", action="store_true",
                        help="print the known answers of the tests")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return measure(options)
    if not os.access(options.python, os.X_OK):
        absent(f"no interpreter at {options.python}")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    sys.exit(subprocess.run(
        [options.python, __file__, "--inside", "--build", str(options.build)] +
        ["--quick"] * options.quick + ["--vectors"] * options.vectors,
        env=environment).returncode)


if __name__ == "__main__":
    main()
