#!/usr/bin/env python3
"""PDQ on a decoded grey plane: ours against the core of the `pdqhash` wheel.

  bench/peers/pdqhash_core.py [--python .venv/bin/python] [--build build/release]

One thread, one process, by turns, the same synthetic picture; the hashes are
compared too. Prints a table, and as its last line one JSON object:
{"peer": "pdqhash 0.2.8", "target": …, "rows": [{"width", "height",
"reference_ms", "ours_ms", "ratio", "bar", "distance", …}]}. Where the wheel is
missing: {"peer": "absent"}. Exits 1 when a hash differs or a ratio is under its
bar.
"""

import argparse
import ctypes
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORE = ("_ZN8facebook3pdq7hashing23pdqHash256FromFloatLumaEPfS2_iiPA64_fS4_"
        "PA16_fRNS1_7Hash256ERi")
# width, height, bar, turns, our hashes a turn
SIZES = ((512, 512, 60, 41, 20), (1600, 1004, 45, 25, 10),
         (4032, 3024, 80, 9, 5))


class Result(ctypes.Structure):
    _fields_ = [("reference_ms", ctypes.c_double), ("ours_ms", ctypes.c_double),
                ("distance", ctypes.c_int32),
                ("reference_quality", ctypes.c_int32),
                ("our_quality", ctypes.c_int32)]


def absent(why):
    print(f"pdqhash: absent ({why})", file=sys.stderr)
    print(json.dumps({"peer": "absent", "why": why}))
    sys.exit(0)


def measure(build):
    """Runs inside the peers' interpreter."""
    try:
        import pdqhash
        from pdqhash import bindings
        wheel = ctypes.CDLL(bindings.__file__)
    except ImportError:
        absent("no pdqhash wheel in this interpreter")
    if not hasattr(wheel, CORE):
        absent("this pdqhash wheel does not export the core")
    core = ctypes.cast(getattr(wheel, CORE), ctypes.c_void_p)
    library = build / "bench" / "libhashvet_peer_pdqhash.so"
    ours = ctypes.CDLL(str(library))
    ours.hashvet_peer_target.restype = ctypes.c_char_p
    version = getattr(pdqhash, "__version__", None)
    if version is None:
        from importlib.metadata import version as version_of
        version = version_of("pdqhash")

    report = {"peer": f"pdqhash {version}",
              "target": ours.hashvet_peer_target().decode(), "rows": []}
    print(f"{report['peer']} against ours on {report['target']}, one thread, "
          "medians\n| picture | reference | ours | ratio | bar | bits apart |\n"
          "|---|---|---|---|---|---|")
    good = True
    for width, height, bar, turns, each in SIZES:
        result = Result()
        if ours.hashvet_peer_run(core, ctypes.c_uint32(width),
                                 ctypes.c_uint32(height), turns, each,
                                 ctypes.byref(result)):
            sys.exit("pdqhash_core: ours refused the picture")
        ratio = result.reference_ms / result.ours_ms
        row = {name: getattr(result, name) for name, _ in Result._fields_}
        report["rows"].append({"width": width, "height": height,
                               "ratio": ratio, "bar": bar, **row})
        same = (result.distance == 0 and
                result.reference_quality == result.our_quality)
        good = good and same and ratio >= bar
        print(f"| {width} x {height} | {result.reference_ms:.2f} ms "
              f"| {result.ours_ms:.4f} ms | {ratio:.1f} | >= {bar} "
              f"| {result.distance} |", flush=True)
    print(json.dumps(report))
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"),
                        help="the interpreter that has the pdqhash wheel")
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build/release")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(options.build)
    if not os.access(options.python, os.X_OK):
        absent(f"no interpreter at {options.python}")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    sys.exit(subprocess.run([options.python, __file__, "--inside", "--build",
                             str(options.build)], env=environment).returncode)


if __name__ == "__main__":
    main()
