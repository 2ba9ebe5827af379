"""Batches as pyarrow has them, and that its own checks find nothing wrong."""

import gc
import io
import subprocess
import sys
import threading

import hashvet
import numpy
import pyarrow as pa
from hashvet import errors
from support import ListTest, random_values

PDQ = pa.binary(32)


class TestArrow(ListTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        unknown = random_values(50, seed=21)
        cls.items, cls.want = [], []
        for i in range(100):
            item, outcome = ((None, "unreadable") if i % 7 == 3 else
                             (cls.values[i // 3], "match") if i % 3 == 0 else
                             (unknown[i // 2], "no_match"))
            cls.items.append(item)
            cls.want.append(outcome)
        cls.array = pa.array(cls.items, PDQ)

    def setUp(self):
        self.matcher = hashvet.Matcher(self.known)
        self.addCleanup(self.matcher.close)

    def batch(self, values, **options):
        verdicts = self.matcher.match_arrow(values, **options)
        self.assertEqual(len(verdicts), len(values))
        batch = pa.record_batch(verdicts)
        batch.validate(full=True)
        return batch

    def test_an_array_is_answered_with_every_field(self):
        batch = self.batch(self.array)
        self.assertEqual(batch.column("outcome").to_pylist(), self.want)
        for i, row in enumerate(batch.to_pylist()):
            if self.items[i] is None:
                self.assertEqual((row["code"], row["message"]),
                                 (3, "value: got null"))
                self.assertEqual(row["matches"], [])
                self.assertEqual(row["generation"], 1)
                continue
            verdict = self.matcher.match(self.items[i])
            self.assertEqual(
                (row["outcome"], row["code"], row["message"], row["snapshot"],
                 row["generation"], row["not_sampled"]),
                (verdict.outcome, verdict.code, verdict.message,
                 verdict.snapshot, verdict.generation, verdict.not_sampled))
            for field in ("matches", "ignored_by", "suppressed_matches",
                          "shadow_matches"):
                want = [{name: getattr(match, name) for name in
                         ("list", "list_version", "entry", "category",
                          "category_scheme", "opinion", "action", "kind",
                          "distance", "query_quality", "entry_quality")} |
                        {"orientation": "original"}
                        for match in getattr(verdict, field)]
                self.assertEqual(row[field], want)

    def test_slices_and_nulls_of_any_place(self):
        for begin in (0, 1, 7, 8, 9, 63, 99, 100):
            for length in (0, 1, 13, 100):
                part = self.array[begin:begin + length]
                self.assertEqual(self.batch(part).column("outcome").to_pylist(),
                                 self.want[begin:begin + length])
        self.assertEqual(
            self.batch(pa.nulls(9, PDQ)).column("outcome").to_pylist(),
            ["unreadable"] * 9)

    def test_nothing_is_copied_on_the_way_in(self):
        # The values lie in memory that NumPy owns; changed there, they are
        # changed for the next question.
        rows = numpy.frombuffer(b"".join(self.values), numpy.uint8).copy()
        array = pa.Array.from_buffers(PDQ, 40, [None, pa.py_buffer(rows)])
        self.assertEqual(self.batch(array).column("outcome").to_pylist(),
                         ["match"] * 40)
        rows[:32] ^= 0xFF
        self.assertEqual(self.batch(array).column("outcome")[0].as_py(),
                         "no_match")

    def test_verdicts_can_be_taken_more_than_once_and_outlive_all(self):
        verdicts = self.matcher.match_arrow(self.array)
        first = pa.record_batch(verdicts)
        second = pa.array(verdicts)
        self.assertEqual(second.field("outcome").to_pylist(), self.want)
        self.matcher.close()
        del verdicts, second
        gc.collect()
        self.assertEqual(first.column("outcome").to_pylist(), self.want)
        column = first.column("matches")
        del first
        gc.collect()
        self.assertEqual(sum(len(m) for m in column.to_pylist()),
                         self.want.count("match"))

    def test_a_stream_is_answered_as_it_is_read(self):
        chunks = pa.chunked_array([self.array[:10], self.array[10:10],
                                   self.array[10:]])
        stream = self.matcher.match_arrow(chunks)
        reader = pa.RecordBatchReader.from_stream(stream)
        batches = list(reader)
        self.assertEqual([len(batch) for batch in batches], [10, 0, 90])
        table = pa.Table.from_batches(batches)
        table.validate(full=True)
        self.assertEqual(table.column("outcome").to_pylist(), self.want)
        with self.assertRaisesRegex(errors.FailedPreconditionError,
                                    "taken once"):
            pa.RecordBatchReader.from_stream(stream)
        # Never taken: released all the same.
        self.matcher.match_arrow(chunks)
        # It keeps its lists, and another thread may read it.
        reader = pa.RecordBatchReader.from_stream(
            self.matcher.match_arrow(chunks))
        self.matcher.close()
        rows = []
        thread = threading.Thread(
            target=lambda: rows.extend(reader.read_all().to_pylist()))
        thread.start()
        thread.join()
        self.assertEqual([row["outcome"] for row in rows], self.want)

    def test_what_is_left_out_says_no_more_than_no_match(self):
        # A list of known good, one to be recorded and one that samples beside
        # one that matches: a no-match may say more than that.
        lists = [self.known]
        policy = ""
        for i, more in enumerate(('role = "ignore"', 'role = "shadow"',
                                  "sampled = 0.5")):
            lists.append(self.build(f"more-{i}", self.values[8 * i:8 * i + 16],
                                    f"more-{i}.hvs"))
            policy += f'[[list]]\nname = "more-{i}"\n{more}\n'
        written = self.folder / "roles.toml"
        written.write_text(policy)
        written.chmod(0o600)
        unknown = random_values(900, seed=22)
        items = [None if i % 97 == 5 else self.values[i // 11 % 40]
                 if i % 11 == 0 else value for i, value in enumerate(unknown)]
        array = pa.array(items, PDQ)
        said = ("matches", "ignored_by", "suppressed_matches",
                "shadow_matches", "not_sampled")
        with hashvet.Matcher(lists, policy=written) as matcher:
            for options, least in (({}, 300),
                                   ({"only": ["known"]}, 80),
                                   ({"only": ["known", "more-1"]}, 80),
                                   ({"max_distance": 1}, 300),
                                   ({"only": ["known", "nobody"]}, 900)):
                full = pa.record_batch(matcher.match_arrow(array, **options))
                self.assertEqual(full.column("row").to_pylist(),
                                 list(range(900)))
                want = [row for row in full.to_pylist()
                        if row["outcome"] != "no_match" or row["code"] or
                        row["message"] or any(row[field] for field in said)]
                batch = pa.record_batch(matcher.match_arrow(
                    array, skip_no_match=True, **options))
                batch.validate(full=True)
                self.assertEqual(batch.schema, full.schema)
                self.assertEqual(batch.to_pylist(), want)
                self.assertGreaterEqual(len(want), least)
                chunks = pa.chunked_array([array[:300], array[300:300],
                                           array[300:]])
                table = pa.RecordBatchReader.from_stream(matcher.match_arrow(
                    chunks, skip_no_match=True, **options)).read_all()
                self.assertEqual(table.to_pylist(), want)
            nothing = pa.array(unknown[:7], PDQ)[:0]
            self.assertEqual(len(matcher.match_arrow(nothing,
                                                     skip_no_match=True)), 0)

    def test_what_is_no_array_of_such_values_is_refused(self):
        rows = b"".join(self.values)
        for values, message in (
                (pa.array([rows[:16]], pa.binary(16)), "got format w:16, want"),
                (pa.array([rows[:33]], pa.binary(33)), "got format w:33, want"),
                (pa.array([rows[:32]], pa.binary()), "got format z, want w:32"),
                (pa.array(["ab" * 32]), "got format u, want w:32"),
                (pa.array([1, 2]), "got format l, want w:32"),
                (self.array.dictionary_encode(), "dictionary"),
                (pa.record_batch([self.array], names=["hash"]),
                 "a batch of columns has one of them"),
                (pa.table({"hash": self.array}),
                 "a batch of columns has one of them"),
                (pa.chunked_array([pa.array([rows[:16]], pa.binary(16))]),
                 "got format w:16")):
            with self.assertRaisesRegex(errors.InvalidArgumentError, message):
                self.matcher.match_arrow(values)
        for values in (self.values, rows, None, numpy.zeros((3, 32))):
            with self.assertRaisesRegex(TypeError, "__arrow_c_array__"):
                self.matcher.match_arrow(values)

        class Liar:
            def __arrow_c_array__(self, requested_schema=None):
                return "schema", "array"

        with self.assertRaisesRegex(TypeError, "in place of a capsule"):
            self.matcher.match_arrow(Liar())
        with self.assertRaisesRegex(ValueError, "want w:16"):
            self.matcher.match_arrow(self.array, kind="md5")
        self.matcher.close()
        with self.assertRaisesRegex(errors.FailedPreconditionError, "closed"):
            self.matcher.match_arrow(self.array)


class TestFilter(ListTest):
    SCHEMA = pa.schema([("id", pa.int64()), ("hash", PDQ)])

    def stream(self, *batches):
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, self.SCHEMA) as writer:
            for begin, values in batches:
                ids = list(range(begin, begin + len(values)))
                writer.write_batch(pa.record_batch([ids, values],
                                                   schema=self.SCHEMA))
        return sink.getvalue()

    def columns(self, *names):
        """A stream of values under each of these names."""
        sink = io.BytesIO()
        values = pa.array(self.values, PDQ)
        batch = pa.record_batch([values] * len(names), list(names))
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        return sink.getvalue()

    def run_filter(self, data, *options):
        return subprocess.run(
            [sys.executable, "-m", "hashvet.arrow_filter", *options],
            input=data, capture_output=True)

    def known_list(self):
        return ["--list", str(self.known)]

    def test_rows_come_back_in_order_with_their_verdicts(self):
        unknown = random_values(3, seed=31)
        cases = (([(0, self.values), (40, []), (40, unknown)], 1),
                 ([(0, unknown)], 0), ([(0, [None, unknown[0]])], 4),
                 ([(0, [None, self.values[2]])], 5), ([], 0))
        for batches, code in cases:
            done = self.run_filter(self.stream(*batches), *self.known_list())
            self.assertEqual(done.returncode, code, done.stderr)
            with pa.ipc.open_stream(done.stdout) as reader:
                table = reader.read_all()
                table.validate(full=True)
            rows = table.to_pylist()
            want = [value for _, values in batches for value in values]
            self.assertEqual([row["hash"] for row in rows], want)
            self.assertEqual([row["id"] for row in rows],
                             list(range(len(want))))
            self.assertEqual(
                [row["verdict"]["outcome"] for row in rows],
                ["unreadable" if v is None else "match" if v in self.values
                 else "no_match" for v in want])

    def test_what_is_no_such_stream_exits_2_and_is_not_ended(self):
        whole = self.stream((0, self.values), (40, self.values))
        for data, options, code, message in (
                (b"", self.known_list(), 2, ""),
                (b"no stream", self.known_list(), 2, ""),
                (whole, [*self.known_list(), "--column", "x"], 2,
                 "column: got x"),
                (whole, [*self.known_list(), "--column", "id"], 2,
                 "got format l, want w:32"),
                (whole, [*self.known_list(), "--kind", "md5"], 2, "want w:16"),
                (whole, [], 2, "got no list"),
                (self.columns("hash", "hash"), self.known_list(), 2,
                 "got hash, which is there 2 times"),
                (self.columns("hash", "verdict"), self.known_list(), 2,
                 'has a "verdict" already'),
                (whole, [*self.known_list(), "--threads", "-1"], 2,
                 "--threads: invalid number of threads"),
                (whole, ["--list", "/nonexistent.hvs"], 3, "nonexistent"),
                (whole[:-300], self.known_list(), 2, "")):
            done = self.run_filter(data, *options)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(message, done.stderr.decode())
            self.assertNotIn(b"Traceback", done.stderr)
            # The end of a stream is a length of 0.
            self.assertFalse(done.stdout.endswith(b"\xff\xff\xff\xff\0\0\0\0"))
        done = self.run_filter(whole, *self.known_list())
        self.assertTrue(done.stdout.endswith(b"\xff\xff\xff\xff\0\0\0\0"))
