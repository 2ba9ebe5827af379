"""hashvet-decoder under AddressSanitizer and UBSan, for the real pool.

A report ends the child that makes it without a record, which the pool answers
decoder_failed: a child has no file to write the report to. What it says is
learned by replaying the input.
"""

import json
import shlex
import subprocess

from _table import ROOT

ASAN = ROOT / "build" / "asan"
PROGRAM = ASAN / "bin" / "hashvet-decoder"


def _run(*command, **more):
    return subprocess.run([str(part) for part in command], cwd=ROOT,
                          capture_output=True, text=True, **more)


def build(target="hashvet_decoder_program"):
    """Whether it is there now."""
    if not (ASAN / "build.ninja").exists():
        if _run("cmake", "--preset", "asan").returncode != 0:
            return False
    return _run("cmake", "--build", ASAN, "--target", target).returncode == 0


def environment(program=PROGRAM):
    found = {"HASHVET_DECODER": str(program)}
    for module in ASAN.glob("lib*/**/libhashvet_webcodecs.so"):
        found["HASHVET_MODULE_DIR"] = str(module.parent)
    return found


def planted(scratch):
    """The same program with a fault of ours in it: each answer reads a byte
    behind a block. None where it cannot be built."""
    source = ROOT / "src" / "decoder" / "answer.cc"
    entries = json.loads((ASAN / "compile_commands.json").read_text())
    (entry,) = (e for e in entries if e["file"] == str(source)
                and "hashvet_decoder_program" in e["command"])
    compile_it = shlex.split(entry["command"])
    before = "  try {\n    FillRecord("
    text = source.read_text()
    if text.count(before) != 1:
        return None
    changed, made = scratch / "answer.cc", scratch / "answer.o"
    changed.write_text(text.replace(
        before, "  volatile char* block = new char[4];\n"
        "  if (block[4 + record.unused] == 3) return;\n" + before))
    compile_it[compile_it.index("-c") + 1] = str(changed)
    real = compile_it[compile_it.index("-o") + 1]
    compile_it[compile_it.index("-o") + 1] = str(made)
    if subprocess.run(compile_it + ["-w"], cwd=ASAN).returncode != 0:
        return None
    link = subprocess.run(["ninja", "-t", "commands", "-s",
                           "bin/hashvet-decoder"], cwd=ASAN, check=True,
                          capture_output=True,
                          text=True).stdout.strip().splitlines()[-1]
    link = shlex.split(link.split("&&")[1])
    link[link.index(real)] = str(made)
    program = scratch / "planted-decoder"
    link[link.index("-o") + 1] = str(program)
    return program if subprocess.run(link, cwd=ASAN).returncode == 0 else None


def reports(inputs):
    """What the sanitizers say of inputs that broke their decoder: (what, where
    first in code of ours or in a codec), once each."""
    found = set()
    if not inputs or not build("replay_decode"):
        return found
    for path in inputs:
        told = _run(ASAN / "tests" / "fuzz" / "replay_decode", path,
                    env=environment()).stderr.splitlines()
        what = next((line.split(": ", 1)[-1][:80] for line in told
                     if "ERROR:" in line or "runtime error" in line),
                    "no report when it is replayed")
        where = next((line.split(" in ", 1)[-1][:80] for line in told
                      if line.lstrip().startswith("#")
                      and str(ROOT / "src") in line), "in a codec")
        found.add((what, where))
    return found
