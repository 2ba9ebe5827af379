"""hashvet-decoder under AddressSanitizer and UBSan, for the real pool.

A report ends the child that makes it without a record, which the pool answers
decoder_failed: a child has no file to write the report to. What it says is
learned by answering the input once more, in a process that may write
(tests/sandbox/answer_files.cc).
"""

import json
import os
import re
import shlex
import subprocess

from _table import ROOT

ASAN = ROOT / "build" / "asan"
PROGRAM = ASAN / "bin" / "hashvet-decoder"
REPLAY = ASAN / "tests" / "sandbox" / "answer_files"

SILENT = "no report when it is answered once more"


def _run(*command, **more):
    return subprocess.run([str(part) for part in command], cwd=ROOT,
                          capture_output=True, text=True, **more)


def build():
    """Whether both programs are there now."""
    if not (ASAN / "build.ninja").exists():
        if _run("cmake", "--preset", "asan").returncode != 0:
            return False
    return _run("cmake", "--build", ASAN, "--target", "hashvet_decoder_program",
                "answer_files").returncode == 0


def environment(program=PROGRAM):
    found = {"HASHVET_DECODER": str(program)}
    for module in ASAN.glob("lib*/**/libhashvet_webcodecs.so"):
        found["HASHVET_MODULE_DIR"] = str(module.parent)
    return found


def planted(scratch):
    """The two programs with a fault of ours in them: each answer reads a byte
    behind a block. None where they cannot be built."""
    source = ROOT / "src" / "decoder" / "answer.cc"
    text = source.read_text()
    before = "  try {\n    FillRecord("
    if text.count(before) != 1:
        return None
    changed = scratch / "answer.cc"
    # Reports name the source that it stands for.
    changed.write_text(f'#line 1 "{source}"\n' + text.replace(
        before, "  volatile char* block = new char[4];\n"
        "  if (block[4 + record.unused] == 3) return;\n" + before))
    programs = [_with_object(changed, source, target, program,
                             scratch / f"planted-{program.name}")
                for target, program in (("hashvet_decoder_program.dir", PROGRAM),
                                        ("answer_files.dir", REPLAY))]
    return programs if all(programs) else None


def _with_object(changed, source, target, program, made):
    """`program`, linked anew as `made` with what `changed` compiles to in the
    place of `source`. None where it cannot be."""
    entries = json.loads((ASAN / "compile_commands.json").read_text())
    (entry,) = (e for e in entries
                if e["file"] == str(source) and target in e["command"])
    compile_it = shlex.split(entry["command"])
    compile_it[compile_it.index("-c") + 1] = str(changed)
    at = compile_it.index("-o") + 1
    real, compile_it[at] = compile_it[at], f"{made}.o"
    if subprocess.run(compile_it + ["-w"], cwd=ASAN).returncode != 0:
        return None
    link = subprocess.run(["ninja", "-t", "commands", "-s",
                           str(program.relative_to(ASAN))], cwd=ASAN,
                          check=True, capture_output=True,
                          text=True).stdout.strip().splitlines()[-1]
    link = shlex.split(link.split("&&")[1])
    link[link.index(real)] = f"{made}.o"
    link[link.index("-o") + 1] = str(made)
    return made if subprocess.run(link, cwd=ASAN).returncode == 0 else None


# Frames of the sanitizers' runtime and of templates of the C++ library, which
# speak for whoever called them.
_BORROWED = re.compile(r"libsanitizer|/usr/include/|/lib/gcc/| in operator (new|delete)"
                       r"| in (__asan|__interceptor|__ubsan|__sanitizer)")


# By name: paths of debug information may be relative, or another checkout's.
_OURS = re.compile(r"\bhashvet::|(^|[ /])(src|include/hashvet)/\w+/\w+\.(cc|h):")


def _where(told):
    """Where a report's fault is: (place, whether our code is to blame). Ours is
    what our code reads or writes itself, and what a codec does with memory that
    our code allocated for it."""
    for line in told:
        if ": runtime error: " in line:  # UBSan names the place first
            place = line.split(": runtime error: ")[0]
            return place, bool(_OURS.search(place + ":"))
    stacks, wanted = [], True
    for line in told:
        if not re.match(r"\s+#\d+ ", line):
            # Whoever started a thread did not do what that does.
            wanted = " created by " not in line
        elif wanted:
            if line.lstrip().startswith("#0 "):
                stacks.append([])
            if not _BORROWED.search(line):
                stacks[-1].append(line.split(" in ", 1)[-1].strip())
    firsts = [stack[0] for stack in stacks if stack]
    for first in firsts:
        if _OURS.search(first):
            return first, True
    return (firsts[0] if firsts else "nowhere"), False


def reports(inputs, replay=REPLAY):
    """What the sanitizers say of inputs that broke their decoder: (what, where,
    whether our code is to blame), once each. A silent one is not cleared: what
    broke the decoder is then not known."""
    found = set()
    for path in inputs:
        done = _run(replay, path, env={
            **os.environ, **environment(),
            "ASAN_OPTIONS": "detect_leaks=0",
            "UBSAN_OPTIONS": "print_stacktrace=1"})
        told = done.stderr.splitlines()
        what = next((line.split("ERROR: ")[-1].split(": runtime error: ")[-1]
                     for line in told
                     if "ERROR: " in line or ": runtime error: " in line), None)
        if what is None:
            found.add((SILENT, f"exit code {done.returncode}", None))
            continue
        what = re.sub(r" on (unknown )?address .*", "", what)
        found.add((what[:80], *_where(told)))
    return found
