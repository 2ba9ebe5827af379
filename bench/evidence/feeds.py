#!/usr/bin/env python3
"""./dev evidence feeds [--short]: what a source says is what the ledger holds,
whatever happens on the way. Random histories, kills, incidents of public
systems, hostile bodies, TLS, zones and clocks, speed, withdrawals."""

import json
import os
import pathlib
import subprocess
import tempfile
import time

from _gtest import RELEASE, Tests, bound
from _table import Table

HASHVET = RELEASE / "bin" / "hashvet"
SIMULATOR = RELEASE / "tests" / "feeds" / "feed_simulator"
FEEDS = "tests/feeds/tests_feeds"
SECRET = {**os.environ, "SECRET": "user:secret"}


def run(*arguments, cwd):
    done = subprocess.run([HASHVET, *map(str, arguments)], cwd=cwd, env=SECRET,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def measured(*arguments, cwd):
    """Seconds, peak resident MiB and JSON of a command."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([HASHVET, *map(str, arguments)], cwd=cwd,
                                   stdout=out, env=SECRET)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        if process.returncode != 0:
            raise RuntimeError(f"{arguments}: exit {process.returncode}")
        out.seek(0)
        lines = out.read().splitlines()
    return seconds, usage.ru_maxrss / 1024, json.loads(lines[-1])


class Simulator:
    """The source, as a program beside."""

    def __init__(self, entries, *how):
        self.process = subprocess.Popen(
            [SIMULATOR, str(entries), *how], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)
        self.base = self.process.stdout.readline().strip()

    def delete(self, key):
        self.process.stdin.write(f"delete {key}\n")
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def make_list(folder, name, *feed):
    run("list", "create", name, "--ledger", "ledger", cwd=folder)
    run("feed", "add", name, "--ledger", "ledger", *feed, cwd=folder)


PROTOCOLS = (("NCMEC", "NcmecHistoryTest"), ("StopNCII", "StopNciiHistoryTest"),
             ("ThreatExchange", "ThreatExchangeHistoryTest"),
             ("TCAP", "TcapHistoryTest"), ("peer", "PeerHistoryTest"))


def histories(table, short):
    env = {} if short else {"HASHVET_FEED_HISTORIES": "2000"}
    # About every second process ends before its turn to be killed comes.
    kill_env = {} if short else {"HASHVET_FEED_HISTORIES": "4000"}
    least_kills = 1 if short else 1000
    for name, suite in PROTOCOLS:
        ends = Tests(FEEDS, f"{suite}.EndAsTheSource", env)
        count = ends.counted.get("histories", 0)
        table.add(f"{name}: random histories, with faults and restarts",
                  bound(0 if ends.passed else 1, count),
                  "0 lost, 0 resurrected", ends.passed)
        kills = Tests(FEEDS, f"{suite}.Killed*", kill_env)
        count = kills.counted.get("kills", 0)
        table.add(f"{name}: kill -9 between any two steps",
                  bound(0 if kills.passed else 1, count),
                  "the ledger ends as the source", kills.passed and count >= least_kills)


def incidents(table):
    for what, tests in (
            ("1744: paging URL with another end time", "*1744*"),
            ("1105, 1118: checkpoint by the newest time", "*1105And1118*"),
            ("1679, 1731: more in a second than a page", "*1679And1731*"),
            ("1609, 1618: a half-length hash", "*1609And1618*"),
            ("2004, 2005: a page that is never whole", "*2004And2005*"),
            ("1668: a list without checkpoint", "*1668*"),
            ("1318: lists of none, one, two and three hashes", "*1318*"),
            ("834, 1269: ThreatExchange's tombstones and checkpoint",
             "*834*:*1269*"),
            ("a stale clear before a refetch", "*ServesTheOldUntil*"),
            ("StopNCII importer: withdrawals never apply",
             "*StopNciiImporter*"),
            ("one of several cases is withdrawn, another comes",
             "*AWithdrawalOfOneOfSeveralCases*"),
            ("upper-case MD5", "*UpperCaseMd5*"),
            ("the server's clock steps back", "*ClockStepsBack*")):
        done = Tests(FEEDS, tests)
        table.add(what, f"{done.count} tests", "a test of that name passes",
                  done.passed)


def reloads(table, short):
    done = Tests(FEEDS, "*1813And1839*",
                 {} if short else {"HASHVET_FEED_HISTORIES": "10000"})
    table.add("1813, 1839: memory over reloads; pages shared, not copied",
              f"{done.counted.get('reloads', 0):,} reloads", "< 1 % more",
              done.passed)


def peer(table):
    done = Tests(FEEDS, "PeerRefusalTest.*")
    table.add("peer: unsigned, another's, rolled back, frozen, mixed",
              f"{done.count} tests", "0 accepted, the old serves", done.passed)
    done = Tests("tests/cli/tests_cli_feed", "*AnExportIsReadBack*")
    table.add("feed export, read back in every form", f"{done.count} test",
              "the same list", done.passed)


def hostile(table):
    done = Tests(FEEDS, "HostileTextTest.*:TransportTest.StopsAtIts*")
    table.add("hostile bodies (31 texts, gzip bomb, endless stream)",
              f"{done.count} tests", "typed error, < 64 MiB each", done.passed)
    done = Tests(FEEDS, "TlsTest.*:TransportTest.Redirects*")
    table.add("wrong authority, name, pin, expired; redirects elsewhere",
              f"{done.count} tests", "0 accepted", done.passed)
    done = Tests("tests/cli/tests_cli_feed", "*RequestsAreTheSame*")
    table.add("Tokyo, New York, ten years either way", f"{done.count} tests",
              "byte-identical requests, no loss", done.passed)


def speed(table, folder, entries):
    with Simulator(entries) as simulator:
        make_list(folder, "fast", "--protocol", "ncmec", "--base",
                  simulator.base, "--credential", "env:SECRET")
        seconds, mib, data = measured("feed", "sync", "fast", "--once",
                                      "--ledger", "ledger", "--json",
                                      cwd=folder)
    table.add(f"{entries:,} NCMEC entries, simulator to ledger",
              f"{seconds:.1f} s", "< 60 s a million",
              data["added"] == entries and seconds < 60 * entries / 1e6,
              timing=True)
    table.add("resident meanwhile", f"{mib:.0f} MiB", "< 400", mib < 400)


def one_second(table, folder, entries):
    """1679, 1731: it ends, with all of them, and page by page."""
    with Simulator(entries, "burst") as simulator:
        make_list(folder, "burst", "--protocol", "ncmec", "--base",
                  simulator.base, "--credential", "env:SECRET")
        _, mib, data = measured("feed", "sync", "burst", "--once", "--ledger",
                                "ledger", "--json", cwd=folder)
    table.add(f"{entries:,} NCMEC entries of one second",
              f"{data['added']:,} in {data['pages']:,} pages",
              "all, and an end", data["added"] == entries and data["complete"])
    table.add("resident meanwhile", f"{mib:.0f} MiB", "< 400", mib < 400)


def write_vics(path, size_bytes):
    """A VICS 1.3 file; how many media."""
    count = 0
    with open(path, "w") as out:
        out.write('{"odata.metadata": "x/DataModels/1.3.xml#Media", "value": [')
        written = 0
        while written < size_bytes:
            block = []
            for _ in range(1000):
                digest = os.urandom(36).hex()
                block.append(json.dumps({
                    "MediaID": count, "Category": 1 + count % 2,
                    "MD5": digest[:32].upper(), "SHA1": digest[32:],
                    "MediaSize": 123456, "MimeType": "image/jpeg",
                    "DateUpdated": "2020-01-02T03:04:05Z",
                    "VictimIdentified": "False", "IsDistributed": "True",
                    "Series": None, "Comments": "x" * 200}))
                count += 1
            text = ("," if written else "") + ",".join(block)
            written += out.write(text)
        out.write("]}")
    return count


def vics(table, folder, size_bytes):
    count = write_vics(folder / "media.json", size_bytes)
    share = size_bytes / 1e9
    parsed = Tests(FEEDS, "FileFeedTest.VicsIsReadAsItComes",
                   {"HASHVET_VICS_FILE": str(folder / "media.json"),
                    "HASHVET_VICS_MEDIA": str(count)})
    parse_s = parsed.counted.get("ms", 0) / 1000
    table.add(f"VICS file of {size_bytes / 1e6:,.0f} MB, parsed alone",
              f"{parse_s:.1f} s", "< 40 s a GB",
              parsed.passed and 0 < parse_s < 40 * share, timing=True)
    make_list(folder, "vics", "--protocol", "file", "--option",
              f"path={folder / 'media.json'}", "--option", "format=vics")
    seconds, mib, data = measured("feed", "sync", "vics", "--once", "--ledger",
                                  "ledger", "--json", cwd=folder)
    table.add(f"VICS file of {size_bytes / 1e6:,.0f} MB ({count:,} media) into "
              "the ledger", f"{seconds:.1f} s", "< 150 s a GB",
              data["added"] == count and seconds < 150 * share, timing=True)
    table.add("resident meanwhile", f"{mib:.0f} MiB", "< 400", mib < 400)


def withdrawal(table):
    done = Tests("tests/cli/tests_cli_feed", "*AWithdrawalReaches*")
    table.add("withdrawn at the source -> no match in match --watch",
              f"{done.count} test", "poll interval + 5 s", done.passed)


def main():
    table = Table("feeds")
    histories(table, table.short)
    incidents(table)
    reloads(table, table.short)
    peer(table)
    hostile(table)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        folder = pathlib.Path(scratch)
        speed(table, folder, 50_000 if table.short else 1_000_000)
        one_second(table, folder, 20_000 if table.short else 1_000_000)
        vics(table, folder, 30_000_000 if table.short else 1_000_000_000)
    withdrawal(table)
    table.finish()


if __name__ == "__main__":
    main()
