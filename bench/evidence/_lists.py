"""Lists of random PDQ values, to measure with."""

import os
import subprocess

from _gtest import RELEASE


def write_text(path, entries):
    """A text list."""
    with open(path, "w") as file:
        left = entries
        while left > 0:
            block = min(left, 100_000)
            digits = os.urandom(32 * block).hex()
            file.write("\n".join(digits[64 * i:64 * i + 64]
                                 for i in range(block)) + "\n")
            left -= block


def build_list(folder, entries):
    """A snapshot in the folder; its path."""
    text, built = folder / "list.txt", folder / "list.hvs"
    write_text(text, entries)
    subprocess.run([RELEASE / "bin" / "hashvet", "snapshot", "build", "-o",
                    built, "--name", "known", text], check=True,
                   stdout=subprocess.DEVNULL)
    text.unlink()
    return built
