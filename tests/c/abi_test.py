#!/usr/bin/env python3
"""What programs that were built against ABI 1 rely on is still there: no function
is gone or takes anything else, no member of a struct has moved. What is added is
no matter: functions, members behind the last (structs begin with their size).

  abi_test.py INCLUDE BASELINE CC
  abi_test.py --write INCLUDE BASELINE CC    the baseline, for another ABI

abidiff compares libraries by their debug information, and the real one's is that
of C++ inside. So a library is made of the header, each function without a body
to speak of: the compiler holds the real one's functions to the same header, and
exports_test.py its names. Without abidiff it is skipped.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# Of abidiff's report, the lines that lead to a change and are none.
LEADS_TO = re.compile(
    r"(Functions|Variables) changes summary: 0 Removed, .*"
    r"|\d+ functions? with some indirect sub-type changes?:"
    r"|\[C\] 'function .*' has some indirect sub-type changes:"
    r"|(parameter \d+ of|return) type .* (has sub-type changes|changed):"
    r"|in (pointed to|unqualified underlying|referenced) type '.*':"
    r"|underlying type 'struct \w+' changed:"
    r"|\d+ data member insertions?:")
GROWS = re.compile(r"type size changed from (\d+) to \d+ \(in bits\)")
INSERTED = re.compile(r"'.*', at offset (\d+) \(in bits\)")


def is_growth(report):
    """Whether all of it is structs that have grown behind what they were; not in
    their padding: an older program's size would take it for filled in."""
    old_size = None
    for line in filter(None, map(str.strip, report.splitlines())):
        grows, inserted = GROWS.fullmatch(line), INSERTED.fullmatch(line)
        if grows:
            old_size = int(grows[1])
        elif inserted:
            if old_size is None or int(inserted[1]) < old_size:
                return False
        elif LEADS_TO.fullmatch(line):
            if line.startswith("underlying type"):
                old_size = None
        else:
            return False
    return True


# What is tried first: text of the header, what stands there instead, and whether
# that breaks a promise.
CHANGES = (
    ("a function's name", ("hashvet_distance(", "hashvet_nearness("), True),
    ("a parameter's type", ("hashvet_distance(uint32_t kind",
                            "hashvet_distance(uint64_t kind"), True),
    ("a member's type", ("uint32_t pdq_variant;", "uint64_t pdq_variant;"),
     True),
    ("a member between others", ("uint32_t pdq_variant;",
                                 "uint32_t pdq_variant; uint64_t more;"), True),
    ("a member at the end", ("uint64_t max_input_bytes;",
                             "uint64_t max_input_bytes; uint64_t more;"),
     False),
    ("a member after the first of every struct",
     ("struct_size;", "struct_size; uint64_t more;"), True),
    ("a new function", ("HASHVET_C_EXPORT int hashvet_distance(",
                        "HASHVET_C_EXPORT int hashvet_more(int);\n"
                        "HASHVET_C_EXPORT int hashvet_distance("), False),
)


def described(header, folder, compiler):
    """A library with the functions and types of the header's text."""
    source, library = folder / "face.c", folder / "libface.so"
    (folder / "face.h").write_text(header)
    source.write_text('#include "face.h"\n')
    text = subprocess.run([compiler, "-std=c11", "-E", "-P", source],
                          check=True, capture_output=True, text=True).stdout
    bodies, count = re.subn(
        r"(\bhashvet_\w+\s*\([^;{}]*\)\s*);", r"\1 { __builtin_trap(); }",
        re.sub(r"typedef[^;{}]*\([^;]*;", lambda t: t[0].replace(";", "\0"),
               text))
    if count < 40:
        sys.exit(f"got {count} functions in the header, want all of them")
    source.write_text(bodies.replace("\0", ";"))
    subprocess.run([compiler, "-std=c11", "-g", "-O0", "-w", "-shared", "-fPIC",
                    "-o", library, source], check=True)
    return library


def difference(baseline, library):
    """Empty: none that matters."""
    done = subprocess.run(
        ["abidiff", "--no-added-syms", "--no-show-locs", baseline, library],
        capture_output=True, text=True)
    if done.returncode & 3:
        sys.exit(f"abidiff: exit {done.returncode}: {done.stderr}")
    if done.returncode == 0 or is_growth(done.stdout):
        return ""
    return done.stdout


def altered(header, change, instead):
    if header.count(change) < 1:
        sys.exit(f"the header has no such text to change: {change}")
    return header.replace(change, instead)


def main():
    writes = sys.argv[1] == "--write"
    include, baseline, compiler = sys.argv[-3:]
    if shutil.which("abidiff") is None:
        print("skipped: no abidiff: abigail-tools, which `./dev setup test` "
              "installs")
        sys.exit(SKIPPED)
    header = (pathlib.Path(include) / "hashvet/c/hashvet.h").read_text()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        if writes:
            subprocess.run(
                ["abidw", "--no-show-locs", "--no-comp-dir-path",
                 "--no-corpus-path", "--no-elf-needed", "--no-parameter-names",
                 "--out-file", baseline, described(header, folder, compiler)],
                check=True)
            # Where it was made is nobody's business.
            path = pathlib.Path(baseline)
            path.write_text(re.sub(r" path='[^']*'", " path='hashvet.h'",
                                   path.read_text()))
        for what, change, matters in CHANGES:
            other = described(altered(header, *change), folder, compiler)
            if bool(difference(baseline, other)) != matters:
                sys.exit(f"{what}: got {'nothing' if matters else 'a'} "
                         "difference, want the other")
        found = difference(baseline, described(header, folder, compiler))
    if found:
        sys.exit(f"not what ABI 1 promises:\n{found}")
    print("as ABI 1 promises")


if __name__ == "__main__":
    main()
