#!/usr/bin/env python3
"""The kinds besides PDQ: their bits against ImageHash's, OpenCV's and pHash's on
the same pixels, texts that those tools and Meta's read and write, and the time
against each library's in one run.

  ./dev evidence hashes            every picture of the packages
  ./dev evidence hashes --short    an eighth of them; times do not decide
"""

import json
import statistics
import subprocess
import sys

import _pictures
from _table import ROOT, Table, run_json

sys.path.insert(0, str(ROOT / "bench" / "robustness"))
import scenes  # noqa: E402

IMAGEHASH_BAR = 5.0  # times as fast
OPENCV_BAR = 1.0
PHASH_BAR = 1.0
JPEG_BAR = 1.2
JPEG_MIN_SIDE = 1024  # pixels: what would be decoded in part


def imagehash(table):
    command = [ROOT / "bench" / "peers" / "kinds.py"]
    report = run_json(command + ["--quick"] * table.short)
    if report is None or report["peer"] == "absent":
        why = "no answer" if report is None else report["why"]
        table.add("bits unlike ImageHash's", why, "0",
                  True if table.short and report is not None else None)
        return
    for kind, row in report["compared"].items():
        table.add(f"{kind}: bits unlike {report['peer']}'s",
                  f"{row['bits']} in {row['pictures']} pictures "
                  f"({row['bits_at_ties']} more at ties)", "0",
                  row["bits"] == 0 and
                  row["pictures"] >= (20 if table.short else 200))
    for convention, (hashes, wrong) in report["texts"].items():
        table.add(f"hex that {convention}'s tools read or write otherwise",
                  f"{wrong} of {hashes}", "0",
                  wrong == 0 and hashes >= (20 if table.short else 100))
    row = report["segments"]
    table.add(f"crop-resistant: pictures unlike {report['peer']}'s",
              f"{row['different']} of {row['pictures']} "
              f"({row['refused']} refused: an area without a pixel)", "0",
              row["different"] == row["texts_wrong"] == 0 and
              row["pictures"] >= (20 if table.short else 100))
    for row in report["timed"]:
        table.add(f"{row['kind']}, {row['width']} x {row['height']}: "
                  f"{report['target']} against ImageHash",
                  f"{row['ours_ms']:.3f} ms, {row['ratio']:.1f} times",
                  f">= {IMAGEHASH_BAR:g}", row["ratio"] >= IMAGEHASH_BAR,
                  timing=True)


def phash_org(table):
    report = run_json([ROOT / "bench" / "peers" / "phash_org.py"] +
                      ["--quick"] * table.short)
    if report is None or report["peer"] == "absent":
        why = "no answer" if report is None else report["why"]
        table.add("bits unlike pHash's", why, "0",
                  True if table.short and report is not None else None)
        return
    table.add(f"phash64-zauner: bits unlike {report['peer']}'s",
              f"{report['bits']} in {report['pictures']} pictures "
              f"({report['bits_at_ties']} more at ties)", "0",
              report["bits"] == 0 and
              report["pictures"] >= (20 if table.short else 100))
    ratio = report["phash_ms"] / report["ours_ms"]
    table.add(f"phash64-zauner, {report['width']} x {report['height']}: "
              f"{report['target']} against {report['peer']}",
              f"{report['ours_ms']:.3f} ms, {ratio:.0f} times",
              f">= {PHASH_BAR:g}", ratio >= PHASH_BAR, timing=True)


def trimming(table):
    """What `match` pays for asking without bars, beside hashing the picture."""
    program = ROOT / "build" / "release" / "bench" / "bench_hashers"
    done = subprocess.run(
        [program, "--benchmark_format=json", "--benchmark_repetitions=7",
         "--benchmark_enable_random_interleaving=true",
         "--benchmark_min_time=0.05", "--benchmark_filter="
         "(grey8_orientations|nn512|WithoutBars).*w:1600"],
        capture_output=True, text=True)
    times = {row["run_name"].split("/")[1]: row["cpu_time"] for row in
             json.loads(done.stdout)["benchmarks"]
             if row.get("aggregate_name") == "median"}
    hashed = times["grey8_orientations"]
    for name, what in (("none", "no bars to trim"), ("black", "black bars"),
                       ("grey8_nn512", "nn512")):
        table.note(f"time added to PDQ in eight orientations, 1600 x 1004: "
                   f"{what}", f"{100 * times[name] / hashed:.0f} % of "
                   f"{hashed:.0f} us")


def jpeg_in_part(table):
    """Whether a large JPEG need be decoded whole."""
    files = [f for _, kind, f in scenes.every()
             if kind == "photograph" and f.suffix.lower() in (".jpg", ".jpeg")]
    done = subprocess.run(
        [ROOT / "build" / "release" / "bench" / "jpeg_scaled",
         *map(str, files[::6] if table.short else files)],
        capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [row for row in rows if row["quality"] >= 50 and
            min(row["width"], row["height"]) >= JPEG_MIN_SIDE]
    large = [row for row in rows if row["width"] * row["height"] >= 10e6]
    if not large:
        table.add("JPEG decoded in part", "no large photograph is installed",
                  "measured", True if table.short else None)
        return
    for way in ("2/8, in place", "2/8", "4/8", "4/8, in place", "1/8",
                "1/8, in place", "scans 1", "scans 2", "scans 3"):
        bits = sorted(row[way]["bits"] for row in rows)
        times = statistics.median(row[way]["times"] for row in large)
        p99 = bits[min(len(bits) - 1, int(0.99 * len(bits)))]
        told = f"99th percentile {p99} of {len(bits)} photographs, most {bits[-1]}"
        faster = f"{times:.2f} times ({len(large)} photographs)"
        if way == "2/8, in place":  # for pictures of one's own
            table.add("large JPEG by the means of 4 x 4 pixels (not by "
                      "default): bits from the whole picture's PDQ", told,
                      "<= 2", p99 <= 2)
            table.add("the same, of 10 megapixels and more: against decoding it "
                      "whole, to the hash", faster, f">= {JPEG_BAR:g}",
                      times >= JPEG_BAR, timing=True)
            continue
        what = "progressive JPEG, stopped after " if way[0] == "s" else "JPEG at "
        table.note(f"{what}{way} (not done)", f"{faster}, bits: {told}")


def opencv(table):
    program = ROOT / "build" / "release" / "bench" / "opencv_kinds"
    if not program.exists():
        table.add("bits unlike OpenCV's", "img_hash is not installed", "0",
                  True if table.short else None)
        return
    pictures = _pictures.installed()
    done = subprocess.run(
        [program, *map(str, pictures[::8] if table.short else pictures)],
        capture_output=True, text=True)
    report = json.loads(done.stdout.splitlines()[-1])
    for row in report["rows"]:
        table.add(f"{row['kind']}: bits unlike OpenCV {report['opencv']}'s",
                  f"{row['bits']} in {row['pictures']} pictures "
                  f"({row['bits_at_ties']} more at ties)", "0",
                  row["bits"] == 0 and
                  row["pictures"] >= (20 if table.short else 200))
        ratio = row["opencv_ms"] / row["ours_ms"]
        table.add(f"{row['kind']}, 1600 x 1004: against OpenCV",
                  f"{row['ours_ms']:.4f} ms, {ratio:.2f} times",
                  f">= {OPENCV_BAR:g}", ratio >= OPENCV_BAR, timing=True)


def main():
    table = Table("hashes")
    imagehash(table)
    phash_org(table)
    opencv(table)
    trimming(table)
    jpeg_in_part(table)
    table.finish()


if __name__ == "__main__":
    sys.exit(main())
