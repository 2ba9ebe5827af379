#!/usr/bin/env python3
"""The promises of hashvet from other languages, and past one machine.

  ./dev evidence scale [--short]
"""

import pathlib
import tempfile

from _gtest import RELEASE
from _kafka_rows import kafka
from _lists import build_list
from _table import ROOT, Table, run_json


def c_interface(table, scratch):
    entries = 1_000_000 if table.short else 10_000_000
    report = run_json([RELEASE / "bench/c_rate", build_list(scratch, entries),
                       20_000, 5 if table.short else 21])
    if report is None:
        table.add("C batch", "failed", "same answers", False)
        return
    ratio = report["cpp_us"] / report["c_us"]
    table.add(f"batch of {report['queries']:,} values through the C interface, "
              f"{entries:,} entries, one thread: rate against C++'s",
              f"{ratio:.1%} ({report['c_us']:.2f} us and "
              f"{report['cpp_us']:.2f} us), {report['matches']:,} matches",
              ">= 95 %", ratio >= 0.95, timing=True)


def main():
    table = Table("scale")
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as scratch:
        c_interface(table, pathlib.Path(scratch))
        entries = 1_000_000 if table.short else 10_000_000
        kafka(table, pathlib.Path(scratch),
              pathlib.Path(scratch) / "list.hvs", entries)
    table.finish()


if __name__ == "__main__":
    main()
