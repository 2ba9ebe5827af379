#!/usr/bin/env python3
"""Runs every benchmark program of a build and writes a report that says how.

  run_benchmarks.py BUILD OUT [--quick] [--filter REGEX]

OUT gets results.json (Google Benchmark's raw output of each program in an
envelope that says what ran where), report.md and report.html. Repetitions are
interleaved at random, so that a machine that slows down slows all alike.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

import render

PROGRAMS = ("bench_index", "bench_ring", "bench_digest", "bench_byte_vector",
            "bench_hashers", "bench_list", "bench_end_to_end")
SEED = 1  # of the data every program makes; written down for the reader


def cpu():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", text)
    flags = re.search(r"flags\s*:\s*(.*)", text)
    wanted = ("avx2", "avx512f", "avx512_vpopcntdq", "avx512_bitalg")
    return {"model": model.group(1) if model else "unknown",
            "processors": os.cpu_count(),
            "flags": [f for f in (flags.group(1).split() if flags else [])
                      if f in wanted]}


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()


def envelope(build):
    cache = (build / "CMakeCache.txt").read_text()
    entry = lambda key: (re.search(rf"^{key}:[A-Z]+=(.*)$", cache, re.M) or
                         ["", "unknown"])[1]
    memory = re.search(r"MemTotal:\s*(\d+)",
                       pathlib.Path("/proc/meminfo").read_text())
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec="seconds"),
        "commit": output_of("git", "rev-parse", "HEAD"),
        "dirty": bool(output_of("git", "status", "--porcelain")),
        "compiler": output_of(entry("CMAKE_CXX_COMPILER"),
                              "--version").split("\n")[0],
        "flags": entry("CMAKE_CXX_FLAGS_RELEASE"),
        "cpu": cpu(),
        "memory_kb": int(memory.group(1)) if memory else 0,
        "load": os.getloadavg(),
        "forced_target": os.environ.get("HASHVET_SIMD_TARGET", ""),
        "seed": SEED,
    }


def run_program(program, out, options):
    """Google Benchmark's JSON of one program."""
    raw = out / (program.name + ".json")
    command = [
        str(program), f"--benchmark_out={raw}", "--benchmark_out_format=json",
        f"--benchmark_repetitions={3 if options.quick else 10}",
        f"--benchmark_min_time={0.02 if options.quick else 0.2}",
        "--benchmark_enable_random_interleaving=true",
        "--benchmark_display_aggregates_only=true",
        f"--benchmark_filter={options.filter}",
    ]
    print("== " + " ".join([program.name] + command[3:]), file=sys.stderr)
    # Debian's library says "built as DEBUG" of itself; it is not our code.
    subprocess.run(command, check=True, stdout=sys.stderr)
    results = json.loads(raw.read_text())
    raw.unlink()
    return {"command": " ".join([program.name] + command[3:]),
            "digest": hashlib.sha256(program.read_bytes()).hexdigest(),
            "results": results}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true",
                        help="3 short repetitions instead of 10")
    parser.add_argument("--filter", default=".", help="names, as a regex")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    report = {"envelope": envelope(options.build), "programs": {}}
    for name in PROGRAMS:
        program = options.build / "bench" / name
        report["programs"][name] = run_program(program, options.out, options)
    (options.out / "results.json").write_text(json.dumps(report, indent=1))
    (options.out / "report.md").write_text(render.markdown(report))
    (options.out / "report.html").write_text(render.html(report))

    wrong = [b["name"] for p in report["programs"].values()
             for b in p["results"]["benchmarks"] if b.get("error_occurred")]
    for name in wrong:
        print(f"refused to time {name}: its answer is wrong", file=sys.stderr)
    print(options.out / "report.html")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
