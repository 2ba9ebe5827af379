#!/usr/bin/env python3
"""Range search: ours beside faiss-cpu and usearch, on the same files.

  bench/peers/search.py [--python .venv/bin/python] [--build build/release]
      [--rows 1000000] [--queries 10000] [--peer-queries 500] [--radius 31]
      [--width 256] [--data uniform] [--batch 256] [--index ring]
      [--targets best] [--peers multihash:16x16:1] [--rounds 2]

`hashvet bench search` makes the rows and queries, checks itself against the
definition and leaves the files; each peer then answers the first --peer-queries
of the same queries, and every hit is compared. Ours runs before and after the
peers, and every figure is the best of its turns: processor time,
since all only compute and a busy machine would stretch the longer run more.

Peers: flat (IndexBinaryFlat), multihash:TxB:F (IndexBinaryMultiHash of T tables
of B bits with F flips), usearch (exact search for the 10 nearest; those within
the radius are compared). A bound that is exclusive in the peer is asked for one
more. --targets avx512,avx2 forces CPU targets of ours; best is the machine's
own choice. Prints a table and, as its last line, one JSON object; a peer whose
wheel is not installed is absent from it by name. Exits 1 when hits differ.
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


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"))
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--peer-queries", type=int, default=500)
    parser.add_argument("--radius", type=int, default=31)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--data", default="uniform")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--index", default="ring")
    parser.add_argument("--targets", default="best")
    parser.add_argument("--peers", default="multihash:16x16:1")
    parser.add_argument("--rounds", type=int, default=2)
    return parser.parse_args()


def ours(args, target, folder):
    """One run of hashvet bench search, or None where it cannot run."""
    command = [pathlib.Path(args.build) / "bin/hashvet", "bench", "search",
               "--json", "--rows", args.rows, "--queries", args.queries,
               "--radius", args.radius, "--width", args.width, "--data",
               args.data, "--batch", args.batch, "--index", args.index,
               "--write", folder]
    env = dict(os.environ)
    if target != "best":
        env["HASHVET_SIMD_TARGET"] = target
    run = subprocess.run([str(part) for part in command], env=env,
                         capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print(f"ours on {target}: {run.stderr.strip()}", file=sys.stderr)
        return None
    return json.loads(run.stdout)


def best_of(turns):
    """Smallest processor time of each figure over several runs."""
    best = dict(turns[0])
    for turn in turns[1:]:
        for key in ("processor_us", "mean_us", "build_s"):
            best[key] = min(best[key], turn[key])
    return best


def timed(call, turns):
    best, result = float("inf"), None
    for _ in range(turns):
        start = time.process_time()
        result = call()
        best = min(best, time.process_time() - start)
    return best, result


def faiss_peer(name, args, rows, queries):
    import faiss
    import numpy
    faiss.omp_set_num_threads(1)
    if name == "flat":
        index = faiss.IndexBinaryFlat(args.width)
    else:
        tables, bits = (int(n) for n in name.split(":")[1].split("x"))
        index = faiss.IndexBinaryMultiHash(args.width, tables, bits)
        index.nflip = int(name.split(":")[2])
    build_s, _ = timed(lambda: index.add(rows), 1)
    search_s, (limits, distances, labels) = timed(
        lambda: index.range_search(queries, args.radius + 1), args.rounds)
    asked = numpy.repeat(numpy.arange(len(queries)),
                         numpy.diff(limits.astype(numpy.int64)))
    found = numpy.unique(numpy.stack([asked, labels, distances], axis=1),
                         axis=0)
    # Which of the wheel's libraries this CPU was given.
    built = [word for word in faiss.get_compile_options().split()
             if word.startswith("AVX")]
    return (f"faiss-cpu {faiss.__version__} {name} ({built[-1] if built else 'no AVX'})",
            build_s, search_s, found)


def usearch_peer(name, args, rows, queries):
    import numpy
    import usearch
    from usearch.index import MetricKind, search
    search_s, matches = timed(
        lambda: search(rows, queries, 10, MetricKind.Hamming, exact=True,
                       threads=1), args.rounds)
    found = [(q, int(key), int(distance))
             for q in range(len(queries))
             for key, distance in zip(matches[q].keys, matches[q].distances)
             if distance <= args.radius]
    return (f"usearch {usearch.__version__} exact", 0.0, search_s,
            numpy.array(sorted(found), numpy.int64).reshape(-1, 3))


def main():
    args = options()
    try:
        import numpy
    except ImportError:
        interpreter = pathlib.Path(args.python)
        if os.environ.get("HASHVET_PEER_PYTHON") or not interpreter.exists():
            numpy = None
        else:
            os.environ["HASHVET_PEER_PYTHON"] = "1"
            os.execv(interpreter, [str(interpreter), __file__, *sys.argv[1:]])

    targets = args.targets.split(",")
    runs = {target: [] for target in targets}
    peers, absent = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for turn in range(2):
            for target in targets:
                result = ours(args, target, folder)
                if result:
                    runs[target].append(result)
            if turn == 1:
                break
            for peer in filter(None, args.peers.split(",")):
                run = usearch_peer if peer == "usearch" else faiss_peer
                if numpy is None:
                    absent.append(peer)
                    continue
                words = args.width // 8
                rows = numpy.fromfile(folder / "rows", numpy.uint8)
                queries = numpy.fromfile(folder / "queries", numpy.uint8)
                hits = numpy.fromfile(folder / "hits", numpy.uint32)
                hits = hits.reshape(-1, 3).astype(numpy.int64)
                asked = queries.reshape(-1, words)[:args.peer_queries]
                want = hits[hits[:, 0] < len(asked)]
                try:
                    label, build_s, search_s, found = run(
                        peer, args, rows.reshape(-1, words), asked)
                except ImportError:
                    absent.append(peer)
                    continue
                missed = len({tuple(h) for h in want} -
                             {tuple(h) for h in found})
                peers.append({
                    "peer": label, "build_s": build_s,
                    "us": 1e6 * search_s / len(asked), "hits": len(found),
                    "same_hits": numpy.array_equal(want, found),
                    "missed_by_peer": missed,
                    "invented_by_peer": len(found) + missed - len(want)})

    best = {t: best_of(turns) for t, turns in runs.items() if turns}
    print(f"{args.rows} {args.data} rows of {args.width} bits, radius "
          f"{args.radius}")
    print(f"{'engine':<40}{'us a query':>12}{'build s':>9}   hits")
    for result in best.values():
        print(f"{'ours, ' + result['index'] + ', ' + result['target']:<40}"
              f"{result['processor_us']:>12.2f}{result['build_s']:>9.2f}   "
              f"{result['checked']} checked, {result['different']} different")
    report = {"rows": args.rows, "data": args.data, "width": args.width,
              "radius": args.radius, "batch": args.batch,
              "ours": list(best.values()), "peers": peers, "absent": absent}
    for peer in peers:
        print(f"{peer['peer']:<40}{peer['us']:>12.2f}{peer['build_s']:>9.2f}   "
              f"{'the same' if peer['same_hits'] else 'DIFFERENT'}")
        if best:
            first = next(iter(best.values()))
            peer["ratio"] = round(peer["us"] / first["processor_us"], 2)
            peer["build_ratio"] = round(peer["build_s"] / first["build_s"], 2)
            print(f"{'':<40}{peer['ratio']:>11.1f}x")
    for peer in absent:
        print(f"{peer}: absent, its wheel is not installed", file=sys.stderr)
    print(json.dumps(report))
    # A peer may miss hits (too few flips for the radius); ours may not.
    invented = sum(peer["invented_by_peer"] for peer in peers)
    return 0 if best and len(best) == len(targets) and not invented else 1


if __name__ == "__main__":
    sys.exit(main())
