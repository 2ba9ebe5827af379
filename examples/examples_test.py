#!/usr/bin/env python3
"""Runs the two small examples on pictures it makes, and reads what they print.

  examples_test.py BIN    BIN: the folder of hash_a_picture and match_a_list
"""

import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "tests" / "support"))
from make_picture import waves, write_bmp, write_png  # noqa: E402

BIN = pathlib.Path(sys.argv.pop(1))


def run(program, *arguments):
    done = subprocess.run([BIN / program, *arguments], text=True, timeout=60,
                          capture_output=True)
    return done.returncode, done.stdout, done.stderr


class Examples(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        folder = pathlib.Path(self.scratch.name)
        self.bmp, self.png = folder / "a.bmp", folder / "a.png"
        self.mirrored, self.other = folder / "mirrored.png", folder / "b.bmp"
        self.missing = folder / "missing.png"
        self.list = folder / "list.txt"
        rows = waves(3, 2, 5)
        write_bmp(self.bmp, rows)
        write_png(self.png, rows)
        write_png(self.mirrored, [row[::-1] for row in rows])
        write_bmp(self.other, waves(1, 5, 29))

    def hash_of(self, picture):
        code, out, err = run("hash_a_picture", picture)
        self.assertEqual((code, err), (0, ""))
        match = re.fullmatch(r"([0-9a-f]{64}),(\d+),(.*)\n", out)
        self.assertTrue(match, "got another form than hash,quality,file")
        self.assertEqual(match[3], str(picture))
        self.assertGreaterEqual(int(match[2]), 50)
        return match[1]

    def test_the_same_pixels_have_the_same_hash_in_every_format(self):
        self.assertTrue(self.hash_of(self.bmp) == self.hash_of(self.png))
        self.assertFalse(self.hash_of(self.bmp) == self.hash_of(self.other))

    def test_a_picture_that_cannot_be_read_is_told_and_the_rest_is_done(self):
        code, out, err = run("hash_a_picture", self.missing, self.png)
        self.assertEqual(code, 1)
        self.assertTrue(err.startswith(f"{self.missing}: "), err)
        self.assertEqual(out.count("\n"), 1)

    def test_from_c(self):
        code, out, err = run("match_from_c", self.list, self.png)
        self.assertEqual((code, out), (3, ""))
        self.assertEqual(err.count("\n"), 1)
        self.list.write_text(f"{self.hash_of(self.png)}\n")
        snapshot = self.list.with_suffix(".hvs")
        subprocess.run([BIN / "hashvet", "snapshot", "build", "-o", snapshot,
                        self.list], check=True, capture_output=True)
        code, out, err = run("match_from_c", snapshot, self.mirrored,
                             self.other, self.missing)
        self.assertEqual((code, err), (1, ""))
        self.assertEqual(out.splitlines(), [
            f"match\t{self.mirrored}", "\tlist\tline-1\treview",
            f"no_match\t{self.other}", f"unreadable\t{self.missing}"])
        self.assertEqual(run("match_from_c", snapshot, self.other)[0], 0)
        self.assertEqual(run("match_from_c", snapshot, self.missing)[0], 4)
        self.assertEqual(run("match_from_c")[0], 2)

    def test_a_digest_on_the_list_is_found_beside_hashes_that_are_not(self):
        digest = hashlib.md5(self.png.read_bytes()).hexdigest()
        self.list.write_text(f"{self.hash_of(self.other)}\nmd5:{digest}\n")
        snapshot = self.list.with_suffix(".hvs")
        subprocess.run([BIN / "hashvet", "snapshot", "build", "-o", snapshot,
                        self.list], check=True, capture_output=True)
        code, out, err = run("match_from_c", snapshot, self.png, self.mirrored)
        self.assertEqual((code, err), (1, ""))
        self.assertEqual(out.splitlines(), [
            f"match\t{self.png}", "\tlist\tline-2\treview",
            f"no_match\t{self.mirrored}"])
        code, out, err = run("match_a_list", snapshot, self.png, self.mirrored)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [
            f"{self.png}: match, entry line-2 at distance 0, original",
            f"{self.mirrored}: no_match"])

    def test_a_list_finds_its_picture_and_its_mirror_image_and_no_other(self):
        self.list.write_text(self.hash_of(self.png) + "\n")
        asked = [self.bmp, self.mirrored, self.other, self.missing]
        code, out, err = run("match_a_list", self.list, *asked)
        self.assertEqual((code, err), (0, ""))
        lines = out.splitlines()
        self.assertEqual(
            lines[0],
            f"{self.bmp}: match, entry line-1 at distance 0, original")
        self.assertRegex(lines[1], ": match, entry line-1 at distance .*flip_y")
        self.assertEqual(lines[2], f"{self.other}: no_match")
        self.assertEqual(lines[3], f"{self.missing}: unreadable")
        again = run("match_a_list", f"{self.list}.hvs", *asked)
        self.assertEqual(again, (code, out, err))

    def test_a_bad_list_is_told_by_its_line_and_builds_nothing(self):
        good = self.hash_of(self.png)
        self.list.write_text(good + "\n" + good[:63] + "\n")
        code, out, err = run("match_a_list", self.list, self.png)
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"{self.list}:2: ", err)
        self.assertNotIn(good[:16], err)
        self.assertFalse(pathlib.Path(f"{self.list}.hvs").exists())

    def test_without_arguments_it_says_how(self):
        code, _, err = run("match_a_list")
        self.assertEqual(code, 1)
        self.assertIn("usage", err)


if __name__ == "__main__":
    unittest.main()
