"""Negative controls: a test that cannot fail proves nothing.

A mutant is one source file with one line changed (a check, a flush or a canary
taken out), compiled by itself and linked into a test program in place of the
real one. The named tests must then fail; unchanged they must pass.
"""

import json
import pathlib
import shlex
import subprocess
import tempfile

from _table import ROOT

RELEASE = ROOT / "build" / "release"


class Mutant:
    """What is taken out, and which tests must notice.

    source   relative to the project
    before   a text that occurs there once; `after` takes its place
    program  a test program of the release build, such as tests/list/tests_list
    tests    a filter of its tests
    """

    def __init__(self, name, source, before, after, program, tests):
        self.name, self.source = name, source
        self.before, self.after = before, after
        self.program, self.tests = program, tests


def _compile_command(source):
    for entry in json.loads((RELEASE / "compile_commands.json").read_text()):
        if entry["file"] == str(ROOT / source):
            return shlex.split(entry["command"])
    raise LookupError(source)


def _link_command(program):
    listed = subprocess.run(["ninja", "-t", "commands", "-s", program],
                            cwd=RELEASE, capture_output=True, text=True,
                            check=True).stdout.strip().splitlines()[-1]
    # ": && c++ … -o program … && :", and what is run after it.
    return shlex.split(listed.split("&&")[1])


def _run(program, tests):
    done = subprocess.run([program, f"--gtest_filter={tests}"], cwd=RELEASE,
                          capture_output=True, text=True, timeout=900)
    ran = "[  PASSED  ] 0 tests" not in done.stdout or done.returncode != 0
    return done.returncode, ran


def notices(mutant):
    """None when the tests pass unchanged and fail with the mutant; else why
    not, in a few words."""
    text = (ROOT / mutant.source).read_text()
    if text.count(mutant.before) != 1:
        return f"{text.count(mutant.before)} places for it in {mutant.source}"
    code, ran = _run(RELEASE / mutant.program, mutant.tests)
    if code != 0 or not ran:
        return f"{mutant.tests} does not pass unchanged"
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        changed = scratch / pathlib.Path(mutant.source).name
        changed.write_text(text.replace(mutant.before, mutant.after))
        compile_it = _compile_command(mutant.source)
        compile_it[compile_it.index("-c") + 1] = str(changed)
        compile_it[compile_it.index("-o") + 1] = str(scratch / "mutant.o")
        compile_it += ["-w", "-Wno-error", f"-I{(ROOT / mutant.source).parent}"]
        built = subprocess.run(compile_it, cwd=RELEASE, capture_output=True,
                               text=True)
        if built.returncode != 0:
            return "does not compile: " + built.stderr[-300:]
        link = _link_command(mutant.program)
        at = link.index("-o") + 1
        link[at] = str(scratch / "mutant")
        # Before the archive: its own member is then not asked for.
        link.insert(at + 1, str(scratch / "mutant.o"))
        linked = subprocess.run(link, cwd=RELEASE, capture_output=True,
                                text=True)
        if linked.returncode != 0:
            return "does not link: " + linked.stderr[-300:]
        code, _ = _run(scratch / "mutant", mutant.tests)
        return None if code != 0 else "nobody notices"
