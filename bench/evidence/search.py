#!/usr/bin/env python3
"""The promises of the search: exact on every pair, and how fast.

  ./dev evidence search [--short]

One thread unless a row says otherwise. Ratios are of processor time within one
run; `hashvet bench search` compares at least 200 queries of each setting with
the definition before it times, and a difference makes its row fall.
"""

import os
import sys

from _table import ROOT, Table, peers_python, run_json

BENCH = ROOT / "build" / "release"
HASHVET = BENCH / "bin" / "hashvet"
TARGETS = ("avx512", "avx2", "portable")


class Search:
    """Settings already measured are not measured twice. One that fails, or
    whose checked answers differ from the definition, is a row that falls."""

    def __init__(self, table):
        self.table = table
        self.known = {}

    def __call__(self, target=None, **options):
        key = (target, tuple(sorted(options.items())))
        if key not in self.known:
            command = [HASHVET, "bench", "search", "--json"]
            for name, value in options.items():
                command += [f"--{name.replace('_', '-')}", value]
            env = {"HASHVET_SIMD_TARGET": target} if target else {}
            report = run_json(command, env)
            if (report is None or report["different"] != 0 or
                    report["checked"] < 200):
                self.table.add(
                    f"bench search {options}" + (f" on {target}" if target
                                                 else ""),
                    "failed" if report is None else
                    f"{report['different']} of {report['checked']} checked "
                    "queries differ", "measured, 0 of 200 differ", False)
            self.known[key] = report
        return self.known[key]


def exactness(table):
    planted, rows, queries = ((20_000, 200_000, 100) if table.short else
                              (1_000_000, 1_000_000, 1000))
    radii = (31,) if table.short else (31, 15, 47)
    for target in TARGETS:
        if target == "portable" and not table.short:
            planted, queries = planted // 10, queries // 10
        for radius in radii if target == "avx512" else (31,):
            report = run_json([BENCH / "bench/search_exactness", planted, rows,
                               queries, radius, 1],
                              {"HASHVET_SIMD_TARGET": target})
            if report is None:
                table.add(f"planted rows and pairs on {target}",
                          "not run by this CPU", "0 differences", None)
                continue
            starts = report["by_first_chunk"]
            table.add(
                f"ring on {target}, radius {radius}: planted at exactly "
                f"{radius}, first chunks evenly spread",
                f"{report['found']:,} of {report['planted']:,} found, "
                f"{min(starts):,} to {max(starts):,} a chunk",
                "all, and no row a bit further, by probing alone",
                report["found"] == report["planted"] and
                min(starts) >= 0.85 * report["planted"] / 16 and
                report["probed"] > 0 and report["scanned"] == 0)
            table.add(
                f"ring on {target}, radius {radius}: every pair against the "
                "definition",
                f"{report['pairs']:,} pairs, {report['near']:,} near, "
                f"{report['different']} queries differ", "0 differ",
                report["different"] == 0 and report["near"] > 0)


def peers(table, rows, names, width=256, radius=31, queries=500, **options):
    python = peers_python()
    if python is None:
        return ABSENT
    command = [sys.executable, ROOT / "bench/peers/search.py", "--python",
               python, "--build", BENCH, "--rows", rows, "--width", width,
               "--radius", radius, "--peers", names, "--peer-queries", queries]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value]
    return run_json(command)


ABSENT = {"ours": [{}], "peers": []}  # without the virtual environment


def against(table, what, report, bar, pick=min):
    """One row: the peer's time over ours."""
    if report is None or not report["ours"]:
        table.add(what, "failed", f">= {bar} x", False, timing=True)
        return None
    measured = report["peers"]
    if not measured:
        table.add(what, "peer absent", f">= {bar} x", None, timing=True)
        return None
    best = pick(measured, key=lambda p: p["us"])
    mine = report["ours"][0]
    table.add(f"{what}, against {best['peer']}",
              f"{best['ratio']:,.0f} x ({mine['processor_us']:.2f} us and "
              f"{best['us']:,.0f} us), hits "
              f"{'equal' if best['same_hits'] else 'DIFFERENT'}",
              f">= {bar:,} x", best["ratio"] >= bar and best["same_hits"]
              and mine["different"] == 0, timing=True)
    return best


def bandwidth(table, what, report, bar):
    """Reading 12 bytes a row once, at the bandwidth measured in the run."""
    if not report:
        table.add(what, "failed", f">= {bar} x", False, timing=True)
        return
    read_us = 12e-3 * report["rows"] / report["read_gb_per_s"]
    ratio = read_us / report["processor_us"]
    table.add(f"{what}, against reading 12 bytes a row at "
              f"{report['read_gb_per_s']:.1f} GB/s",
              f"{ratio:,.0f} x ({report['processor_us']:.2f} us)",
              f">= {bar} x", ratio >= bar and report["different"] == 0,
              timing=True)


def ring(table, search):
    large = 1_000_000 if table.short else 10_000_000
    common = dict(index="ring", queries=10_000, batch=256)

    if not table.short:
        report = peers(table, 1_000_000, "multihash:16x16:1")
        against(table, "ring, 1,000,000 uniform rows", report, 230)
        report = peers(table, large, "multihash:16x16:1", queries=200)
        best = against(table, f"ring, {large:,} uniform rows", report, 1400)
        build = search(rows=large, threads=2, **common)
        if best and build:
            ratio = best["build_s"] / build["build_s"]
            table.add(f"building {large:,} rows on 2 threads, against "
                      f"{best['peer']}",
                      f"{ratio:.1f} x ({build['build_s']:.2f} s and "
                      f"{best['build_s']:.1f} s)", ">= 8 x", ratio >= 8,
                      timing=True)
    uniform = search(rows=large, **common)
    bandwidth(table, f"ring, {large:,} uniform rows", uniform, 200)
    table.add(f"memory of the ring index, {large:,} rows",
              f"{uniform['bytes_per_row']:.1f} bytes a row",
              "<= 130 at 10,000,000", uniform["bytes_per_row"] <= 130
              if not table.short else uniform["bytes_per_row"] <= 134)
    if not table.short:
        bandwidth(table, "ring, 50,000,000 uniform rows",
                  search(rows=50_000_000, **common), 200)

    clustered = search(rows=large, data="clustered", **common)
    ratio = clustered["processor_us"] / uniform["processor_us"]
    table.add(f"ring, {large:,} clustered rows, against uniform ones",
              f"{ratio:.2f} x", "<= 2.5 x",
              ratio <= 2.5 and clustered["different"] == 0, timing=True)

    two = 200_000 if table.short else 2_000_000
    centre = search(rows=two, data="centre", index="ring", queries=20, batch=1)
    scan = search(rows=two, data="centre", index="flat", queries=20, batch=1)
    ratio = centre["processor_us"] / scan["processor_us"]
    table.add(f"half of {two:,} rows within 4 bits of a centre: queries at it, "
              "against the flat scan",
              f"{ratio:.2f} x, {centre['hits'] // 20:,} hits a query",
              "<= 3 x, all hits",
              ratio <= 3 and centre["hits"] == scan["hits"] and
              centre["different"] == 0, timing=True)
    hot = search(rows=two, data="hotspot", index="ring", queries=10_000,
                 batch=1)
    mean = search(rows=two, index="ring", queries=10_000, batch=1)
    ratio = hot["p99_us"] / mean["mean_us"]
    table.add("queries elsewhere: their 99th percentile against the uniform "
              "mean", f"{ratio:.2f} x", "<= 3 x",
              ratio <= 3 and hot["different"] == 0, timing=True)

    lone = search(rows=large, index="ring", queries=8_000, batch=1)
    eight = search(rows=large, data="orientations", index="ring",
                   queries=8_000, batch=8)
    ratio = 8 * eight["p50_us"] / lone["p50_us"]
    table.add(f"eight orientations of a picture, {large:,} rows, against one "
              "lone query", f"{ratio:.2f} x", "<= 4.5 x", ratio <= 4.5,
              timing=True)
    if (os.cpu_count() or 1) >= 2:
        one = search(rows=large, index="ring", queries=50_000, batch=10_000)
        both = search(rows=large, index="ring", queries=50_000, batch=10_000,
                      threads=2)
        ratio = one["p50_us"] / both["p50_us"]
        table.add(f"2 threads, {large:,} rows", f"{ratio:.2f} x", ">= 1.8 x",
                  ratio >= 1.8 and both["different"] == 0, timing=True)
    fast = search(target="avx512", rows=large, **common)
    slow = search(target="avx2", rows=large, **common)
    if fast and slow:
        share = fast["processor_us"] / slow["processor_us"]
        table.add("AVX2 against AVX-512, ring", f"{share:.0%}", ">= 40 %",
                  share >= 0.4 and slow["different"] == 0, timing=True)
    nearest = search(rows=large, data="planted", planted_at=20, radius=64,
                     nearest=1, index="ring", queries=2_000, batch=256)
    ratio = nearest["processor_us"] / uniform["processor_us"]
    table.add(f"nearest row within 64 bits, {large:,} rows, planted at 20, "
              "against all within 31", f"{ratio:.2f} x", "<= 3 x",
              ratio <= 3 and nearest["different"] == 0, timing=True)
    if not table.short:
        report = peers(table, large, "multihash:4x16:2,multihash:3x21:2",
                       width=64, radius=8, queries=200)
        against(table, f"64-bit hashes, radius 8, {large:,} rows", report, 100)


def flat(table, search):
    if not table.short:
        for rows in (1_000_000, 10_000_000):
            report = peers(table, rows, "flat", queries=64, index="flat",
                           batch=64)
            against(table, f"flat, {rows:,} rows, batch of 64", report, 12)
        report = peers(table, 1_000_000, "usearch", queries=64)
        if report and report["peers"]:
            peer = report["peers"][0]
            table.note(f"ring, 1,000,000 rows, against {peer['peer']}, 10 "
                       "nearest", f"{peer['ratio']:,.0f} x")
    large = 1_000_000 if table.short else 10_000_000
    lone = search(rows=large, index="flat", queries=40, batch=1)
    rate = 12e-3 * large / lone["p50_us"]
    share = rate / lone["read_gb_per_s"]
    table.add(f"flat, one query, {large:,} rows: 12 bytes a row against plain "
              "reads", f"{share:.0%} of {lone['read_gb_per_s']:.1f} GB/s",
              ">= 80 %", share >= 0.8 and lone["different"] == 0, timing=True)
    table.add(f"memory of the flat index, {large:,} rows",
              f"{lone['bytes_per_row']:.1f} bytes a row", "32",
              lone["bytes_per_row"] == 32)
    batch = dict(rows=1_000_000, index="flat", queries=640, batch=64)
    fast = search(target="avx512", **batch)
    slow = search(target="avx2", **batch)
    if fast and slow:
        share = fast["processor_us"] / slow["processor_us"]
        table.add("AVX2 against AVX-512, flat", f"{share:.0%}", ">= 40 %",
                  share >= 0.4 and slow["different"] == 0, timing=True)


def main():
    table = Table("search")
    search = Search(table)
    for part in (lambda: exactness(table), lambda: ring(table, search),
                 lambda: flat(table, search)):
        try:
            part()
        except (KeyError, IndexError, TypeError) as error:
            table.add("what a failed measurement was needed for",
                      repr(error), "measured", False)
    table.finish()


if __name__ == "__main__":
    main()
