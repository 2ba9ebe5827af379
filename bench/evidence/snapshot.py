#!/usr/bin/env python3
"""The promises of a list going live: at once, whole, or not at all.

  ./dev evidence snapshot [--short]

Failures are given with how often was tried, and the upper end of the 95 %
interval: none in N tries means below 3/N.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import _power_cut
import _secrecy
from _gtest import RELEASE, Tests, bound
from _lists import write_text
from _mutants import Mutant, notices
from _table import ROOT, Table, run_json

HASHVET = RELEASE / "bin" / "hashvet"


def timed(command):
    """Seconds, peak resident KiB and output of a command."""
    began = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], cwd=ROOT,
                             stdout=subprocess.PIPE, text=True)
    output = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        raise RuntimeError(f"{command[1:3]}: exit {status}")
    return time.monotonic() - began, used.ru_maxrss, output


def going_live(table, scratch):
    entries = 1_000_000 if table.short else 10_000_000
    text, built = scratch / "list.txt", scratch / "list.hvs"
    lists = scratch / "lists"
    lists.mkdir(mode=0o700)
    write_text(text, entries)
    build_s, build_kb, _ = timed([HASHVET, "snapshot", "build", "-o", built,
                                  "--name", "known", text])
    publish_s, publish_kb, _ = timed([HASHVET, "snapshot", "publish", "--lists",
                                      lists, built])
    peak = max(build_kb, publish_kb) / 1e6
    table.add(f"building and publishing {entries:,} entries",
              f"{build_s + publish_s:.1f} s ({build_s:.1f} and "
              f"{publish_s:.1f})", "< 25 s", build_s + publish_s < 25,
              timing=True)
    table.add("peak resident meanwhile", f"{peak:.2f} GB", "< 3 GB", peak < 3)

    # The second opening is of a file that was verified before.
    for _ in range(2):
        opened = subprocess.run([RELEASE / "bench/snapshot_open", lists,
                                 "10000"], capture_output=True, text=True)
    if opened.returncode != 0:
        table.add("opening", opened.stderr[-200:], "opens", False)
        return
    quick, complete = map(json.loads, opened.stdout.splitlines())
    whole = quick["open_ms"] + quick["first_query_ms"]
    table.add(f"opening {entries:,} entries, known-answer test and first query",
              f"{whole:.1f} ms ({quick['open_ms']:.1f} and "
              f"{quick['first_query_ms']:.2f})"
              + (", verified anew" if quick["verified_now"] else ""),
              "< 50 ms", whole < 50 and not quick["verified_now"], timing=True)
    table.add("verifying it completely, SHA-256 and all, from page cache",
              f"{complete['complete_s']:.2f} s", "< 1.5 s",
              complete["complete_s"] < 1.5, timing=True)
    table.add("resident after 10,000 random queries",
              f"{quick['resident_kb'] / 1e6:.2f} GB", "< 2 GB",
              quick["resident_kb"] < 2_000_000)

    both = [subprocess.Popen([RELEASE / "bench/snapshot_open", lists, "10000",
                              "wait"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
            for _ in range(2)]
    alone = [json.loads(process.stdout.readline()) for process in both]
    shared = []
    for process in both:
        # One ends while the other still holds the list.
        if process is both[0]:
            process.stdin.close()
            shared.append(json.loads(process.stdout.readline()))
            process.wait()
    both[1].stdin.close()
    both[1].wait()
    resident = alone[0]["resident_kb"]
    proportional = shared[0]["proportional_kb"]
    table.add("two processes on one list: proportional share of one",
              f"{proportional / 1e3:.0f} MB of {resident / 1e3:.0f} MB resident",
              "<= 60 %", proportional <= 0.6 * resident)


def swaps(table):
    count = 200 if table.short else 10_000
    report = run_json([RELEASE / "bench/snapshot_swaps", 1_000_000, count,
                       3 if table.short else 60])
    if report is None:
        table.add("swaps", "failed", "0 errors", False)
        return
    tried = f"{report['queries']:,} answers over {report['swaps']:,} swaps"
    table.add(f"errors in {tried}", bound(report["errors"], report["queries"]),
              "0", report["errors"] == 0 and report["changes_seen"] > 0)
    table.add("answers mixed from two generations",
              bound(report["mixed"], report["queries"]), "0",
              report["mixed"] == 0)
    table.add("a version after a later one, in a thread",
              bound(report["backwards"], report["changes_seen"]), "0",
              report["backwards"] == 0)
    ratio = report["p999_us"] / report["quiet_p999_us"]
    table.add("p99.9 of an answer during swaps, against quiet",
              f"{ratio:.2f} x ({report['p999_us']:.0f} us and "
              f"{report['quiet_p999_us']:.0f} us)", "<= 2 x", ratio <= 2,
              timing=True)
    drift = report["late_kb"] / report["early_kb"] - 1
    table.add("resident memory after them, against a tenth of the way",
              f"{drift:+.2%}", "< 1 %", drift < 0.01 and report["left"] == 0)


def interrupted(table, scratch):
    kills = 200 if table.short else 10_000
    tests = Tests("tests/cli/tests_cli", "PublishKillTest.*",
                  {"HASHVET_KILLS": str(kills)})
    table.add("kill -9 at random moments of publish, rollback and gc: the old "
              "list or the new one", bound(0 if tests.passed else 1, kills) +
              f", {tests.counted.get('kills_in_time', 0):,} before the end",
              "always", tests.passed)
    tests = Tests("tests/cli/tests_cli", "*PublishFaultsTest.Killed*")
    table.add("kill -9 before every single call",
              f"{tests.count} commands", "always", tests.passed)
    tests = Tests("tests/cli/tests_cli", "*PublishFaultsTest.AnyCall*")
    table.add("no space, an I/O error and a short write at every single call",
              f"{tests.count} commands", "old list serves, one clear line",
              tests.passed)
    tests = Tests("tests/cli/tests_cli", "*PublishFaultsTest.PowerCut*")
    table.add("power cut before every single call, unsynced writes lost in all "
              "ways (simulated)",
              f"{tests.counted.get('cuts', 0):,} cuts of {tests.count} commands",
              "always", tests.passed)

    why_not = _power_cut.unavailable()
    if why_not:
        table.note("power cut of a mounted ext4 image", f"skipped: {why_not}")
        return
    cuts = 20 if table.short else 300
    built = []
    for number in range(3):
        text = scratch / f"small-{number}.txt"
        write_text(text, 2000)
        built.append(scratch / f"small-{number}.hvs")
        timed([HASHVET, "snapshot", "build", "-o", built[-1], "--name",
               "known", text])
    outcome = _power_cut.cut_power(HASHVET, built, cuts)
    for reason in outcome.reasons[:5]:
        print(f"  {reason}", file=sys.stderr)
    table.add("power cut of a mounted ext4 image, its copy mounted again",
              bound(outcome.broken, outcome.cuts) +
              f", {outcome.in_the_middle} in the middle",
              "always the old or the new list", outcome.broken == 0 and
              outcome.in_the_middle > cuts / 10)


def damaged(table):
    flips = RELEASE / "bench/snapshot_flips"
    report = run_json([flips, 200, 0, os.cpu_count() or 1, 1])
    table.add("every byte of a small snapshot turned, one at a time",
              f"{report['refused']:,} of {report['flips']:,} refused", "100 %",
              report["refused"] == report["flips"] and
              report["opens_unflipped"])
    count = 3000 if table.short else 1_000_000
    report = run_json([flips, 33_000, count, os.cpu_count() or 1, 2])
    table.add(f"random bits of one of {report['size_bytes'] / 1e6:.1f} MB",
              f"{report['refused']:,} of {report['flips']:,} refused", "100 %",
              report["refused"] == report["flips"] and
              report["opens_unflipped"])
    tests = Tests("tests/matcher/tests_matcher", "Sabotage*")
    made, refused = (tests.counted.get(name, 0)
                     for name in ("sabotages", "refused"))
    table.add("sabotaged snapshots and manifests, each for its own reason",
              f"{refused} of {made} refused", "all of 200",
              tests.passed and made >= 200 and refused == made)


def secrecy(table, scratch):
    search, control, limit = _secrecy.run(HASHVET, scratch, 10 if table.short else 300)
    for where in search.hits[:5]:
        print(f"  found in {where}", file=sys.stderr)
    table.add("a planted value in outputs, messages, files left and core "
              "images", f"{len(search.hits)} hits in {search.places:,} places "
              f"({search.bytes / 1e6:.0f} MB)", "0 hits, and some once it was asked about",
              not search.hits and bool(control.hits))
    table.add("largest core file of the serving process", f"{limit} bytes",
              "0", limit == "0")


MUTANTS = [
    Mutant("the checksums of sections", "src/list/section_table.cc",
           "  if (first == table_.size()) return absl::OkStatus();",
           "  return absl::OkStatus();", "tests/list/tests_list",
           "SnapshotDamageTest.EverySingleByteFlipIsRefused"),
    Mutant("the canaries' check", "src/list/snapshot_view.cc",
           "!std::ranges::equal(kind.canaries, own) ||", "",
           "tests/list/tests_list", "SnapshotDamageTest.ForgedContentIsRefused"),
    Mutant("one canary", "src/list/snapshot_writer.cc",
           "for (size_t c = 0; c < canaries.size(); c += value_bytes) {",
           "for (size_t c = value_bytes; c < canaries.size(); "
           "c += value_bytes) {",
           "tests/list/tests_list",
           "SnapshotTest.CanariesAreInTheTablesAndInNoStatistic"),
    Mutant("the check of the rows' order", "src/list/verify_contents.cc",
           "    if (!less) return NotInOrder(SectionType::kRows, kind, r);", "",
           "tests/list/tests_list", "SnapshotDamageTest.ForgedContentIsRefused"),
    Mutant("the base's version in an overlay's check",
           "src/list/snapshot_reader.cc",
           "  if (base.version() != state_->base->version ||",
           "  if (", "tests/list/tests_list", "OverlayTest.FitsItsOwnBaseAlone"),
]


def negative_controls(table):
    tests = Tests("tests/cli/tests_cli", "*PublishFaultsTest.EveryFlush*")
    table.add("each flush of publishing left out: the simulated power cuts "
              "tell", f"{tests.count} commands", "a test fails", tests.passed)
    for mutant in MUTANTS:
        why_not = notices(mutant)
        table.add(f"without {mutant.name}: {mutant.tests}",
                  why_not or "fails", "a test fails", why_not is None)


def main():
    table = Table("snapshot")
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as scratch:
        scratch = pathlib.Path(scratch)
        for number, part in enumerate((
                lambda s: going_live(table, s), lambda s: swaps(table),
                lambda s: interrupted(table, s), lambda s: damaged(table),
                lambda s: secrecy(table, s),
                lambda s: negative_controls(table))):
            folder = scratch / str(number)
            folder.mkdir(mode=0o700)
            try:
                part(folder)
            except (OSError, RuntimeError, KeyError, ValueError, TypeError,
                    subprocess.SubprocessError) as error:
                table.add(f"part {number + 1}", f"failed: {error}", "measured",
                          False)
    table.finish()


if __name__ == "__main__":
    main()
