#!/usr/bin/env python3
"""The kinds besides PDQ: their bits against ImageHash's, OpenCV's and pHash's on
the same pixels, texts that those tools and Meta's read and write, and the time
against each library's in one run.

  ./dev evidence hashes            every picture of the packages
  ./dev evidence hashes --short    an eighth of them; times do not decide
"""

import json
import subprocess
import sys

import _pictures
from _table import ROOT, Table, run_json

IMAGEHASH_BAR = 5.0  # times as fast
OPENCV_BAR = 1.0
PHASH_BAR = 1.0


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
              f"({row['refused']} refused by both)", "0",
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
    table.finish()


if __name__ == "__main__":
    sys.exit(main())
