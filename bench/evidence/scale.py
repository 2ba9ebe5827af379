#!/usr/bin/env python3
"""The promises of hashvet from other languages, and past one machine.

  ./dev evidence scale [--short]
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from _gtest import RELEASE
from _kafka_rows import kafka
from _lists import build_list
from _memory import mapped_pss_bytes
from _pictures import photographs
from _table import ROOT, Table, run_json

sys.path.append(str(ROOT / "tests" / "python"))
import run_in_venv  # noqa: E402

PYTHON_RATE = ROOT / "bench" / "python_rate.py"
THEIR_TESTS = ROOT / "bench" / "their_tests.py"
SPARK_RATE = ROOT / "bench" / "spark_rate.py"


def c_interface(table, known, entries):
    report = run_json([RELEASE / "bench/c_rate", known, 20_000,
                       5 if table.short else 21])
    if report is None:
        table.add("C batch", "failed", "same answers", False)
        return
    ratio = report["cpp_us"] / report["c_us"]
    table.add(f"batch of {report['queries']:,} values through the C interface, "
              f"{entries:,} entries, one thread: rate against C++'s",
              f"{ratio:.1%} ({report['c_us']:.2f} us and "
              f"{report['cpp_us']:.2f} us), {report['matches']:,} matches",
              ">= 95 %", ratio >= 0.95, timing=True)


def medians(pairs, *keys):
    """Of runs in turns, the median of each key."""
    return [statistics.median(run[side][key] for run in pairs)
            for side, key in keys]


def python_batch(table, python, known, entries, scratch):
    what = (f"batch of 100,000 values from pyarrow, {entries:,} entries, one "
            "thread: rate against C++'s")
    queries = scratch / "queries"
    pairs = []
    for _ in range(1 if table.short else 5):
        cpp = run_json([RELEASE / "bench/c_rate", known, 100_000, 3, queries])
        own = run_json([python, PYTHON_RATE, "batch", known, queries, 3])
        if cpp is None or own is None:
            table.add(what, "failed", "same answers", False)
            return
        pairs.append((cpp, own))
    cpp_us, own_us = medians(pairs, (0, "cpp_us"), (1, "python_us"))
    table.add(what, f"{cpp_us / own_us:.1%} ({own_us:.2f} us and {cpp_us:.2f} "
              f"us), {own['matches']:,} matches, the same answers", ">= 85 %",
              cpp_us / own_us >= 0.85, timing=True)


def python_picture(table, python, scratch):
    """Each way of decoding against the same in C++."""
    photo = max((f for f in photographs() if f.suffix == ".jpg"),
                key=lambda f: f.stat().st_size)
    jpeg = scratch / "photo.jpg"
    subprocess.run([RELEASE / "bench/make_photo", photo, jpeg, "2048", "1536",
                    "90"], check=True)
    ways = {"in-process": "decoded in the calling process",
            "pool": "decoded by hashvet-decoder, the default"}
    pairs = {way: [] for way in ways}
    for _ in range(1 if table.short else 5):
        for way in ways:
            pairs[way].append((
                run_json([RELEASE / "bench/decode_pool", "only", way, jpeg, 31],
                         {"HASHVET_DECODER": str(RELEASE / "bin" /
                                                 "hashvet-decoder")}),
                run_json([python, PYTHON_RATE, "picture", way, jpeg, 31])))
    for way, how in ways.items():
        what = (f"one picture from bytes in Python, a JPEG of 2048 x 1536, {how}: "
                "time against C++'s")
        if any(run is None for pair in pairs[way] for run in pair):
            table.add(what, "failed", "hashed", False)
            continue
        cpp_ms, own_us = medians(pairs[way], (0, "median_ms"), (1, "python_us"))
        ratio = own_us / 1000 / cpp_ms
        table.add(what, f"{ratio:.2f} x ({own_us / 1000:.2f} ms and "
                  f"{cpp_ms:.2f} ms)", "<= 1.1 x", ratio <= 1.1, timing=True)


def threatexchange(table, python):
    entries = 50_000 if table.short else 1_000_000
    what = (f"threatexchange's PDQIndex and the adapter's, {entries:,} hashes: "
            "a query")
    report = run_json([python, PYTHON_RATE, "threatexchange", entries,
                       200 if table.short else 2000, 3])
    if report is None:
        table.add(what, "failed", "same answers", False)
        return
    ratio = report["theirs_us"] / report["ours_us"]
    table.add(what, f"{ratio:.0f} x faster ({report['ours_us']:.1f} us and "
              f"{report['theirs_us']:.0f} us), {report['queries']:,} queries, "
              f"{report['found']:,} found, the same", ">= 100 x", ratio >= 100,
              timing=True)
    table.note("building them",
               f"{report['ours_build_s']:.2f} s and "
               f"{report['theirs_build_s']:.1f} s")


# It looks for a class of faiss within.
FAISS_WITHIN = "test_serialize_deserialize_index"


def their_tests(table, python):
    """python-threatexchange's index tests, imports alone changed."""
    what = "threatexchange's own index tests on the adapter"
    wheels = list((ROOT / "build" / "threatexchange").glob("*.whl"))
    if not wheels:
        table.add(what, "no build/threatexchange: ./dev setup scale", "pass",
                  None)
        return
    report = run_json([python, THEIR_TESTS, wheels[0]])
    if report is None:
        table.add(what, "failed", "pass", False)
        return
    failed = sorted(report["failed"])
    table.add(f"{what} (of {wheels[0].name.split('-py')[0]}, the last that has "
              f"them), but for {FAISS_WITHIN}, which wants faiss's class "
              "inside",
              f"{len(report['passed'])} pass, others: "
              f"{', '.join(sorted(set(failed) - {FAISS_WITHIN})) or 'none'}", "pass",
              set(failed) <= {FAISS_WITHIN} and len(report["passed"]) >= 55)


def spark(table, python, scratch):
    """New entries against stored hashes, on Spark and by `hashvet retro`."""
    stored = 200_000 if table.short else 10_000_000
    entries = 1_000 if table.short else 10_000
    what = (f"Spark, local[2]: {entries:,} new entries against {stored:,} "
            "stored hashes in Parquet: scan, against `hashvet retro` on the "
            "same hashes as text, two threads")
    folder = scratch / "spark"
    folder.mkdir()
    subprocess.run([python, SPARK_RATE, "make", folder, str(stored),
                    str(entries)], check=True, stdout=subprocess.DEVNULL)
    program = RELEASE / "bin" / "hashvet"
    new, ledger = folder / "new.csv", folder / "ledger"

    def run(*arguments, code=0):
        done = subprocess.run([program, *map(str, arguments)],
                              capture_output=True, text=True)
        if done.returncode != code:
            sys.exit(f"{arguments}: exit {done.returncode}: {done.stderr}")

    run("snapshot", "build", "-o", folder / "new.hvs", "--name", "known", new)
    run("list", "create", "known", "--ledger", ledger)
    run("list", "import", "known", new, "--ledger", ledger)
    native, on_spark = [], []
    for _ in range(1 if table.short else 3):
        began = time.perf_counter()
        run("retro", "--ledger", ledger, "--since", 0, "--threads", 2, "-o",
            folder / "matches.tsv", folder / "stored.csv", code=1)
        native.append(time.perf_counter() - began)
        lines = sum(1 for _ in open(folder / "matches.tsv"))
        report = run_json([python, SPARK_RATE, "scan", folder / "new.hvs",
                           folder])
        if report is None or (report["found"], report["others"],
                              lines) != (100, 0, 100):
            table.add(what, f"failed: {report}, {lines} by retro",
                      "the 100 planted, by both", False)
            return
        on_spark.append(report)
    native_s = statistics.median(native)
    scan_s, start_s = (statistics.median(r[key] for r in on_spark)
                       for key in ("scan_s", "start_s"))
    table.add(what, f"{scan_s / native_s:.2f} x ({scan_s:.1f} s and "
              f"{native_s:.1f} s; besides {start_s:.1f} s to start), the 100 "
              "planted found by both", "<= 1.5 x", scan_s <= 1.5 * native_s,
              timing=True)


def spark_tests(table, python):
    """Those of tests/python, which are skipped where Spark is not."""
    done = subprocess.run(
        [python, "-m", "unittest", "test_spark", "test_spark_cluster"],
        cwd=ROOT / "tests" / "python", capture_output=True, text=True,
        env={**os.environ, "HASHVET_PROGRAM": str(RELEASE / "bin" / "hashvet"),
             "PYTHONDONTWRITEBYTECODE": "1"})
    end = [line for line in done.stderr.splitlines()
           if line.startswith(("Ran ", "OK", "FAILED"))]
    table.add("Spark in local[2], and in a cluster of two executors; a Python "
              "worker and an executor killed in mid-job: the same output",
              ", ".join(end), "all pass, none skipped",
              done.returncode == 0 and end[-1:] == ["OK"])


def one_copy(table, python, known, stored):
    """stored: the folder with hashes for Spark; None: without it."""
    workers = [subprocess.Popen([python, PYTHON_RATE, "hold", known],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
               for _ in range(4)]
    ready = all(worker.stdout.readline() for worker in workers)
    processes = [worker.pid for worker in workers]
    if stored is not None:
        workers.append(subprocess.Popen(
            [python, SPARK_RATE, "hold", known, stored], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        line = workers[-1].stdout.readline()
        processes += json.loads(line)["workers"] if line else []
        ready = ready and len(processes) == 6
    sizes = [mapped_pss_bytes(process, known) for process in processes if ready]
    for worker in workers:
        worker.stdin.close()
        worker.wait()
    mapped, whole = (sum(column) for column in zip(*sizes)) if ready else (0, 0)
    size = known.stat().st_size
    table.add("the list in the memory of 4 Python processes "
              f"{'and 2 Spark workers ' if stored is not None else ''}"
              "that match against it, in copies of the file (PSS)",
              f"{mapped / size:.2f} ({mapped / 2**20:.0f} of "
              f"{size / 2**20:.0f} MiB; all that they have: "
              f"{whole / 2**20:.0f} MiB)", "<= 1 copy",
              0 < mapped <= size * 1.001)


def add_spark(table, python):
    lacks = "Java" if shutil.which("java") is None else ""
    if subprocess.run([python, "-c", "import pandas, pyspark"],
                      capture_output=True).returncode != 0:
        lacks = "pyspark"
    if lacks:
        table.add("Spark", f"no {lacks}: ./dev setup spark", "measured", None)
    return not lacks


def main():
    table = Table("scale")
    entries = 1_000_000 if table.short else 10_000_000
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        scratch = pathlib.Path(folder)
        known = build_list(scratch, entries)
        c_interface(table, known, entries)
        python = run_in_venv.make(ROOT, RELEASE, RELEASE / "python")
        if python is None:
            table.add("the Python package", "no .venv-scale: ./dev setup scale",
                      "measured", None)
        else:
            run_in_venv.add_others(ROOT, python)
            python_batch(table, python, known, entries, scratch)
            python_picture(table, python, scratch)
            their_tests(table, python)
            threatexchange(table, python)
            stored = None
            if add_spark(table, python):
                spark(table, python, scratch)
                spark_tests(table, python)
                stored = scratch / "spark"
            one_copy(table, python, known, stored)
            if stored is not None:
                shutil.rmtree(stored)
        kafka(table, scratch, known, entries)
    table.finish()


if __name__ == "__main__":
    main()
