#!/usr/bin/env python3
"""The flat scan: ours against faiss-cpu's IndexBinaryFlat.

  bench/peers/faiss_flat.py [--python .venv/bin/python] [--build build/bench]
                            [--rows 1000000] [--queries 64] [--bar 12]

One thread each, by turns, processor time (both only compute, and a busy machine
would stretch the longer run more), the same rows and queries from the same
files, radius 31 inclusive (faiss's is exclusive, so it is asked for 32); every hit is
compared. A row in a thousand is planted within 34 bits of a query. Prints a
table for each CPU target of ours, and as its last line one JSON object. Where
the wheel is missing: {"peer": "absent"}. Exits 1 when hits differ, or when the
best target's ratio is under the bar.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RADIUS = 31
ROUNDS = 5
FAISS_TURNS = 5


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"))
    parser.add_argument("--build", default=str(ROOT / "build/bench"))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=64)
    parser.add_argument("--bar", type=float, default=12)
    parser.add_argument("--targets", default="avx512,avx2,neon,portable")
    return parser.parse_args()


def absent(why):
    print(f"faiss-cpu: absent ({why})", file=sys.stderr)
    print(json.dumps({"peer": "absent", "why": why}))
    sys.exit(0)


def ours(args, target, folder, turns):
    """One run of our program, or None where this CPU lacks the target."""
    run = subprocess.run(
        [pathlib.Path(args.build) / "bench/flat_peer", folder / "rows",
         folder / "queries", str(RADIUS), str(turns), folder / target],
        env={**os.environ, "HASHVET_SIMD_TARGET": target},
        capture_output=True, text=True, check=False)
    return json.loads(run.stdout) if run.returncode == 0 else None


def main():
    args = options()
    try:
        import faiss
        import numpy
    except ImportError:
        interpreter = pathlib.Path(args.python)
        if os.environ.get("HASHVET_PEER_PYTHON"):
            absent("the interpreter has no faiss")
        if not interpreter.exists():
            absent("no interpreter at --python")
        os.environ["HASHVET_PEER_PYTHON"] = "1"
        os.execv(interpreter, [str(interpreter), __file__, *sys.argv[1:]])

    random = numpy.random.default_rng(1)
    rows = random.integers(0, 256, (args.rows, 32), dtype=numpy.uint8)
    queries = random.integers(0, 256, (args.queries, 32), dtype=numpy.uint8)
    for row in range(0, args.rows, 1000):
        bits = numpy.unpackbits(queries[(row // 1000) % args.queries])
        bits[random.choice(256, row // 1000 % 35, replace=False)] ^= 1
        rows[row] = numpy.packbits(bits)

    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(256)
    index.add(rows)
    best_faiss, best = float("inf"), {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows.tofile(folder / "rows")
        queries.tofile(folder / "queries")
        for _ in range(ROUNDS):  # by turns: both meet the same neighbours
            for _ in range(FAISS_TURNS):
                start = time.thread_time()
                limits, distances, labels = index.range_search(
                    queries, RADIUS + 1)
                best_faiss = min(best_faiss, time.thread_time() - start)
            for target in args.targets.split(","):
                turns = 3 if target == "portable" else 20
                result = ours(args, target, folder, turns)
                if result and (target not in best or
                               result["seconds"] < best[target]["seconds"]):
                    best[target] = result
        found = numpy.diff(limits.astype(numpy.int64))
        asked = numpy.repeat(numpy.arange(args.queries), found)
        want = numpy.stack([asked, labels, distances], axis=1)
        want = want[numpy.lexsort((want[:, 1], want[:, 0]))]
        same = all(
            numpy.array_equal(
                want, numpy.fromfile(folder / t, numpy.uint32).reshape(-1, 3))
            for t in best)

    compares = args.rows * args.queries
    print(f"{args.rows} rows, {args.queries} queries, radius {RADIUS}, "
          f"{len(want)} hits, {'the same' if same else 'DIFFERENT'}")
    print(f"{'engine':<24}{'G compares/s':>14}{'ratio':>8}")
    print(f"{'faiss ' + faiss.__version__:<24}"
          f"{compares / best_faiss / 1e9:>14.2f}{1:>8.1f}")
    report = []
    for target, result in best.items():
        ratio = best_faiss / result["seconds"]
        report.append({"target": target, "seconds": result["seconds"],
                       "ratio": round(ratio, 2)})
        print(f"{'ours, ' + target:<24}"
              f"{compares / result['seconds'] / 1e9:>14.2f}{ratio:>8.1f}")
    reached = bool(report) and report[0]["ratio"] >= args.bar
    print(json.dumps({"peer": f"faiss-cpu {faiss.__version__}",
                      "rows": args.rows, "queries": args.queries,
                      "hits": len(want), "same_hits": same,
                      "faiss_seconds": best_faiss, "ours": report,
                      "bar": args.bar}))
    return 0 if same and reached else 1


if __name__ == "__main__":
    sys.exit(main())
