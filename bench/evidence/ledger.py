#!/usr/bin/env python3
"""./dev evidence ledger [--short]: every entry accounted for, every withdrawal
honoured. Load, changes in a running matcher, kills, power cuts, random
histories, guards, retro-match."""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import time

import _pictures
import _power_cut
from _mutants import Mutant, notices
from _gtest import RELEASE, Tests, bound
from _table import Table

HASHVET = RELEASE / "bin" / "hashvet"


def run(*arguments, cwd, ok=(0,), text_input=None):
    done = subprocess.run([HASHVET, *map(str, arguments)], cwd=cwd,
                          capture_output=True, text=True, input=text_input)
    if done.returncode not in ok:
        raise RuntimeError(f"{arguments}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def measured(*arguments, cwd, ok=(0,)):
    """Seconds, peak resident MiB and JSON of a command."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([HASHVET, *map(str, arguments)], cwd=cwd,
                                   stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        if process.returncode not in ok:
            raise RuntimeError(f"{arguments}: exit {process.returncode}")
        out.seek(0)
        lines = out.read().splitlines()
    data = json.loads(lines[-1]) if lines and lines[-1][:1] == b"{" else {}
    return seconds, usage.ru_maxrss / 1024, data


def write_list(path, count, seed, prefix):
    """`count` random balanced values, keys of random order, as CSV."""
    rng = random.Random(seed)
    with open(path, "w") as file:
        file.write("hash,key\n")
        written = 0
        while written < count:
            block = rng.randbytes(32 * 4096)
            for at in range(0, len(block), 32):
                value = block[at:at + 32]
                ones = int.from_bytes(value, "little").bit_count()
                if not 112 <= ones <= 144:
                    continue
                file.write(f"{value.hex()},{prefix}-{written:09d}\n")
                written += 1
                if written == count:
                    break


def make_ledger(folder):
    (folder / "lists").mkdir(mode=0o700)
    run("list", "create", "known", "--ledger", "ledger", cwd=folder)


def load(table, folder, entries, delta):
    write_list(folder / "base.csv", entries, 1, "entry")
    make_ledger(folder)
    seconds, mib, data = measured("list", "import", "known", "base.csv",
                                  "--ledger", "ledger", "--json", cwd=folder)
    rate = entries / seconds
    table.add(f"bulk load of {entries:,} entries, guards included",
              f"{rate:,.0f} entries/s", ">= 100,000",
              data["added"] == entries and rate >= 100_000, timing=True)
    table.add("resident while it loads", f"{mib:.0f} MiB", "< 400", mib < 400)
    write_list(folder / "delta.csv", delta, 2, "delta")
    seconds, mib, data = measured("list", "import", "known", "delta.csv",
                                  "--ledger", "ledger", "--json", cwd=folder)
    rate = delta / seconds
    table.add(f"a delta of {delta:,} onto it, durable",
              f"{rate:,.0f} entries/s", ">= 20,000",
              data["added"] == delta and rate >= 20_000, timing=True)
    table.add("resident while it is applied", f"{mib:.0f} MiB", "< 400",
              mib < 400)


def publish(table, folder, entries):
    run("list", "publish", "--ledger", "ledger", "--lists", "lists", cwd=folder)
    write_list(folder / "changes.csv", 1_000, 3, "change")
    run("list", "import", "known", "changes.csv", "--ledger", "ledger",
        cwd=folder)
    # The base is in service: a reader has verified it.
    run("match", "--hashes", "--lists", "lists", "-", cwd=folder, text_input="")
    seconds, _, data = measured("list", "publish", "--ledger", "ledger",
                                "--lists", "lists", "--overlay", "--json",
                                cwd=folder)
    table.add(f"1,000 changes to {entries:,} in service go live as an overlay",
              f"{seconds:.2f} s", "< 1",
              data["as"] == "overlay" and data["entries"] == 1_000 and
              seconds < 1, timing=True)
    seconds, mib, data = measured("list", "publish", "--ledger", "ledger",
                                  "--lists", "lists", "--base", "--json",
                                  cwd=folder)
    table.add("and as a new base", f"{seconds:.1f} s", "< 25",
              data["as"] == "base" and seconds < 25, timing=True)


def publish_unchanged(table, folder, entries):
    """A base in which one kind of two has changed."""
    run("list", "publish", "--ledger", "ledger", "--lists", "lists", "--base",
        cwd=folder)
    rng = random.Random(8)
    with open(folder / "md5.csv", "w") as file:
        file.write("kind,hash,key\n")
        for number in range(1_000):
            file.write(f"md5,{rng.randbytes(16).hex()},digest-{number}\n")
    added = json.loads(run("list", "import", "known", "md5.csv", "--ledger",
                           "ledger", "--json", cwd=folder))["added"]
    seconds, _, data = measured("list", "publish", "--ledger", "ledger",
                                "--lists", "lists", "--base", "--json",
                                cwd=folder)
    table.add("a base in which only MD5 values changed",
              f"{seconds:.1f} s, taken over: {', '.join(data['reused'])}",
              "pdq is not built again",
              added == 1_000 and data["reused"] == ["pdq"])


def real_pictures(table, folder, count):
    """Hashes of parts of photographs, and random balanced ones."""
    photographs = _pictures.photographs()
    if not photographs:
        table.note("good values of real pictures held",
                   "skipped: no photographs are installed (./dev setup demo)")
        return
    parts = subprocess.run(
        [RELEASE / "bench" / "picture_parts", str(count), *photographs],
        capture_output=True, text=True, check=True)
    (folder / "parts.csv").write_text(parts.stdout)
    held = json.loads(run("list", "import", "known", "parts.csv", "--ledger",
                          "ledger", "--dry-run", "--json", cwd=folder))
    guards = sum(held["quarantined"].values())
    table.add(f"good values held: parts of {len(photographs)} photographs",
              f"{guards} of {count:,}", "<= 0.01 %",
              held["added"] == count and guards <= count / 10_000)


def live(table, folder):
    """Add -> matches, remove -> stops, in a running match --watch."""
    rng = random.Random(4)
    value = None
    while value is None or not 120 <= int(value, 16).bit_count() <= 136:
        value = rng.randbytes(32).hex()
    with subprocess.Popen(
            [HASHVET, "match", "--watch", "--hashes", "--lists", "lists"],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1) as match:
        def ask():
            match.stdin.write(f"{value},100,asked\n")
            match.stdin.flush()
            return match.stdout.readline().split("\t")[0].strip()

        def until(want, *change):
            began = time.monotonic()
            run(*change, "--ledger", "ledger", cwd=folder)
            run("list", "publish", "--ledger", "ledger", "--lists", "lists",
                "--overlay", cwd=folder)
            while time.monotonic() - began < 30:
                if ask() == want:
                    return time.monotonic() - began
                time.sleep(0.005)
            return 30.0

        silent = ask() == "no_match"
        added = until("match", "list", "add", "known", "--key", "live", value)
        removed = until("no_match", "list", "remove", "known", "live")
        match.stdin.close()
    table.add("add -> matches in a running match --watch", f"{added:.2f} s",
              "< 1", silent and added < 1, timing=True)
    table.add("remove -> stops", f"{removed:.2f} s", "< 1", removed < 1,
              timing=True)


def retro(table, folder, new, stored):
    version = json.loads(run("list", "history", "--ledger", "ledger", "--json",
                             "--limit", 1, cwd=folder))["version"]
    write_list(folder / "new.csv", new, 5, "new")
    run("list", "import", "known", "new.csv", "--ledger", "ledger", cwd=folder)
    write_list(folder / "values.csv", stored, 6, "x")
    with open(folder / "values.csv") as values, \
            open(folder / "new.csv") as some, \
            open(folder / "stored.csv", "w") as out:
        next(values), next(some)
        for number, line in enumerate(values):
            if number % (stored // 100) == 0:
                line = next(some)
            out.write(f"picture-{number},{line.split(',')[0]}\n")
    seconds, mib, _ = measured("retro", "--ledger", "ledger", "--since", version,
                               "-o", "matches.tsv", "stored.csv", cwd=folder,
                               ok=(1,))
    found = sum(1 for _ in open(folder / "matches.tsv"))
    table.add(f"retro-match {new:,} new entries against {stored:,} stored",
              f"{seconds:.1f} s, {found} found", "< 30 s, the 100 planted",
              found == 100 and seconds < 30, timing=True)
    table.add("resident while it matches", f"{mib:.0f} MiB", "< 1024",
              mib < 1024)


def tests(table, short):
    model = Tests("tests/ledger/tests_ledger", "LedgerModelTest.*",
                  {"HASHVET_LEDGER_STEPS": "4000" if short else "1000000"})
    table.add("random histories against a model in memory",
              f"{model.counted.get('steps', 0):,} steps, each compared",
              "equal", model.passed)
    steps = Tests("tests/cli/tests_cli", "*LedgerFaultsTest.Killed*")
    kills = steps.counted.get("kills", 0)
    table.add("kill -9 before every call of add, remove, suppress, import, "
              "publish", bound(0 if steps.passed else 1, kills),
              "all or nothing, and once", steps.passed)
    moments = Tests("tests/cli/tests_cli", "*LedgerKillTest*",
                    {"HASHVET_LEDGER_KILLS": "200" if short else "5000"})
    table.add("kill -9 at random moments",
              bound(0 if moments.passed else 1,
                    moments.counted.get("kills_in_time", 0)),
              "ledger intact", moments.passed)
    faults = Tests("tests/cli/tests_cli", "*LedgerFaultsTest.AnyCall*")
    table.add("full disk and I/O error at every call",
              bound(0 if faults.passed else 1, faults.counted.get("faults", 0)),
              "all or nothing, told", faults.passed)
    carried = Tests("tests/ledger/tests_ledger",
                    "*AValueMatchesWhileAnyActive*")
    told = Tests("tests/cli/tests_cli", "*RemovingTellsWhoStill*")
    table.add("one value in three entries of two lists",
              f"{carried.count + told.count} tests",
              "matches until the third goes, and says by whom",
              carried.passed and told.passed)
    guards = Tests("tests/ledger/tests_ledger", "ValueGuardsTest.*")
    table.add("degenerate and panel values held",
              f"{guards.counted.get('held', 0):,} of "
              f"{guards.counted.get('bad', 0):,}", "all", guards.passed)
    table.add("good values held", f"{guards.counted.get('good_held', 0)} of "
              f"{guards.counted.get('good', 0):,}", "<= 0.01 %", guards.passed)
    files = Tests("tests/ledger/tests_ledger", "LedgerFileTest.*")
    table.add("older schema migrated; newer, damaged, locked, too open refused",
              f"{files.count} tests", "all pass", files.passed)


MUTANTS = [
    Mutant("a transaction split before its checkpoint",
           "src/ledger/ledger_apply.cc",
           "  HASHVET_RETURN_IF_ERROR(WriteCheckpoint(delta, change, list));",
           '  (void)state_->database->Execute("COMMIT; BEGIN IMMEDIATE");\n'
           "  HASHVET_RETURN_IF_ERROR(WriteCheckpoint(delta, change, list));",
           "tests/ledger/tests_ledger",
           "LedgerEntriesTest.ADeltaAndItsCheckpointAreOneTransaction"),
    Mutant("tombstones that are not kept", "src/ledger/state.cc",
           "const uint64_t keep_s = kTombstoneDays * 86'400;",
           "const uint64_t keep_s = 0;", "tests/ledger/tests_ledger",
           "LedgerEntriesTest.ATombstoneOutlivesAReplayedPage"),
    Mutant("removals left out of overlays", "src/ledger/export.cc",
           "    HASHVET_RETURN_IF_ERROR(writer.Remove(number->second, "
           "entry.said.key));\n", "", "tests/ledger/tests_ledger",
           "LedgerExportTest.SmallChangesGoLiveAsAnOverlay"),
    Mutant("what the base has, when kinds are taken over",
           "src/ledger/export.cc",
           "same_lists && !changes->Touch(base, counts.kind)", "same_lists",
           "tests/ledger/tests_ledger",
           "LedgerExportTest.KindsThatNothingChangedOfAreNotBuiltAgain"),
    Mutant("what changed, left out of the base's entries",
           "src/ledger/export.cc", "return changes->Contains(list, key);",
           "return false;", "tests/ledger/tests_ledger",
           "LedgerExportTest.ABaseFromTheOneBeforeIsThatOfEverything"),
    Mutant("the roll-back of what is not committed", "src/ledger/state.cc",
           '  (void)state_->database->Execute("ROLLBACK");\n'
           "  state_->ForgetTexts();",
           '  (void)state_->database->Execute("COMMIT");',
           "tests/ledger/tests_ledger",
           "LedgerEntriesTest.ADryRunIsToldAndTakenBack"),
    Mutant("the hold on what falls or grows too much", "src/ledger/publish.cc",
           "  if (!reason.has_value()) return absl::OkStatus();",
           "  return absl::OkStatus();", "tests/ledger/tests_ledger",
           "LedgerExportTest.AFallIsHeldUnlessItWasTakenBack"),
    Mutant("the guard against few distinct words", "src/ledger/guards.cc",
           "      distinct < kMinDistinctWords) {", "      false) {",
           "tests/ledger/tests_ledger", "ValueGuardsTest.HoldAllThatIsBad"),
]


def negative_controls(table):
    for mutant in MUTANTS:
        why = notices(mutant)
        table.add(f"without it a test fails: {mutant.name}",
                  why or mutant.tests.split(".")[1], "noticed", why is None)


def cut_power(table, cuts):
    why = _power_cut.unavailable()
    if why:
        table.note("power cuts of the ledger", f"skipped: {why}")
        return
    outcome = _power_cut.cut_power_of_ledger(HASHVET, cuts)
    for reason in outcome.reasons[:5]:
        print("  " + reason)
    table.add("power cuts of the ledger (loop-mounted ext4)",
              f"{bound(outcome.broken, outcome.cuts)}, "
              f"{outcome.in_the_middle} while it wrote",
              "every acknowledged commit is there", outcome.broken == 0)


def main():
    table = Table("ledger")
    entries, delta = (200_000, 20_000) if table.short else (10_000_000, 100_000)
    stored = 200_000 if table.short else 10_000_000
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        folder = pathlib.Path(scratch)
        load(table, folder, entries, delta)
        publish(table, folder, entries)
        live(table, folder)
        real_pictures(table, folder, 10_000)
        retro(table, folder, 1_000 if table.short else 10_000, stored)
        publish_unchanged(table, folder, entries)
    tests(table, table.short)
    negative_controls(table)
    cut_power(table, 5 if table.short else 100)
    table.finish()


if __name__ == "__main__":
    main()
