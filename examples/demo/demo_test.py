#!/usr/bin/env python3
"""Runs the demo in a small setting, reads what it prints and writes, and runs
the commands it says to try next.

  demo_test.py BIN SCRATCH    exit code 77: the photographs are not installed
"""

import html.parser
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unittest

BIN, SCRATCH = map(pathlib.Path, sys.argv[1:3])
del sys.argv[1:3]
ALTERATIONS = 9
LISTED, OTHERS = 2, 2


def demo(*options):
    return subprocess.run([BIN / "hashvet_demo", "--out", SCRATCH, *options],
                          capture_output=True, text=True, timeout=240)


class Page(html.parser.HTMLParser):
    """Counts a page's pictures and finds what it would fetch."""

    def __init__(self, text):
        super().__init__()
        self.pictures = 0
        self.fetched = []
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.pictures += 1
        if tag not in ("img", "meta", "br", "line", "circle"):
            self.open.append(tag)
        self.fetched += [value[:40] for name, value in attrs
                         if name in ("src", "href", "srcset")
                         and not value.startswith("data:image/jpeg;base64,/9j")]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag in ("line", "circle"):
            return
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"report: </{tag}> closes nothing")


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(SCRATCH, ignore_errors=True)
        cls.done = demo("--listed", str(LISTED), "--others", str(OTHERS))
        if cls.done.returncode == 3:
            print(cls.done.stderr)
            sys.exit(77)

    def test_what_must_hold_holds(self):
        self.assertEqual((self.done.returncode, self.done.stderr), (0, ""))
        for what in ("JPEG quality 30", "half its sides", "300 pixels",
                     "made grey", "by 90 degrees", "mirrored"):
            self.assertRegex(self.done.stdout,
                             rf"{what}[^\n]* {LISTED} of {LISTED} ")
        self.assertRegex(self.done.stdout,
                         rf"not on the list +0 of {OTHERS} ")

    def test_every_picture_has_a_row_and_no_line_is_too_wide_or_a_hash(self):
        rows = re.findall(r"^  .* (?:match|no_match) +\d+  \w+$",
                          self.done.stdout, re.MULTILINE)
        self.assertEqual(len(rows), LISTED * ALTERATIONS + OTHERS)
        table = self.done.stdout.split("To try next:")[0]
        self.assertLessEqual(max(map(len, table.splitlines())), 100)
        page = (SCRATCH / "report.html").read_text()
        words = self.done.stdout + re.sub(r"base64,[^\"]*", "", page)
        self.assertIsNone(re.search(r"[0-9a-fA-F]{32}", words))

    def test_the_page_is_whole_and_fetches_nothing(self):
        text = (SCRATCH / "report.html").read_text()
        page = Page(text)
        self.assertEqual((page.open, page.fetched), ([], []))
        self.assertEqual(page.pictures, LISTED * (1 + ALTERATIONS) + OTHERS)
        self.assertLess(len(text), 1 << 20)

    def test_the_commands_to_try_next_work(self):
        commands = self.done.stdout.split("To try next:\n")[1].splitlines()
        self.assertEqual(len(commands), 3)
        codes = [subprocess.run(shlex.split(command), capture_output=True,
                                timeout=60).returncode for command in commands]
        self.assertEqual(codes, [1, 1, 0], commands)

    def test_a_folder_without_photographs_is_told(self):
        empty = SCRATCH / "nothing here"
        empty.mkdir(exist_ok=True)
        done = demo("--pictures", str(empty))
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertRegex(done.stderr, r"\Ahashvet_demo: [^\n]*got 0[^\n]*want at "
                         r"least[^\n]*nothing here\n\Z")

    def test_a_folder_of_copies_is_one_scene_each(self):
        # pictures/ holds nine copies of each of LISTED scenes: too few scenes.
        done = demo("--pictures", str(SCRATCH / "pictures"))
        self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    unittest.main()
