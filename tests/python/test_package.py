"""The package alone, with no other one installed."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

import hashvet
from hashvet import errors
from support import ListTest, hashvet as program, png, random_values, scene

EXAMPLE = (pathlib.Path(__file__).resolve().parents[2] / "examples" /
           "match_from_python.py")


class TestPackage(unittest.TestCase):
    def test_programs_that_need_others_say_so(self):
        # Where they are there, they are hidden.
        for module, needed in (("arrow_filter", "pyarrow"), ("spark", "pyspark")):
            done = subprocess.run(
                [sys.executable, "-c",
                 "import runpy, sys\n"
                 "class Hide:\n"
                 "    def find_spec(self, name, path=None, target=None):\n"
                 "        if name.split('.')[0] in ('numpy', 'pyarrow'):\n"
                 "            raise ImportError(name)\n"
                 "sys.meta_path.insert(0, Hide())\n"
                 f"runpy.run_module('hashvet.{module}', run_name='__main__')"],
                capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(f"want {needed}", done.stderr)

    def test_it_needs_no_other_package_and_says_what_it_is(self):
        others = {"numpy", "PIL", "pyarrow"}
        self.assertEqual(others.intersection(sys.modules), set())
        self.assertEqual(hashvet.__version__,
                         program("--version").split()[1])
        self.assertIn("kinds=pdq", hashvet.features)
        folder = pathlib.Path(hashvet.__file__).parent
        for file in ("py.typed", "_native.pyi", "libhashvet_c.so.1"):
            self.assertTrue((folder / file).exists(), file)
        self.assertTrue(os.access(folder / "hashvet-decoder", os.X_OK))
        self.assertIn("def match_values", (folder / "_native.pyi").read_text())
        self.assertNotIn("std::", (folder / "_native.pyi").read_text())

    def test_values_as_text_and_their_distance(self):
        value = bytes(range(32))
        text = hashvet.to_hex(value)
        self.assertEqual(text, value.hex())
        self.assertEqual(hashvet.from_hex(text), value)
        self.assertEqual(hashvet.distance(value, bytes([3]) + value[1:]), 2)
        self.assertEqual(hashvet.from_hex("ff" * 16, kind="md5"), b"\xff" * 16)
        with self.assertRaisesRegex(errors.InvalidArgumentError, "64"):
            hashvet.from_hex("12")
        with self.assertRaisesRegex(ValueError, "want one of|pdq"):
            hashvet.from_hex(text, kind="sift")
        with self.assertRaisesRegex(errors.InvalidArgumentError, "31"):
            hashvet.to_hex(value[1:])
        with self.assertRaisesRegex(errors.InvalidArgumentError, "32 and 31"):
            hashvet.distance(value, value[1:])
        with self.assertRaises(TypeError):
            hashvet.to_hex(text)


class TestPictures(ListTest):
    def decoded(self):
        """How many pictures the decoder's processes hashed."""
        found = re.search(
            r'^hashvet_decoder_pictures_total\{outcome="hashed"\} (\d+)$',
            hashvet.metrics(), re.MULTILINE)
        return int(found[1]) if found else 0

    def test_they_are_decoded_in_this_process_only_when_trusted(self):
        want = bytes.fromhex(self.digits)
        before = self.decoded()
        self.assertEqual(hashvet.hash_picture(self.picture).hash(), want)
        self.assertEqual(self.decoded(), before + 1)
        trusted = hashvet.hash_picture(self.picture, in_process=True)
        self.assertEqual(trusted.hash(), want)
        self.assertEqual(self.decoded(), before + 1)
        child = os.fork()
        if child == 0:  # which starts its own
            same = hashvet.hash_picture(self.picture).hash() == want
            os._exit(0 if same else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_a_missing_decoder_is_an_error(self):
        ask = ("import sys, hashvet\n"
               "try: hashvet.hash_picture(sys.argv[1])\n"
               "except hashvet.errors.NotFoundError as error: print(error)\n")
        told = subprocess.run(
            [sys.executable, "-c", ask, str(self.picture)],
            env={**os.environ, "HASHVET_DECODER": "/nonexistent"}, check=True,
            capture_output=True, text=True).stdout
        self.assertIn("/nonexistent", told)

    def test_every_source_gives_the_program_s_hash(self):
        data = self.picture.read_bytes()
        want = bytes.fromhex(self.digits)
        descriptor = os.open(self.picture, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        for source in (data, bytearray(data), memoryview(data),
                       str(self.picture), self.picture):
            picture = hashvet.hash_picture(source)
            self.assertEqual(picture.outcome, "hashed")
            self.assertEqual(picture.message, "")
            self.assertEqual((picture.width, picture.height), (160, 120))
            self.assertEqual(picture.flags, [])
            self.assertGreater(picture.quality, 50)
            self.assertEqual(picture.hash(), want)
        self.assertEqual(hashvet.hash_fd(descriptor).hash(), want)
        turned = program("hash", "--in-process", "--dihedral", self.picture)
        self.assertEqual([picture.hash(i).hex() for i in range(8)],
                         [line.split(",")[0] for line in turned.split()])
        other = program("hash", "--in-process", "--variant", "nn512",
                        self.picture)
        self.assertEqual(
            hashvet.hash_picture(data, variant="nn512").hash().hex(),
            other.split(",")[0])

    def test_what_cannot_be_hashed_is_an_outcome(self):
        for source, outcome in ((b"", "undecodable"), (b"no", "unsupported"),
                                (png(scene(1))[:60], "undecodable"),
                                (self.folder / "none", "unreadable"),
                                (self.folder, "unreadable")):
            picture = hashvet.hash_picture(source)
            self.assertEqual(picture.outcome, outcome, source)
            self.assertNotEqual(picture.message, "")
            with self.assertRaisesRegex(errors.FailedPreconditionError,
                                        f"no pdq hash: {outcome}"):
                picture.hash()
        for limit in ({"max_pixels": 100}, {"max_input_bytes": 100}):
            self.assertEqual(
                hashvet.hash_picture(self.picture, **limit).outcome,
                "over_limit")
        self.assertEqual(hashvet.hash_fd(-1).outcome, "unreadable")

    def test_what_is_no_picture_is_refused(self):
        for source in (None, 17, 1.5, [1, 2], object()):
            with self.assertRaisesRegex(TypeError, "want bytes, a path, a NumPy"):
                hashvet.hash_picture(source)
        with self.assertRaisesRegex(ValueError, "zero byte"):
            hashvet.hash_picture("scene\0.png")
        with self.assertRaisesRegex(ValueError, "want full or nn512"):
            hashvet.hash_picture(b"x", variant="fast")
        with self.assertRaisesRegex(ValueError, "orientation: got 8"):
            hashvet.hash_picture(self.picture).hash(8)


class TestMatcher(ListTest):
    def test_a_verdict_has_every_field(self):
        with hashvet.Matcher(self.known) as matcher:
            verdict = matcher.match(hashvet.hash_picture(self.picture))
        # It outlives its matcher.
        self.assertEqual(verdict.outcome, "match")
        self.assertEqual((verdict.code, verdict.message), (0, ""))
        self.assertEqual(len(verdict.snapshot), 16)
        self.assertEqual(verdict.generation, 1)
        self.assertEqual(verdict.not_sampled, [])
        for none in (verdict.ignored_by, verdict.suppressed_matches,
                     verdict.shadow_matches):
            self.assertEqual(none, [])
        (match,) = verdict.matches
        self.assertEqual(
            (match.list, match.list_version, match.entry, match.action,
             match.kind, match.distance, match.orientation, match.variant),
            ("known", verdict.snapshot, "case-0", "block", "pdq", 0, 0, "full"))
        self.assertEqual(match.entry_quality, 90)
        self.assertGreater(match.query_quality, 50)
        self.assertEqual((match.opinion, match.category,
                          match.category_scheme, match.frame,
                          match.over_black), ("unknown", "", "", 0, False))

    def test_values_in_every_form_and_in_their_order(self):
        unknown = random_values(1, seed=9)[0]
        with hashvet.Matcher([str(self.known)], threads=2) as matcher:
            for form in (bytes, bytearray, memoryview, lambda v: v.hex()):
                verdicts = matcher.match_many(
                    form(value) for value in (self.values[3], unknown,
                                              self.values[7]))
                self.assertEqual(len(verdicts), 3)
                self.assertEqual(verdicts.outcomes(),
                                 ["match", "no_match", "match"])
                self.assertEqual([v.outcome for v in verdicts],
                                 verdicts.outcomes())
                self.assertEqual(verdicts[-1].matches[0].entry, "case-7")
                self.assertIsNone(verdicts[0].matches[0].query_quality)
                for beyond in (3, -4):
                    with self.assertRaises(IndexError):
                        verdicts[beyond]
            self.assertEqual(matcher.match_many([]).outcomes(), [])
            self.assertEqual(matcher.match(self.values[3]).outcome, "match")

    def test_numbers_and_words_that_cannot_be_are_told_in_one_line(self):
        most = 2**32 - 1
        picture = hashvet.hash_picture(self.picture)
        with hashvet.Matcher(self.known) as matcher:
            value = self.values[0]
            for call, error, message in (
                    (lambda: matcher.match(value, max_distance=-1), ValueError,
                     f"max_distance: got -1, want 0 .. {most}"),
                    (lambda: matcher.match(value, max_distance="31"), TypeError,
                     "max_distance: got str, want int"),
                    (lambda: matcher.match(value, timeout_ms=-1), ValueError,
                     f"timeout_ms: got -1, want 0 .. {most}"),
                    (lambda: matcher.match(value, timeout_ms=2**32), ValueError,
                     f"timeout_ms: got {2**32}, want 0 .. {most}"),
                    (lambda: matcher.match(value, timeout_ms=0.5), TypeError,
                     "timeout_ms: got float, want int"),
                    (lambda: matcher.match(value, kind=1), TypeError,
                     "kind: got int, want str"),
                    (lambda: matcher.match(value, only=7), TypeError,
                     "only: got one int, want a list of names"),
                    (lambda: matcher.match_many(7), TypeError,
                     "values: got int, want many"),
                    (lambda: matcher.kinds(max_distance=-1), ValueError,
                     f"max_distance: got -1, want 0 .. {most}"),
                    (lambda: hashvet.Matcher(self.known, threads=-1), ValueError,
                     f"threads: got -1, want 0 .. {most}"),
                    (lambda: hashvet.Matcher(self.known, publication=1),
                     TypeError, "publication: got int, want str"),
                    (lambda: hashvet.Matcher.from_bytes(b"x", threads="2"),
                     TypeError, "threads: got str, want int"),
                    (lambda: hashvet.hash_picture(b"x", max_pixels=-1),
                     ValueError, f"max_pixels: got -1, want 0 .. {2**64 - 1}"),
                    (lambda: hashvet.hash_picture(b"x", max_input_bytes=2**64),
                     ValueError, f"max_input_bytes: got {2**64}, want 0 .. "
                     f"{2**64 - 1}"),
                    (lambda: hashvet.hash_picture(b"x", variant=512), TypeError,
                     "variant: got int, want str"),
                    (lambda: hashvet.hash_fd("x"), TypeError,
                     "descriptor: got str, want int"),
                    (lambda: picture.hash(-1), ValueError,
                     "orientation: got -1, want 0 .. 7"),
                    (lambda: picture.hash(2**80), ValueError,
                     f"orientation: got {2**80}, want 0 .. 7"),
                    (lambda: picture.hash("1"), TypeError,
                     "orientation: got str, want int")):
                with self.assertRaises(error) as caught:
                    call()
                self.assertEqual(str(caught.exception), message)
                self.assertEqual(isinstance(caught.exception, errors.Error),
                                 error is ValueError)

    def test_a_distance_of_more_than_half_the_bits_is_refused(self):
        picture = hashvet.hash_picture(self.picture)
        with hashvet.Matcher(self.known) as matcher:
            for item in (self.values[0], picture):
                with self.assertRaisesRegex(
                        errors.InvalidArgumentError,
                        "max_distance: got 400, want 0 .. 128 for pdq"):
                    matcher.match(item, max_distance=400)
                self.assertEqual(matcher.match(item, max_distance=128).outcome,
                                 "match")

    def test_a_picture_is_never_a_bool(self):
        for picture in (hashvet.hash_picture(self.picture),
                        hashvet.hash_picture(b"")):
            with self.assertRaisesRegex(TypeError, "neither true nor false"):
                if picture:
                    pass

    def test_a_verdict_is_never_a_bool(self):
        with hashvet.Matcher(self.known) as matcher:
            with self.assertRaisesRegex(TypeError, "neither true nor false"):
                if matcher.match(self.values[0]):
                    pass

    def test_options_are_heeded(self):
        near = bytes([self.values[5][0] ^ 0x11]) + self.values[5][1:]
        with hashvet.Matcher(self.known) as matcher:
            def outcome(**options):
                return matcher.match(near, **options).outcome

            self.assertEqual(outcome(), "match")
            self.assertEqual(outcome(max_distance=1), "no_match")
            self.assertEqual(outcome(max_distance=2), "match")
            self.assertEqual(outcome(max_distance=0), "no_match")
            self.assertEqual(outcome(only=["known"]), "match")
            self.assertEqual(outcome(only=["other"]), "list_unavailable")
            for only, error in (([], ValueError), ("known", TypeError),
                                ([1], TypeError)):
                with self.assertRaises(error):
                    outcome(only=only)
            with self.assertRaises(ValueError):
                outcome(kind="sift")
            # What is behind a zero byte is not passed over.
            for options in ({"only": ["known\0x"]}, {"kind": "pdq\0x"}):
                with self.assertRaisesRegex(ValueError, "zero byte"):
                    outcome(**options)
            with self.assertRaisesRegex(ValueError, "zero byte"):
                matcher.match(self.digits + "\0x")
            turned = hashvet.hash_picture(self.picture)
            value = turned.hash(1)
            listed = self.build("turned", [value])
            with hashvet.Matcher(listed) as other:
                self.assertEqual(other.match(turned).outcome, "match")
                self.assertEqual(other.match(turned).matches[0].orientation, 1)
                self.assertEqual(other.match(turned, as_it_is=True).outcome,
                                 "no_match")

    def test_mistakes_with_values_are_told_without_the_value(self):
        with hashvet.Matcher(self.known) as matcher:
            picture = hashvet.hash_picture(self.picture)
            for items, error, message in (
                    ([self.values[0], self.values[1][:31]], ValueError,
                     r"values\[1\]: got 31 bytes, want 32, of pdq"),
                    (["0" * 63], ValueError, r"values\[0\]: .*63"),
                    ([self.digits[:-1] + "x"], ValueError, r"values\[0\]"),
                    ([None], TypeError, r"values\[0\]: got NoneType"),
                    ([1.5], TypeError, r"values\[0\]: got float"),
                    ([picture, self.values[0]], TypeError,
                     r"values\[0\]: got a Picture among values"),
                    (self.values[0], TypeError, "got one bytes"),
                    (self.digits, TypeError, "got one str"),
                    (7, TypeError, "")):
                with self.assertRaisesRegex(error, message) as caught:
                    matcher.match_many(items)
                self.assertNotIn(self.digits[:16], str(caught.exception))

    def test_a_list_that_does_not_open_says_why(self):
        damaged = bytearray(self.known.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        broken = self.folder / "broken.hvs"
        broken.write_bytes(damaged)
        for open_, error, reason, message in (
                (lambda: hashvet.Matcher("/nonexistent.hvs"), FileNotFoundError,
                 "not_found", "/nonexistent.hvs"),
                (lambda: hashvet.Matcher(broken), errors.DataLossError,
                 "data_loss", "broken.hvs"),
                (lambda: hashvet.Matcher.from_bytes(damaged, name="in memory"),
                 errors.DataLossError, "data_loss", "in memory"),
                (lambda: hashvet.Matcher.from_bytes(b""), errors.Error, "", ""),
                (lambda: hashvet.Matcher(), ValueError, "invalid_argument",
                 "got no list, want a snapshot file or a published directory"),
                (lambda: hashvet.Matcher(self.known, threads=5000), ValueError,
                 "invalid_argument", "threads: got 5000"),
                (lambda: hashvet.Matcher(self.known, publication="a\0b"),
                 ValueError, "invalid_argument", "publication: got a text"),
                (lambda: hashvet.Matcher("a\0b"), ValueError,
                 "invalid_argument", "zero byte"),
                (lambda: hashvet.Matcher(directories=self.folder / "none"),
                 errors.Error, "", "none")):
            with self.assertRaises(error) as caught:
                open_()
            self.assertIsInstance(caught.exception, errors.Error)
            self.assertIn(message, str(caught.exception))
            self.assertIn(reason, caught.exception.reason)
        for wrong, message in (
                (17, "snapshots: got int, want a path or several"),
                ([1], "snapshots: got int, want a path")):
            with self.assertRaisesRegex(TypeError, f"^{message}$"):
                hashvet.Matcher(wrong)

    def test_a_process_forked_while_threads_ask_answers_and_closes(self):
        many = b"".join(self.values) * 500
        with hashvet.Matcher(self.known) as matcher:
            asking, stop = threading.Event(), threading.Event()

            def ask():
                while not stop.is_set():
                    matcher._native.match_values(
                        many, len(many) // 32, "pdq", None, None, False, 0)
                    asking.set()

            thread = threading.Thread(target=ask)
            thread.start()
            try:
                self.assertTrue(asking.wait(60))
                for _ in range(3):
                    child = os.fork()
                    if child == 0:
                        signal.alarm(60)
                        outcome = matcher.match(self.values[3]).outcome
                        matcher.close()
                        os._exit(0 if outcome == "match" else 1)
                    self.assertEqual(os.waitpid(child, 0)[1], 0)
            finally:
                stop.set()
                thread.join()

    def test_more_threads_than_there_is_room_for_are_fewer(self):
        done = subprocess.run(
            [sys.executable, "-c",
             "import hashvet, resource, sys\n"
             "limit = 2 << 30\n"  # of 1,000 stacks of 8 MiB
             "resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, 8 << 20))\n"
             "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
             "with hashvet.Matcher(sys.argv[1], threads=1000) as matcher:\n"
             "    values = [bytes.fromhex(sys.argv[2])] * 5000\n"
             "    print(set(matcher.match_many(values).outcomes()))",
             self.known, self.values[0].hex()], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "{'match'}\n"),
                         done.stderr)

    def test_closed_is_closed(self):
        matcher = hashvet.Matcher.from_bytes(self.known.read_bytes())
        self.assertEqual(matcher.match(self.values[1]).outcome, "match")
        matcher.self_test()
        with self.assertRaisesRegex(errors.FailedPreconditionError,
                                    "stay as they are"):
            matcher.reload()
        matcher.close()
        matcher.close()
        for call in (lambda: matcher.match(self.values[1]), matcher.status,
                     matcher.reload, matcher.self_test,
                     lambda: matcher.match(hashvet.hash_picture(self.picture))):
            with self.assertRaisesRegex(errors.FailedPreconditionError,
                                        "after it was closed"):
                call()

    def test_closing_while_others_ask_harms_nobody(self):
        values = random_values(2000, seed=4)
        for _ in range(5):
            matcher = hashvet.Matcher(self.known)
            answers, began = [], threading.Event()

            def ask():
                try:
                    while True:
                        outcomes = matcher.match_many(values).outcomes()
                        answers.append(outcomes == ["no_match"] * len(values))
                        began.set()
                except errors.FailedPreconditionError:
                    answers.append(True)

            threads = [threading.Thread(target=ask) for _ in range(3)]
            for thread in threads:
                thread.start()
            began.wait()
            matcher.close()
            for thread in threads:
                thread.join()
            self.assertTrue(all(answers))
            self.assertGreater(len(answers), 3)

    def test_other_threads_run_while_a_batch_is_matched(self):
        values = b"".join(random_values(1000, seed=6)) * 50
        values = [values[i:i + 32] for i in range(0, len(values), 32)]
        listed = self.build("large", random_values(3000, seed=8))
        with hashvet.Matcher(listed) as matcher:
            span = []

            def ask():
                began = time.monotonic()
                matcher.match_many(values, max_distance=90)
                span.extend((began, time.monotonic()))

            thread = threading.Thread(target=ask)
            ticks = []
            thread.start()
            while thread.is_alive():
                ticks.append(time.monotonic())
                time.sleep(0.001)
            thread.join()
        # In the middle nothing but the search runs there.
        began, ended = span
        middle = [tick for tick in ticks
                  if began + (ended - began) * 0.4 < tick < began +
                  (ended - began) * 0.8]
        self.assertGreater(len(middle), 3, f"{ended - began:.3f} s")

    def test_a_published_directory_is_followed(self):
        lists = self.folder / "lists"
        lists.mkdir(mode=0o700)
        program("snapshot", "publish", "--lists", lists, self.known)
        with self.assertRaisesRegex(PermissionError, "wrong list"):
            hashvet.Matcher(directories=lists, publication="another")
        with hashvet.Matcher(directories=[lists], follow=True) as matcher:
            self.assertEqual(matcher.match(self.values[2]).outcome, "match")
            status = matcher.status()
            self.assertEqual((status.generation, status.entries,
                              status.refusal), (1, 40, ""))
            self.assertEqual(status.lists[0].name, "known")
            later = self.build("known", random_values(39, seed=3), "later.hvs")
            program("snapshot", "publish", "--lists", lists, later)
            end = time.monotonic() + 10
            while matcher.status().generation < 2:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.005)
            verdict = matcher.match(self.values[2])
            self.assertEqual(verdict.outcome, "no_match")
            self.assertEqual(verdict.generation, 2)
            self.assertNotEqual(verdict.snapshot, status.version)

    def test_a_child_answers_too(self):
        with hashvet.Matcher(self.known) as matcher:
            child = os.fork()
            if child == 0:
                os._exit(0 if matcher.match(self.values[1]).outcome == "match"
                         else 1)
            self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_the_example_works(self):
        broken = self.folder / "broken.png"
        broken.write_bytes(png(scene(2))[:50])
        known, unknown = self.picture, self.folder / "unknown.png"
        unknown.write_bytes(png(scene(7)))
        for pictures, code, lines in (
                ([known], 1, [f"match\t{known}", "\tknown\tcase-0\tblock"]),
                ([unknown], 0, [f"no_match\t{unknown}"]),
                ([broken, known], 4, [f"undecodable\t{broken}",
                                      f"match\t{known}",
                                      "\tknown\tcase-0\tblock"])):
            done = subprocess.run(
                [sys.executable, EXAMPLE, self.known, *pictures],
                capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout.splitlines()),
                             (code, lines), done.stderr)
        # 1 says that something matched, and nothing else does.
        for arguments, code in (([], 2), (["/nonexistent.hvs", known], 3)):
            done = subprocess.run([sys.executable, EXAMPLE, *arguments],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (code, ""))
            self.assertNotIn("Traceback", done.stderr)

    def test_metrics_count_what_was_answered(self):
        with hashvet.Matcher(self.known) as matcher:
            matcher.match(self.values[1])
        self.assertIn("hashvet_verdicts_total", hashvet.metrics())
        self.assertNotIn(self.values[1].hex(), hashvet.metrics())


if __name__ == "__main__":
    unittest.main()
