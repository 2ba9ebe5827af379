#!/usr/bin/env python3
"""The README's C and Python lines do what they say.

  readme_test.py BUILD COMPILER

C is compiled, linked with the build's libhashvet_c and run. Python is read, and
holds names that the package has: its wheel is tested in python.wheel.
"""

import ast
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "support"))
from make_picture import waves, write_png  # noqa: E402

BUILD, COMPILER = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
README = (ROOT / "README.md").read_text()


class Readme(unittest.TestCase):
    def test_c(self):
        (block,) = re.findall(r"^```c\n(.*?)^```$", README, re.M | re.S)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "readme.c").write_text(block)
            subprocess.run(
                [COMPILER, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                 "-I", ROOT / "include", "readme.c", "-o", "readme", "-L", BUILD,
                 "-lhashvet_c"], cwd=folder, check=True)
            env = {**os.environ, "LD_LIBRARY_PATH": str(BUILD),
                   "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}"}

            def run(*command):
                return subprocess.run(command, cwd=folder, env=env, text=True,
                                      capture_output=True)

            self.assertEqual(run("./readme").returncode, 3)  # no list yet
            write_png(folder / "a.png", waves(3, 2, 5))
            write_png(folder / "b.png", waves(1, 5, 29))
            hashes = run("hashvet", "hash", "a.png")
            self.assertEqual(hashes.returncode, 0, hashes.stderr)
            (folder / "known.txt").write_text(hashes.stdout)
            run("hashvet", "snapshot", "build", "-o", "known.hvs", "known.txt")
            done = run("./readme", "a.png", "b.png", "c.png")
            self.assertEqual(done.stdout, "a.png: match\nb.png: no_match\n"
                             "c.png: unreadable\n", done.stderr)
            self.assertEqual(done.returncode, 0)
            # By its digest alone; b.png is on the list by its look.
            digest = hashlib.md5((folder / "a.png").read_bytes()).hexdigest()
            hashes = run("hashvet", "hash", "b.png")
            (folder / "known.txt").write_text(hashes.stdout + f"md5:{digest}\n")
            run("hashvet", "snapshot", "build", "-o", "known.hvs", "known.txt")
            write_png(folder / "c.png", waves(7, 1, 3))
            done = run("./readme", "a.png", "b.png", "c.png")
            self.assertEqual(done.stdout, "a.png: match\nb.png: match\n"
                             "c.png: no_match\n", done.stderr)

    def test_python(self):
        (block,) = re.findall(r"^    import hashvet\n(?:(?:    .*)?\n)+", README,
                              re.M)
        lines = "\n".join(line[4:] for line in block.splitlines())
        package = (ROOT / "python" / "hashvet" / "__init__.py").read_text()
        used = {node.attr for node in ast.walk(ast.parse(lines))
                if isinstance(node, ast.Attribute) and
                isinstance(node.value, ast.Name) and node.value.id == "hashvet"}
        self.assertEqual(used, {"Matcher", "hash_picture"})
        for name in used:
            self.assertIn(f'"{name}"', package)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
