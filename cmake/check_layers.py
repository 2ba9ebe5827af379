#!/usr/bin/env python3
"""Holds every include of the tree against the layer table.

The table is ARCHITECTURE.md's, as data. A file of include/hashvet/<layer>/ or
src/<layer>/ may include its own layer, the layers its row names, the C++
library, and the outside libraries its row names. Nothing else.

  check_layers.py ROOT              check the tree; exit 1 with a line a breach
  check_layers.py ROOT --self-test  plant breaches in a copy; each must be found
"""

import pathlib
import re
import shutil
import sys
import tempfile

# layer: (layers it may use, outside libraries it may use)
LAYERS = {
    "base": ((), ("absl", "xxhash", "system")),
    "hash": (("base",), ("absl", "openssl")),
    "audit": (("base", "hash"), ("absl", "rapidjson", "system")),
    "kernels": ((), ("intrinsics",)),
    "index": (("base", "hash", "kernels"), ("absl", "system")),
    "list": (("base", "hash", "index"),
             ("absl", "openssl", "rapidjson", "system")),
    "matcher": (("base", "hash", "index", "list"),
                ("absl", "system", "tomlplusplus")),
    "ledger": (("base", "hash", "index", "list"),
               ("absl", "sqlite", "system")),
    "feeds": (("base", "hash", "list", "ledger"),
              ("absl", "curl", "expat", "rapidjson", "system")),
    "pixels": (("base",), ("absl",)),
    "decode": (("base", "pixels"), ("absl", "jpeg", "system")),
    "hashers": (("base", "hash", "pixels", "kernels"), ("absl",)),
    "picture": (("base", "hash", "pixels", "decode", "hashers"), ("absl",)),
    "sandbox": (("base", "hash"), ("absl", "system")),
    "opencv": (("base", "hash", "pixels", "hashers"), ("absl", "opencv")),
    "c": (("base", "hash", "index", "list", "matcher", "pixels", "hashers",
           "decode", "picture", "sandbox"), ("absl", "system")),
}
# Parts of a layer that are a target of their own, with more libraries.
PARTS = {
    # The modules opened on first use: the only places that meet these codecs.
    "src/decode/imgcodecs": ("opencv",),
    "src/decode/heifcodecs": ("heif", "dav1d", "system"),
    "src/decode/webcodecs": ("png", "gif", "webp"),
}
PROGRAMS = {
    "cli": ("absl", "cli11", "rapidjson", "system"),
    "decoder": ("absl", "seccomp", "system"),
    "kafka": ("absl", "cli11", "rapidjson", "librdkafka", "system"),
}

LIBRARIES = {  # how an include of each library begins
    "absl": ("absl/",),
    "openssl": ("openssl/",),
    "xxhash": ("xxhash.h",),
    "jpeg": ("jpeglib.h", "jerror.h"),
    "opencv": ("opencv2/",),
    "heif": ("libheif/",),
    "dav1d": ("dav1d/",),
    "png": ("png.h",),
    "gif": ("gif_lib.h",),
    "webp": ("webp/",),
    "cli11": ("CLI/",),
    "seccomp": ("seccomp.h",),
    "rapidjson": ("rapidjson/",),
    "tomlplusplus": ("toml++/",),
    "sqlite": ("sqlite3.h",),
    "curl": ("curl/",),
    "expat": ("expat.h",),
    "librdkafka": ("librdkafka/",),
    "intrinsics": ("immintrin.h", "arm_neon.h"),
    "system": ("fcntl.h", "unistd.h", "dlfcn.h", "sched.h", "stdlib.h",
               "setjmp.h", "signal.h", "link.h", "sys/", "poll.h", "linux/",
               "spawn.h", "grp.h", "pwd.h", "string.h", "syslog.h"),
}
# The one header of ours that C compilers read.
C_HEADER = "include/hashvet/c/hashvet.h"
# Kernel files are built for wider CPUs: no C++ header, whose inline code the
# linker could hand to everyone. targets.cc is built for the baseline.
C_HEADERS = {"stddef.h", "stdint.h"}
KERNEL_BASELINE = {"src/kernels/targets.cc", "src/kernels/targets.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def breaches_of_file(root, path, layer, program):
    """Yields one line for each include that the table does not allow."""
    relative = path.relative_to(root).as_posix()
    uses, libraries = ((), PROGRAMS[layer]) if program else LAYERS[layer]
    for part, more in PARTS.items():
        if relative.startswith(part + "/"):
            libraries = libraries + more
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(2)
        where = f"{relative}:{number}"
        own = re.match(r"(?:hashvet|src)/([a-z_]+)/", target)
        if own:
            if program or own.group(1) in uses + (layer,):
                continue
            yield f"{where}: {layer} may not use {own.group(1)} ({target})"
            continue
        library = next((name for name, starts in LIBRARIES.items()
                        if target.startswith(starts)), None)
        if layer == "kernels" and relative not in KERNEL_BASELINE:
            if target in C_HEADERS or library in libraries:
                continue
            yield f"{where}: a kernel file may not include {target}"
        elif relative == C_HEADER and target in C_HEADERS:
            continue
        elif library is None:
            # The C++ library's own headers have neither a dot nor a slash.
            if match.group(1) == "<" and not re.search(r"[./]", target):
                continue
            # A C library that needs <cstdio> first is said in LIBRARIES.
            yield f"{where}: {target} is of no library in the table"
        elif library not in libraries:
            yield f"{where}: {layer} may not use {library} ({target})"


def breaches_of_tree(root):
    for top in (root / "include" / "hashvet", root / "src"):
        for path in sorted(top.rglob("*")):
            if path.suffix not in (".h", ".cc", ".inc"):
                continue
            layer = path.relative_to(top).parts[0]
            program = top.name == "src" and layer in PROGRAMS
            if not program and layer not in LAYERS:
                yield f"{path.relative_to(root)}: {layer} is no layer"
                continue
            yield from breaches_of_file(root, path, layer, program)


PLANTS = [  # (file to append to, include to plant, must be told)
    ("src/index/flat_index.cc", '"hashvet/list/list_entry.h"', "may not use list"),
    ("src/matcher/matcher.cc", '"hashvet/decode/decode.h"', "may not use decode"),
    ("src/hashers/pdq.cc", "<opencv2/core.hpp>", "may not use opencv"),
    ("src/decode/decode.cc", "<opencv2/imgcodecs.hpp>", "may not use opencv"),
    ("src/kernels/hamming_avx2.cc", "<vector>", "kernel file may not include"),
    ("src/hash/text.cc", "<libusb.h>", "of no library"),
    ("src/ledger/ledger.cc", "<curl/curl.h>", "may not use curl"),
    ("src/feeds/sync.cc", '"hashvet/matcher/matcher.h"',
     "may not use matcher"),
    ("src/audit/audit_log.cc", '"hashvet/list/list_entry.h"',
     "may not use list"),
    ("src/list/list_entry.cc", "<sqlite3.h>", "may not use sqlite"),
    ("src/ledger/guards.cc", '"hashvet/matcher/matcher.h"',
     "may not use matcher"),
    ("src/sandbox/decoder_pool.cc", '"hashvet/decode/decode.h"',
     "may not use decode"),
    ("src/list/list_policy.cc", "<toml++/toml.h>", "may not use tomlplusplus"),
]


def self_test(root):
    """Each planted breach must be found: a check that cannot fail is none."""
    failures = 0
    for name, include, want in PLANTS:
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch)
            for part in ("include", "src"):
                shutil.copytree(root / part, copy / part)
            with open(copy / name, "a") as file:
                file.write(f"\n#include {include}\n")
            found = [b for b in breaches_of_tree(copy)
                     if b.startswith(name) and want in b]
            if not found:
                print(f"planted {include} in {name}: not found")
                failures += 1
    print(f"{len(PLANTS)} breaches planted, {len(PLANTS) - failures} found")
    return failures


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    if "--self-test" in sys.argv[2:]:
        return 1 if self_test(root) else 0
    breaches = list(breaches_of_tree(root))
    print("\n".join(breaches) or "layers: no breach")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
