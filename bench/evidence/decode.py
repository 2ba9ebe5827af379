#!/usr/bin/env python3
"""The promises of decoding strangers' pictures, through the real pool.

  ./dev evidence decode [--short]

Pictures and broken pictures of Debian's packages, damaged further, bombs, and
a child that was taken over.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import _asan_decoder
import _bombs
from _gtest import RELEASE, Tests, bound
from _mutants import Mutant, notices
from _pictures import photographs
from _table import Table, run_json

POOL = RELEASE / "bench" / "decode_pool"
CROWD = RELEASE / "bench" / "decode_crowd"
WORK = RELEASE / "bench" / "decode_work"
SEMANTICS = RELEASE / "bench" / "decode_semantics"
HOSTILE = "tests/sandbox/tests_sandbox"
HOSTILE_DECODER = RELEASE / "tests" / "sandbox" / "hostile_decoder"
ENVIRONMENT = {"HASHVET_DECODER": str(RELEASE / "bin" / "hashvet-decoder")}
for found in RELEASE.glob("lib*/**/libhashvet_webcodecs.so"):
    ENVIRONMENT["HASHVET_MODULE_DIR"] = str(found.parent)

# Nothing of them is committed; ./dev installs them.
PACKAGES = ("gdk-pixbuf-tests", "libjxl-testdata", "golang-golang-x-image-dev",
            "golang-1.19-src", "golang-github-disintegration-imaging-dev",
            "golang-github-rwcarlsen-goexif-dev", "python3-skimage",
            "afl++-doc")
PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic|ico|tga|xpm)$"
                     r"|/fail/|/randomly-modified/", re.IGNORECASE)
DEADLINE_MS = 5000


def corpus():
    names = set()
    for package in PACKAGES:
        listed = subprocess.run(["dpkg", "-L", package], capture_output=True,
                                text=True).stdout.splitlines()
        names.update(name for name in listed
                     if PICTURE.search(name) and os.path.isfile(name))
    return sorted(names)


class LargestChild(threading.Thread):
    """The most memory that a decoder's process was seen to have, in MiB."""

    def __init__(self):
        super().__init__(daemon=True)
        self.mib, self.looks, self.ended = 0, 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.005):
            for status in pathlib.Path("/proc").glob("[0-9]*/status"):
                try:
                    text = status.read_text()
                except OSError:
                    continue
                peak = re.search(r"VmHWM:\s+(\d+) kB", text)
                if text.startswith("Name:\thashvet-decoder") and peak:
                    self.mib = max(self.mib, int(peak[1]) // 1024)
                    self.looks += 1


def inputs(table, scratch):
    names = corpus()
    files = scratch / "files.txt"
    files.write_text("\n".join(names) + "\n")
    count = 20_000 if table.short else 400_000
    got = run_json([POOL, "inputs", files, count, DEADLINE_MS], ENVIRONMENT)
    if got is None:  # the parent did not live to say
        table.add("inputs through the pool", "the program ended", "0 faults",
                  False)
        return
    outcomes = ", ".join(f"{number:,} {name}"
                         for name, number in got["outcomes"].items())
    table.add(f"{got['files']} files and copies damaged by zzuf through the pool, "
              f"in {got['seconds']:.0f} s", f"{got['answers']:,} answers: "
              f"{outcomes}", f"{count:,} answers, 0 faults of the parent",
              got["answers"] == count)
    table.add("answers with a hash and an error, or with neither",
              bound(got["inconsistent"], count), "0", got["inconsistent"] == 0)
    late = max(0.0, got["longest_ms"] - DEADLINE_MS)
    table.add("longest answer beyond its deadline", f"{late:.0f} ms (the "
              f"longest took {got['longest_ms']:.0f} ms)", "<= 50 ms",
              late <= 50)
    grown = got["resident_mib"] - got["resident_early_mib"]
    table.add("memory of the parent, after a quarter and at the end",
              f"{got['resident_early_mib']:.1f} and "
              f"{got['resident_mib']:.1f} MiB", "grows by <= 8 MiB", grown <= 8)
    table.note("children that crashed, programs started anew",
               f"{got['crashes']:,} and {got['restarts']:,}")


def work_of(names, scratch):
    """What each costs a child, told apart from what else the machine does."""
    listed = scratch / "work.txt"
    listed.write_text("\n".join(names) + "\n")
    done = subprocess.run([WORK, listed], capture_output=True, text=True,
                          env={**os.environ, **ENVIRONMENT})
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return rows if done.returncode == 0 and len(rows) == len(names) else None


def sanitized(table, scratch):
    """The same through a decoder with AddressSanitizer and UBSan. Its children
    are slower: a picture may take longer."""
    name = "AddressSanitizer and UBSan in the decoder"
    if table.short and not _asan_decoder.PROGRAM.exists():
        table.note(name, "not built (short form); the long form builds it")
        return
    if not _asan_decoder.build():
        table.add(name, "it does not build", "0 reports", False)
        return
    files, kept = scratch / "files.txt", scratch / "kept"
    kept.mkdir()
    count = 2_000 if table.short else 20_000
    got = run_json([POOL, "inputs", files, count, 30_000, 1, kept],
                   _asan_decoder.environment())
    if got is None:
        table.add(name, "the program ended", "0 reports", False)
        return
    broken = sorted(kept.iterdir())
    reports = _asan_decoder.reports(broken)
    ours, silent = blamed(reports)
    table.add(f"{name}: {got['answers']:,} inputs through the pool, in "
              f"{got['seconds']:.0f} s",
              f"{got['crashes']} children ended by a report, {ours} places "
              f"in our code, {silent} that were not told again",
              f"{count:,} answers, 0 reports in our code, all told",
              got["answers"] == count and not ours and not silent
              and len(broken) == got["crashes"])
    for what, where, _ in sorted(reports, key=str):
        table.note(f"report: {where}", what)
    planted_fault(table, files, scratch)


def blamed(reports):
    """Places in our code, and kinds of silence."""
    return (len({where for _, where, is_ours in reports if is_ours}),
            sum(is_ours is None for _, _, is_ours in reports))


def planted_fault(table, files, scratch):
    """The same judgement of a decoder that has a fault of ours."""
    programs = _asan_decoder.planted(scratch)
    kept = scratch / "kept_planted"
    kept.mkdir()
    count = 40
    hurt = programs and run_json(
        [POOL, "inputs", files, count, 30_000, 1, kept],
        _asan_decoder.environment(programs[0]))
    crashes = hurt["crashes"] if hurt else 0
    broken = sorted(kept.iterdir())
    reports = programs and _asan_decoder.reports(broken[:10], programs[1])
    ours, silent = blamed(reports or ())
    told = ours == 1 and silent == 0 and len(reports) == 1
    table.add("taken out: a fault planted in that decoder's answers",
              f"{crashes} of {count} children ended by a report, "
              f"{'ours' if told else 'not told as ours'}", "all, ours",
              crashes == count == len(broken) and told)


def deadlines(table):
    """Children that never end, each killed at a deadline that is short here."""
    deadline_ms, times = 400, 8 if table.short else 80
    got = run_json([CROWD, "late", HOSTILE_DECODER, deadline_ms, times])
    name = "children that spin, sleep, or answer and spin"
    if got is None:
        table.add(name, "the program ended", "0 faults", False)
        return
    table.add(f"{name}: {got['answers']} on {got['callers']} threads with a "
              f"deadline of {deadline_ms} ms", f"{got['others']} answered other "
              f"than timeout, {got['earliest_ms']:.1f} ms after it at the "
              "earliest", "0, none before it",
              got["answers"] == 6 * times and got["others"] == 0
              and got["earliest_ms"] >= 0)
    table.add("the latest of these answers beyond its deadline",
              f"{got['latest_ms']:.1f} ms ({got['median_ms']:.1f} ms at the "
              "median)", "<= 50 ms", got["latest_ms"] <= 50, timing=True)


def beside(got, which):
    return f"{got['alone'][which]:.2f} to {got['beside'][which]:.2f} ms"


def bombs(table, scratch, good):
    folder = scratch / "bombs"
    folder.mkdir()
    names = []
    for number, content in enumerate(_bombs.all_bombs()):
        path = folder / str(number)
        path.write_bytes(content)
        names.append(str(path))
    table.add("bombs of at most 10 kB", f"{len(names)}", ">= 500",
              len(names) >= 500)
    listed = scratch / "bombs.txt"
    # In the short form a part of them, of every kind.
    sent = names[::9] if table.short else names
    listed.write_text("\n".join(sent) + "\n")
    watch = LargestChild()
    watch.start()
    got = run_json([CROWD, "beside", good, listed, 2, 2], ENVIRONMENT)
    watch.ended.set()
    watch.join()
    if got is None:
        table.add("bombs", "the program ended", "0 faults", False)
        return
    outcomes = dict(got["outcomes"])
    table.add("good pictures beside them, one request in ten a bomb, that were "
              "not hashed", outcomes.pop("good picture not hashed", 0), "0",
              "good picture not hashed" not in got["outcomes"])
    table.note(f"what {len(sent)} bombs were answered with",
               ", ".join(f"{n} {name}" for name, n in outcomes.items()))
    table.add(f"largest decoder process, {watch.looks:,} looks",
              f"{watch.mib} MiB", "<= 512 MiB", 0 < watch.mib <= 512)
    work = work_of(names, scratch)
    if work is None:
        table.add("processor time of bombs", "no answer", "an answer", False)
    else:
        each = [row["processor_ms"] for row in work]
        longest = max(work, key=lambda row: row["processor_ms"])
        mean = sum(each) / len(each)
        table.add(f"processor time of a bomb, mean of {len(work)}",
                  f"{mean:.1f} ms", "<= 25 ms", mean <= 25)
        table.add("the most of one", f"{max(each):.0f} ms (answered "
                  f"{longest['outcome']})", "<= 500 ms", max(each) <= 500)
        # Told by the kernel at each one's end: a look may miss a short child.
        peak = max(row["peak_mib"] for row in work)
        table.add("the most memory of one", f"{peak} MiB", "<= 512 MiB",
                  0 < peak <= 512)
        table.add("bombs that broke their process or ran out of its time",
                  bound(sum(row["outcome"] in ("crashed", "timeout")
                            for row in work), len(work)), "0",
                  all(row["outcome"] not in ("crashed", "timeout")
                      for row in work))
    slower = got["beside"]["median_ms"] / got["alone"]["median_ms"] - 1
    table.add("good pictures beside bombs, slower at the median",
              f"{100 * slower:.0f} % ({beside(got, 'median_ms')})", "< 20 %",
              slower < 0.2, timing=True)
    table.note("the same, mean and 95th percentile",
               f"{beside(got, 'mean_ms')}; {beside(got, 'p95_ms')}")
    # There somebody waits for a bomb to end.
    got = run_json([CROWD, "beside", good, listed, 2, 6], ENVIRONMENT)
    if got is not None:
        table.note("six callers on two lanes: median, mean and 95th percentile",
                   "; ".join(beside(got, which) for which in
                             ("median_ms", "mean_ms", "p95_ms")))


# Group: its bar in bits, and what it is.
SEMANTICS_BARS = {
    "orientations of JPEG": (2, "all 8, against the upright one"),
    "orientations of WebP": (2, "all 8, against the upright one"),
    "orientations of TIFF": (2, "all 8, against the upright one"),
    "colour modes": (2, "JPEG grey, YCbCr, RGB, CMYK, YCCK; PNG of a palette, "
                     "with alpha, of 16 bits, grey and colour; TIFF; BMP: "
                     "against PNG of RGB, or of grey where luma of 8 bits is "
                     "all they hold"),
    # More than the colour modes' bar: 8 bits of luma are another picture.
    "rounding of luma to 8 bits": (4, "PNG of grey against PNG of RGB"),
    "transparent over white": (0, "against the picture flattened so"),
    "transparent over black": (0, "against the picture flattened so"),
    "palette": (4, "of 128 colours, against RGB of these"),
    "gif": (10, "of a photograph, 128 colours, against its source"),
}


CUT = ("JPEG", "progressive JPEG", "PNG", "WebP", "GIF")


def semantics(table):
    photos = photographs()
    got = run_json([SEMANTICS, *(photos[::4] if table.short else photos)],
                   ENVIRONMENT)
    for name, (bar, what) in SEMANTICS_BARS.items():
        group = (got or {}).get(name)
        if group is None:
            table.add(f"{name}: {what}", "no answer", f"<= {bar} bits", False)
            continue
        table.add(f"{name}: {what}", f"{group['most_bits']} bits at most, of "
                  f"{group['files']} files, {group['failed']} not hashed or "
                  f"not flagged", f"<= {bar} bits, 0 not hashed",
                  group["most_bits"] <= bar and group["failed"] == 0)
    for name in CUT:
        cut = {percent: (got or {}).get(f"truncated {name} at {percent} %")
               for percent in (90, 95, 99)}
        if None in cut.values():
            table.add(f"truncated {name}", "no answer", "an answer", False)
            continue
        failed = sum(group["failed"] for group in cut.values())
        table.add(f"truncated {name}: hashed, and flagged", f"{failed} of "
                  f"{sum(group['files'] for group in cut.values())} not", "0",
                  failed == 0)
        # Where the rest of the bytes was many rows, another picture is left,
        # whatever stands in their place.
        table.add(f"truncated {name}, 99, 95 and 90 % of its bytes there, "
                  f"within 31 bits of the whole",
                  f"{cut[99]['within_31']}, {cut[95]['within_31']} and "
                  f"{cut[90]['within_31']} of {cut[90]['files']}", "all",
                  all(c["within_31"] == c["files"] for c in cut.values()))
    modes, once = ((got or {}).get(name, {"files": 0})["files"] for name in
                   ("colour modes", "rounding of luma to 8 bits"))
    table.add("colour modes of each photograph",
              f"{modes / once if once else 0:g}", "13", modes == 13 * once > 0)


# What, ending, sides; bars of the overhead in ms and of the throughput.
COSTS = (("JPEG of 1 megapixel", "1.jpg", 1152, 864, 0.5, 0.85),
         ("JPEG of 12 megapixels", "12.jpg", 4032, 3024, None, 0.97),
         *((f"{name} of 1 megapixel", f"1.{name.lower()}", 1152, 864, 2.5, None)
           for name in ("PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC")))


def costs(table, scratch, photo):
    maker = RELEASE / "bench" / "make_photo"
    for what, file, width, height, overhead_bar, throughput_bar in COSTS:
        repetitions = 40 if table.short or not file.endswith(".jpg") else 400
        path = scratch / file
        made = subprocess.run([maker, photo, path, str(width), str(height),
                               "90"], check=False)
        if made.returncode == 3:
            table.note(f"cost of the pool, {what}", "no encoder for it here")
            continue
        got = run_json([POOL, "cost", path, repetitions], ENVIRONMENT)
        if got is None:
            table.add(f"cost of the pool, {what}", "no answer", "an answer",
                      False)
            continue
        if overhead_bar is not None:
            table.add(f"pool against in-process, {what}, median of "
                      f"{repetitions}", f"{got['overhead_ms']:.2f} ms more "
                      f"({got['in_process_ms']:.2f} to "
                      f"{got['sandboxed_ms']:.2f})", f"<= {overhead_bar} ms",
                      got["overhead_ms"] <= overhead_bar, timing=True)
        # On a busy machine this is what can be told.
        more = got["sandboxed_processor_ms"] - got["in_process_processor_ms"]
        table.note(f"processor time, {what}",
                   f"{got['in_process_processor_ms']:.2f} ms in-process, "
                   f"{got['sandboxed_processor_ms']:.2f} ms in the pool: "
                   f"{more:.2f} ms more")
        if throughput_bar is not None:
            table.add(f"throughput with all processors, {what}",
                      f"{100 * got['throughput_part']:.0f} % of in-process",
                      f">= {100 * throughput_bar:.0f} %",
                      got["throughput_part"] >= throughput_bar, timing=True)


def hostile_child(table):
    calls = Tests(HOSTILE, "HostileChildTest.NoSystemCall*")
    table.add("system calls that a taken-over child tried",
              f"{calls.counted.get('tried', 0):,} tried, "
              f"{calls.counted.get('killed', 0):,} ended it, "
              f"{calls.counted.get('refused', 0)} refused",
              "0 beyond those of computing", calls.passed)
    blocked = re.search(r"^blocked: .*$", calls.output, re.MULTILINE)
    table.note("the numbers that end it", blocked[0] if blocked else "not told")
    rest = Tests(HOSTILE, "HostileChildTest.*:Degraded*-*NoSystemCall*")
    table.add("files, sockets, signals, memory, lies, endless and short "
              "answers, sleep", f"{rest.count} tests", "0 succeed, 0 faults of "
              "the parent", rest.passed)
    secrecy = Tests(HOSTILE, "SecrecyTest.*")
    table.add("a list's value and a key in the parent, in the memory and "
              "descriptors of the decoder's processes", f"{secrecy.count} test",
              "0 hits", secrecy.passed)
    around = Tests(HOSTILE, "DecoderPoolTest.*:*LieTest*:RecordTest.*")
    table.add("program missing, other version, killed; descriptors exhausted; "
              "queue, breaker, fork, SIGCHLD; 29 lies in the record",
              f"{around.count} tests", "all pass", around.passed)


MUTANTS = (
    Mutant("a quality above 100 passes", "src/sandbox/record.cc",
           "if (pdq.quality > 100)", "if (false)", HOSTILE, "*LieTest*"),
    Mutant("unused bytes are not looked at", "src/sandbox/record.cc",
           "if (!AllZero(", "if (false && !AllZero(", HOSTILE, "*LieTest*"),
    Mutant("any reason passes", "src/sandbox/record.cc",
           "if (end == record.reason.end() ||", "if (false &&", HOSTILE,
           "*LieTest*"),
    Mutant("a showing twice passes", "src/sandbox/showing_slots.cc",
           "|| PlaceOf(slot) <= last", "", HOSTILE, "RecordTest.*"),
    Mutant("over black is never another picture", "src/picture/showings.cc",
           "hashes.flags.alpha_dual = true;", "return false;",
           "tests/picture/tests_picture", "ShowingsTest.*"),
    Mutant("rows that a band still needs are forgotten",
           "src/hashers/row_downsample.cc",
           "std::min(sampler_.rows().firsts()[band_], row_ - 1)", "row_ - 1",
           "tests/hashers/tests_hashers", "PdqRowsTest.*"),
    Mutant("a blank first frame speaks for all", "src/matcher/matcher.cc",
           "if (IsShowing(more)) best = std::max(best, more.quality);", "",
           "tests/matcher/tests_matcher", "MatcherTest.*"),
    Mutant("bars are overlooked", "src/hashers/trim.cc",
           "found_ |= IsWithin(line_, LevelsOf(line_, variant_, std::nullopt));",
           "", "tests/hashers/tests_hashers", "PdqRowsTest.*"),
    Mutant("a few bytes may state any number of pixels",
           "src/decode/decode_rows.cc", "if (pixels > kMaxSparsePixels &&",
           "if (false &&", "tests/decode/tests_decode", "DecodeTest.AFew*"),
    Mutant("no memory is predicted", "src/decode/decode_rows.cc",
           "if (memory_bytes > kMaxPredictedBytes)", "if (false)",
           "tests/decode/tests_decode", "DecodeTest.MemoryIs*"),
    Mutant("scans may go over any number of blocks", "src/decode/jpeg.cc",
           "std::clamp(kMaxScanBlocks", "std::clamp(1000 * kMaxScanBlocks",
           "tests/decode/tests_decode", "JpegTest.ScansOver*"),
    Mutant("libjpeg's grey blocks are taken for the picture's end",
           "src/decode/jpeg.cc", "if (in_order && y > 0 &&", "if (false &&",
           "tests/decode/tests_decode", "JpegTest.Truncated*"),
    Mutant("a forked child uses its parent's pool",
           "src/sandbox/decoder_pool.cc", "if (getpid() != owner_)",
           "if (false)", HOSTILE, "*ForkedChild*"),
    Mutant("everything waits", "src/sandbox/decoder_pool.cc",
           "if (waiting_.size() >= options_.max_waiting)", "if (false)", HOSTILE,
           "*MayWaitAreShed*"),
    Mutant("any version will do", "src/sandbox/connection.cc",
           "version != HASHVET_VERSION", "false", HOSTILE, "*OtherProgram*"),
    Mutant("a decoder started anew may be confined by less",
           "src/sandbox/decoder_pool.cc",
           "if (now.seccomp < confinement_.seccomp ||", "if (false &&", HOSTILE,
           "DegradedRestartTest.*"),
    Mutant("what holds the decoder down is not counted",
           "src/sandbox/decoder_pool.cc",
           ".Set(confinement.landlock != 0 ? 1 : 0);", ".Set(1);", HOSTILE,
           "DegradedMetricTest.*"),
    Mutant("the starter's descriptors stay open",
           "src/sandbox/started_program.cc", "close_range(3, ~0u, 0) == 0",
           "true", HOSTILE, "SecrecyTest.*"),
    Mutant("the program is a child of its starter's",
           "src/sandbox/started_program.cc",
           "clone(RunOrphan, middle", "clone(Run, middle", HOSTILE,
           "*ChildrenAreItsOwn*"),
)


def negative_controls(table):
    for mutant in MUTANTS:
        why = notices(mutant)
        table.add(f"taken out: {mutant.name}", why or "a test fails",
                  "a test fails", why is None)


def main():
    table = Table("decode")
    # A real photograph, of 2 megapixels.
    photo = next(name for name in corpus() if name.endswith("/flower.png"))
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        hostile_child(table)
        semantics(table)
        costs(table, scratch, photo)
        deadlines(table)
        bombs(table, scratch, scratch / "1.jpg")
        inputs(table, scratch)
        sanitized(table, scratch)
    negative_controls(table)
    table.finish()


if __name__ == "__main__":
    main()
