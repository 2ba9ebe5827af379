#!/usr/bin/env python3
"""`match --hashes --format`: one record in, one record out, whatever comes.

  filter_test.py PROGRAM [sanitized]
"""

import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
SANITIZED = sys.argv[2:] == ["sanitized"]
MATCH, NO_MATCH, UNREADABLE = 0, 1, 10  # of hashvet.h
NO_DISTANCE = 0xFFFFFFFF


class FilterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        chance = random.Random(5)
        cls.listed = [chance.randbytes(32) for _ in range(50)]
        cls.unknown = [chance.randbytes(32) for _ in range(50)]
        cls.digest = chance.randbytes(16)
        text = cls.folder / "list.csv"
        text.write_text("".join(f"{value.hex()},90,case-{i}\n"
                                for i, value in enumerate(cls.listed)) +
                        f"md5:{cls.digest.hex()},,file-1\n")
        cls.known = cls.folder / "known.hvs"
        subprocess.run([PROGRAM, "snapshot", "build", "-o", cls.known, "--name",
                        "known", text], check=True, capture_output=True)

    def command(self, *options):
        return [PROGRAM, "match", "--list", str(self.known), "--hashes",
                *options]

    def run_filter(self, data, *options):
        return subprocess.run(self.command(*options), input=data,
                              capture_output=True)

    def ndjson(self, lines, *options, code):
        done = self.run_filter("\n".join(lines).encode(), "--format", "ndjson",
                               *options)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_every_line_has_its_answer_in_its_place(self):
        lines, want = [], []
        for i in range(9000):  # more than two blocks
            value = (self.listed if i % 3 == 0 else self.unknown)[i % 50]
            record = {"id": f"item {i}", "hash": value.hex()}
            if i % 7 == 0:
                record["id"] = i - 4000
            if i % 11 == 0:
                record["kind"] = "pdq"
            line, outcome = json.dumps(record), ("match" if i % 3 == 0 else
                                                 "no_match")
            if i % 13 == 0:
                line, outcome = line[:-9], "unreadable"
                record["id"] = None
            lines.append(line)
            want.append((record["id"], outcome))
        for threads in ("1", "2"):
            got = self.ndjson(lines, "--threads", threads, code=5)
            self.assertEqual([(r.get("id"), r["outcome"]) for r in got], want)
        first = next(r for r in got if r["outcome"] == "match")
        self.assertEqual(first["matches"][0]["list"], "known")
        self.assertEqual(first["matches"][0]["distance"], 0)
        self.assertEqual(len(first["snapshot"]), 16)
        self.assertNotIn("status", first)

    def test_a_broken_line_says_why_and_keeps_its_id(self):
        digits = self.listed[0].hex()
        long = json.dumps({"hash": digits, "id": "x" * 70_000})
        cases = [
            ("", None, "no JSON object"),
            ("   ", None, "no JSON object"),
            (digits, None, "no JSON object"),
            ("[1]", None, "no JSON object"),
            ('"' + digits + '"', None, "no JSON object"),
            ("{", None, "no JSON object"),
            ('{"id":"a"}', "a", "hash: got none"),
            ('{"id":"a","hash":7}', "a", "hash: got none"),
            ('{"id":"a","hash":"' + digits[:-1] + '"}', "a", "63"),
            ('{"id":"a","hash":"' + digits[:-1] + 'x"}', "a", "pdq"),
            ('{"id":1.5,"hash":"' + digits + '"}', None, "id: got another"),
            ('{"id":["a"],"hash":"' + digits + '"}', None, "id: got another"),
            ('{"id":99999999999999999999,"hash":"' + digits + '"}', None,
             "id: got another"),
            ('{"id":"a","hash":"' + digits + '","knd":"md5"}', "a",
             "unknown field"),
            ('{"id":"a","hash":"' + digits + '","hash":"' + digits + '"}', "a",
             "got hash twice"),
            ('{"id":"a","hash":"' + digits + '","kind":"sift"}', "a",
             "kind: got an unknown one"),
            ('{"id":"a","hash":"' + digits + '","kind":3}', "a",
             "kind: got another type"),
            ('{"id":"a","hash":"' + digits + '","kind":"md5"}', "a", "md5"),
            ('{"id":"\\ud800","hash":"' + digits + '"}', None,
             "no JSON object"),
            (long, None, "a line of over 65536 bytes"),
            (" " * 300_000, None, "a line of over 65536 bytes"),
        ]
        got = self.ndjson([case[0] for case in cases], code=4)
        self.assertEqual(len(got), len(cases))
        for number, ((line, id_, why), answer) in enumerate(zip(cases, got), 1):
            self.assertEqual((answer.get("id"), answer["outcome"],
                              answer["matches"]), (id_, "unreadable", []), line)
            self.assertIn(why, answer["status"], line)
            self.assertIn(f"record {number}: ", answer["status"])
            self.assertNotIn(digits[:40], json.dumps(answer))

    def test_kinds_are_a_record_s_own_or_the_option_s(self):
        digest, pdq = self.digest.hex(), self.listed[1].hex()
        got = self.ndjson([json.dumps({"hash": digest, "kind": "md5"}),
                           json.dumps({"hash": pdq})], code=1)
        self.assertEqual([r["matches"][0]["entry"] for r in got],
                         ["file-1", "case-1"])
        got = self.ndjson([json.dumps({"hash": digest}),
                           json.dumps({"hash": pdq, "kind": "pdq"})],
                          "--kind", "md5", code=1)
        self.assertEqual([r["matches"][0]["entry"] for r in got],
                         ["file-1", "case-1"])

    def binary(self, data, *options, code):
        done = self.run_filter(data, "--format", "binary", *options)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(len(done.stdout) % 16, 0)
        return (list(struct.iter_unpack("<BBHIQ", done.stdout)),
                done.stderr.decode())

    def test_binary_values_have_sixteen_bytes_each(self):
        near = bytes([self.listed[2][0] ^ 0x13]) + self.listed[2][1:]
        values = [self.listed[0], self.unknown[0], near] * 3000
        want = [(MATCH, 0, 1, 0, 1), (NO_MATCH, 0, 0, NO_DISTANCE, 1),
                (MATCH, 0, 1, 3, 1)] * 3000
        got, said = self.binary(b"".join(values), code=1)
        self.assertEqual((got, said), (want, ""))
        got, _ = self.binary(self.digest * 2, "--kind", "md5", code=1)
        self.assertEqual(got, [(MATCH, 0, 1, 0, 1)] * 2)
        self.assertEqual(self.binary(b"", code=0), ([], ""))

    def test_binary_input_that_ends_within_a_value_says_so(self):
        got, said = self.binary(self.unknown[0] + self.listed[0][:31], code=4)
        self.assertEqual(got, [(NO_MATCH, 0, 0, NO_DISTANCE, 1),
                               (UNREADABLE, 0, 0, NO_DISTANCE, 0)])
        self.assertIn("record 2: got 31 bytes, want 32: the input ends there",
                      said)

    def test_who_waits_for_an_answer_gets_it(self):
        # As a database's function or a coprocess does: one question, one
        # answer, and neither side at its end.
        for format, question, size in (
                ("ndjson", json.dumps({"hash": self.listed[3].hex()}).encode() +
                 b"\n", None),
                ("binary", self.listed[3], 16)):
            for more in ([], ["--watch"]):
                process = subprocess.Popen(
                    self.command("--format", format, *more),
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
                for _ in range(5):
                    process.stdin.write(question)
                    answer = (process.stdout.readline() if size is None else
                              process.stdout.read(size))
                    outcome = (json.loads(answer)["outcome"] == "match"
                               if size is None else answer[0] == MATCH)
                    self.assertTrue(outcome)
                process.stdin.close()
                self.assertEqual(process.stdout.read(), b"")
                process.stdout.close()
                self.assertEqual(process.wait(), 1)

    @unittest.skipIf(SANITIZED, "what is freed is kept by the sanitizer")
    def test_memory_does_not_grow_with_the_input(self):
        def peak(records):
            read, write = os.pipe()
            process = subprocess.Popen(
                self.command("--format", "binary", "--threads", "1"),
                stdin=read, stdout=subprocess.DEVNULL)
            os.close(read)
            block = b"".join(self.unknown) * 20
            with os.fdopen(write, "wb") as pipe:
                for _ in range(records // 1000):
                    pipe.write(block)
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
            return usage.ru_maxrss  # KiB

        few, many = peak(20_000), peak(400_000)
        self.assertLess(many, few + 8 * 1024)

    def test_a_reader_that_goes_away_ends_it(self):
        process = subprocess.Popen(self.command("--format", "ndjson"),
                                   stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.close()
        line = json.dumps({"hash": self.listed[0].hex()}).encode() + b"\n"
        try:
            for _ in range(100_000):
                process.stdin.write(line)
            process.stdin.close()
        except BrokenPipeError:
            pass
        self.assertIn(b"cannot write", process.stderr.read())
        process.stderr.close()
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        self.assertEqual(process.wait(), 2)

    def test_what_was_found_is_audited_first(self):
        log = self.folder / "audit.jsonl"
        self.ndjson([json.dumps({"id": "item-7", "hash":
                                 self.listed[4].hex()})],
                    "--audit", str(log), code=1)
        self.assertIn('"item":"item-7"', log.read_text())

    def test_options_that_cannot_be_together(self):
        for options, message in (
                (["--format", "arrow"], "ndjson"),
                (["--format", "ndjson", "--json"], "no --json"),
                (["--format", "ndjson", "-"], "want no FILE"),
                (["--format", "ndjson", "--kind", "sift"], "pdq"),
                (["--kind", "md5", "-"], "--format")):
            done = self.run_filter(b"", *options)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(message, done.stderr.decode())
            self.assertEqual(done.stdout, b"")
        done = subprocess.run([PROGRAM, "match", "--list", self.known,
                               "--format", "ndjson"], input=b"",
                              capture_output=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--hashes", done.stderr.decode())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
