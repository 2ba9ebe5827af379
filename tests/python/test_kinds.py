"""What pictures are hashed under, that no list which was not searched is taken
for one that was, and how their decoder is started."""

import hashlib
import io
import os
import subprocess
import sys
import unittest

import hashvet
import numpy
from hashvet import errors
from PIL import Image
from support import ListTest, hashvet as program, png, scene

NO_SECCOMP = os.environ["HASHVET_HOSTILE_NO_SECCOMP"]


class TestKinds(ListTest):
    """A list of a far PDQ value, and of what else a test says."""

    def open(self, *lines, policy=""):
        far = f"{self.values[5].hex()},90,far\n"
        text = self.folder / "mixed.csv"
        text.write_text(far + "".join(f"{line}\n" for line in lines))
        path = self.folder / "mixed.hvs"
        program("snapshot", "build", "-o", path, "--name", "mixed", text)
        options = {}
        if policy:
            file = self.folder / "policy.toml"
            file.write_text(policy)
            options["policy"] = file
        matcher = hashvet.Matcher(path, **options)
        self.addCleanup(matcher.close)
        return matcher

    def setUp(self):
        data = self.picture.read_bytes()
        self.digests = {kind: hashlib.new(kind, data).hexdigest()
                        for kind in ("md5", "sha1", "sha256")}

    def test_a_digest_on_the_list_matches(self):
        data = self.picture.read_bytes()
        for kind, digits in self.digests.items():
            matcher = self.open(f"{kind}:{digits},,file")
            self.assertEqual(matcher.kinds(), [kind])
            self.assertEqual(matcher.kinds(only=["other"]), [])
            descriptor = os.open(self.picture, os.O_RDONLY)
            self.addCleanup(os.close, descriptor)
            for picture in (hashvet.hash_picture(self.picture),
                            hashvet.hash_picture(data),
                            hashvet.hash_picture(data, in_process=True),
                            hashvet.hash_picture(data, kinds=matcher.kinds()),
                            hashvet.hash_fd(descriptor)):
                verdict = matcher.match(picture)
                self.assertEqual(verdict.outcome, "match")
                self.assertEqual(verdict.matches[0].entry, "file")
                self.assertEqual(picture.hash(kind=kind).hex(), digits)

    def test_what_was_not_hashed_is_never_no_match(self):
        matcher = self.open(f"md5:{self.digests['md5']},,file")
        array = numpy.frombuffer(scene(1), numpy.uint8).reshape(120, 160, 3)
        for picture in (hashvet.hash_picture(self.picture, kinds=()),
                        hashvet.hash_picture(self.picture, kinds=["sha1"]),
                        hashvet.hash_picture(array),
                        hashvet.hash_picture(Image.fromarray(array)),
                        hashvet.hash_picture(array, kinds=["md5"])):
            verdict = matcher.match(picture)
            self.assertEqual(verdict.outcome, "list_unavailable")
            self.assertIn("not hashed under md5, which list mixed has",
                          verdict.message)
            with self.assertRaisesRegex(errors.FailedPreconditionError,
                                        "no md5 hash"):
                picture.hash(kind="md5")
        other = hashvet.hash_picture(png(scene(9)))
        self.assertEqual(matcher.match(other).outcome, "no_match")

    def test_kinds_of_pixels_are_hashed_when_they_are_asked_for(self):
        kind = "phash64-imagehash"
        own = hashvet.hash_picture(self.picture, kinds=[kind])
        matcher = self.open(
            f"{kind}:{own.hash(kind=kind).hex()},,look",
            policy=f"[[list]]\nname = \"mixed\"\n[list.{kind}]\n"
                   "max_distance = 4\n")
        self.assertEqual(matcher.kinds(), [kind])
        self.assertEqual(matcher.kinds(max_distance=31), [])
        self.assertEqual(matcher.match(own).outcome, "match")
        self.assertEqual(own.hash(3, kind=kind), own.hash(3, kind=kind))
        self.assertNotEqual(own.hash(3, kind=kind), own.hash(kind=kind))
        array = numpy.frombuffer(scene(1), numpy.uint8).reshape(120, 160, 3)
        self.assertEqual(
            matcher.match(hashvet.hash_picture(array, kinds=[kind])).outcome,
            "match")
        verdict = matcher.match(hashvet.hash_picture(self.picture))
        self.assertEqual(verdict.outcome, "list_unavailable")
        self.assertIn(kind, verdict.message)

    def test_kinds_that_there_are_not_are_refused(self):
        for kinds, error, message in (
                (["sift"], ValueError, "sift|want one of"),
                (["photodna"], ValueError, "does not hash pictures under"),
                ("md5", TypeError, "kinds: got one str, want a list of names"),
                (7, TypeError, "kinds: got one int"),
                ([7], TypeError, "kinds: got int, want str")):
            with self.assertRaisesRegex(error, message):
                hashvet.hash_picture(self.picture, kinds=kinds)
        picture = hashvet.hash_picture(self.picture)
        with self.assertRaisesRegex(ValueError, "got 2, want 0 of md5"):
            picture.hash(2, kind="md5")

    def test_bars_are_trimmed_unless_that_is_left_off(self):
        rows = scene(1)
        bar = bytes(160 * 3 * 30)
        boxed = bar + rows + bar
        listed = self.build("boxed", self.values[:1])
        array = numpy.frombuffer(boxed, numpy.uint8).reshape(180, 160, 3)
        with hashvet.Matcher(listed) as matcher:
            for source in (png(boxed, height=180), array,
                           Image.fromarray(array)):
                verdict = matcher.match(hashvet.hash_picture(source))
                self.assertEqual(verdict.outcome, "match")
                self.assertEqual(verdict.matches[0].variant, "trimmed")
                plain = hashvet.hash_picture(source, trim=False)
                self.assertEqual(matcher.match(plain).outcome, "no_match")

    def test_an_image_that_pil_cannot_read_is_refused(self):
        file = io.BytesIO()
        array = numpy.frombuffer(scene(1), numpy.uint8).reshape(120, 160, 3)
        Image.fromarray(array).save(file, "JPEG")
        for cut in (file.getvalue()[:-900], png(scene(1))[:1500]):
            image = Image.open(io.BytesIO(cut))
            with self.assertRaisesRegex(errors.InvalidArgumentError,
                                        "picture: PIL cannot read the image: "):
                hashvet.hash_picture(image)


def run(code, **environment):
    """What a process of its own prints, and says on standard error."""
    done = subprocess.run(
        [sys.executable, "-c", "import hashvet, os, sys, warnings\n" + code],
        env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout, done.stderr


class TestDecoder(unittest.TestCase):
    PROGRAM = f"program = {NO_SECCOMP!r}\n"
    HASH = "hashvet.hash_picture(b'hello')\n"

    def test_it_is_started_with_settings(self):
        out, err = run(
            "try: hashvet.start_decoder('/nonexistent')\n"
            "except hashvet.errors.NotFoundError as error: print(error)\n"
            "for options in ({'deadline_ms': -1}, {'max_active': 'x'}):\n"
            "    try: hashvet.start_decoder(**options)\n"
            "    except (TypeError, ValueError) as error: print(error)\n"
            "hashvet.start_decoder(max_active=1, max_waiting=3,\n"
            "                      deadline_ms=2000)\n"
            "print(hashvet.hash_picture(b'').outcome)\n"
            "try: hashvet.start_decoder()\n"
            "except hashvet.errors.FailedPreconditionError as error:\n"
            "    print(error)\n")
        lines = out.splitlines()
        self.assertIn("/nonexistent", lines[0])
        self.assertEqual(lines[1:4], [
            f"deadline_ms: got -1, want 0 .. {2**32 - 1}",
            "max_active: got str, want int", "undecodable"])
        self.assertIn("has been started", lines[4])

    def test_less_than_complete_confinement_can_be_refused(self):
        out, err = run(
            self.PROGRAM +
            "try: hashvet.start_decoder(program, require_confinement=True)\n"
            "except hashvet.errors.FailedPreconditionError as error:\n"
            "    print(error)\n")
        self.assertRegex(out, "confinement is required.*seccomp")

    def test_pictures_decoded_without_it_are_warned_of_once(self):
        hash_twice = self.HASH + self.HASH
        for start in ("", "hashvet.start_decoder(program)\n"):
            out, err = run("warnings.simplefilter('always')\n" + self.PROGRAM +
                           start + hash_twice, HASHVET_DECODER=NO_SECCOMP)
            self.assertEqual(err.count("RuntimeWarning"), 1, err)
            self.assertRegex(err, r"decoded without .*seccomp, which this kernel")
            self.assertIn("<string>", err)  # where the caller is
        # Said that it may be; nothing lacks; nothing is decoded there.
        out, err = run(
            self.PROGRAM +
            "hashvet.start_decoder(program, require_confinement=False)\n" +
            self.HASH)
        self.assertEqual(err, "")
        out, err = run("hashvet.hash_picture(b'hello', in_process=True)\n",
                       HASHVET_DECODER=NO_SECCOMP)
        self.assertEqual(err, "")

    def test_complete_confinement_is_no_matter_for_a_warning(self):
        code = ("try: hashvet.start_decoder(require_confinement=True)\n"
                "except hashvet.errors.FailedPreconditionError: print('less')\n")
        if run(code)[0]:
            self.skipTest("this kernel lacks Landlock or seccomp")
        self.assertEqual(run(self.HASH)[1], "")


if __name__ == "__main__":
    unittest.main()
