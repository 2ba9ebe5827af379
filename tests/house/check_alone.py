#!/usr/bin/env python3
"""Holds each file of a program to including what it uses.

  check_alone.py BUILD TARGET FILE…   parses each FILE as BUILD compiles TARGET

For builds that compile several files together, where one lives on what another
includes.
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def command_of(build, target):
    """What compiles a file of the target, without the file."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        if f"/{target}.dir/Unity/" in words[words.index("-o") + 1]:
            for option in ("-o", "-c"):
                at = words.index(option)
                del words[at:at + 2]
            return [*words, "-fsyntax-only"]
    sys.exit(f"{build}: no file of {target} is compiled together with others")


def main():
    build, target, files = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    command = command_of(build, target)

    def parse(file):
        return subprocess.run([*command, file], cwd=build, text=True,
                              capture_output=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        failed = [done for done in threads.map(parse, files) if done.returncode]
    for done in failed:
        print(done.stderr, file=sys.stderr)
    print(f"{len(files)} files, {len(failed)} that do not compile alone")
    sys.exit(bool(failed) or not files)


if __name__ == "__main__":
    main()
