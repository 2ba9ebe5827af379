"""Stored hashes against a list on Spark, in processes of its own: what it finds
is what the matcher finds row by row. Needs pyspark and Java: `./dev setup spark`.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

try:
    import pyspark
    MISSING = None if shutil.which("java") else "java"
except ImportError:
    MISSING = "pyspark"

import hashvet
from hashvet import errors
from support import ListTest, random_values

if MISSING is None:
    from hashvet.spark import main, retroscan, version_of
    from pyspark.sql import SparkSession


@unittest.skipIf(MISSING, f"skipped: no {MISSING}, which `./dev setup spark` "
                 "installs")
class TestSpark(ListTest):
    ROWS = 3000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.environ["PYSPARK_PYTHON"] = sys.executable
        # Four tries of a task, so that a worker may be lost.
        cls.spark = (SparkSession.builder.master("local[2,4]")
                     .config("spark.ui.enabled", "false")
                     .config("spark.driver.bindAddress", "127.0.0.1")
                     .config("spark.driver.host", "127.0.0.1")
                     .config("spark.local.dir", str(cls.folder))
                     .config("spark.sql.shuffle.partitions", "2")
                     .getOrCreate())
        cls.addClassCleanup(cls.spark.stop)
        cls.spark.sparkContext.setLogLevel("OFF")
        unknown = random_values(cls.ROWS, seed=41)
        cls.stored = []
        for i, value in enumerate(unknown):
            if i % 50 == 7:
                value = cls.values[i // 50 % 40]
                value = bytes([value[0] ^ 0x21]) + value[1:]
            cls.stored.append((i, value))
        cls.stored[11] = (11, None)
        cls.stored[12] = (12, b"short")
        cls.frame = cls.spark.createDataFrame(
            cls.stored, "id long, hash binary").repartition(6)
        cls.old = cls.build("known", cls.values[:25], "old.hvs")

    def told(self, frame):
        return sorted((row["id"], row["outcome"], row["message"],
                       row["snapshot"],
                       sorted((m["list"], m["entry"], m["distance"])
                              for m in row["matches"]))
                      for row in frame.collect())

    def want(self, known, old=None, stored=None):
        rows = []
        version = version_of(known)
        with hashvet.Matcher(known) as matcher:
            for i, value in stored or self.stored:
                if value is None or len(value) != 32:
                    rows.append((i, "unreadable", "value: got null"
                                 if value is None else
                                 "hash: got 5 bytes, want 32", version, []))
                    continue
                verdict = matcher.match(value)
                matches = sorted((m.list, m.entry, m.distance)
                                 for m in verdict.matches)
                if old is not None:
                    with hashvet.Matcher(old) as before:
                        seen = {(m.list, m.entry)
                                for m in before.match(value).matches}
                    matches = [m for m in matches if m[:2] not in seen]
                if matches:
                    rows.append((i, "match", "", version, matches))
        return rows

    def test_it_finds_what_the_matcher_finds(self):
        want = self.want(self.known)
        self.assertGreater(len(want), 55)
        got = self.told(retroscan(self.frame, "id", "hash",
                                  snapshot=self.known))
        self.assertEqual(got, want)
        digits = self.frame.selectExpr("id", "lower(hex(hash)) AS digits")
        text = self.told(retroscan(digits, "id", "digits",
                                   snapshot=str(self.known)))
        self.assertEqual([row[:2] for row in text], [row[:2] for row in want])
        self.assertIn("got 10 digits, want 64", text[[r[0] for r in text]
                                                     .index(12)][2])
        near = self.told(retroscan(self.frame, "id", "hash",
                                   snapshot=self.known, max_distance=1))
        self.assertEqual([row[1] for row in near], ["unreadable"] * 2)

    def test_since_an_older_list_only_what_is_new_is_told(self):
        want = self.want(self.known, self.old)
        got = self.told(retroscan(self.frame, "id", "hash",
                                  snapshot=self.known, since=self.old))
        self.assertEqual(got, want)
        self.assertLess(len(want), len(self.want(self.known)))
        self.assertGreater(len(want), 5)

    def test_bad_digits_and_columns_are_told(self):
        frame = self.spark.createDataFrame(
            [("a", "x" * 64), ("b", self.values[0].hex().upper()), ("c", "")],
            "name string, hash string")
        got = self.told(retroscan(frame.withColumnRenamed("name", "id"), "id",
                                  "hash", snapshot=self.known))
        self.assertEqual([(row[0], row[1], row[2]) for row in got],
                         [("a", "unreadable", "hash: got what are no hex digits"),
                          ("b", "match", ""),
                          ("c", "unreadable", "hash: got 0 digits, want 64")])
        for id_col, hash_col, message in (
                ("nr", "hash", "column: got nr, want one of id, hash"),
                ("id", "sum", "column: got sum"),
                ("id", "id", "column id: got bigint, want binary or string")):
            with self.assertRaisesRegex(errors.InvalidArgumentError, message):
                retroscan(self.frame, id_col, hash_col, snapshot=self.known)
        with self.assertRaises(FileNotFoundError):
            retroscan(self.frame, "id", "hash", snapshot="/nonexistent.hvs")
        with self.assertRaisesRegex(errors.InvalidArgumentError,
                                    "not a snapshot: .*scene.png"):
            retroscan(self.frame, "id", "hash", snapshot=self.picture)
        with self.assertRaises(errors.InvalidArgumentError):
            retroscan(self.frame, "id", "hash", snapshot=self.known,
                      kind="sift")

    def test_a_list_that_is_replaced_meanwhile_does_not_mix(self):
        moved = self.folder / "moved.hvs"
        shutil.copy(self.known, moved)
        found = retroscan(self.frame, "id", "hash", snapshot=moved)
        os.replace(self.build("known", self.values[:3], "third.hvs"), moved)
        again = retroscan(self.frame, "id", "hash", snapshot=moved)
        self.assertEqual(self.told(found), self.want(self.known))
        self.assertEqual(self.told(again), self.want(moved))

    def test_another_list_on_a_worker_is_refused(self):
        retroscan(self.frame, "id", "hash", snapshot=self.known)
        name = f"hashvet-{version_of(self.known)}.hvs"
        with self.assertRaisesRegex(errors.FailedPreconditionError,
                                    "on this worker, want 0000"):
            hashvet.spark._matcher_of(name, "0" * 16)

    def workers(self):
        """Python workers of this Spark: children of its daemon."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1]
                             .split()[1])
                of_daemon = (pathlib.Path("/proc") / str(parent) /
                             "cmdline").read_bytes()
                java = int((pathlib.Path("/proc") / str(parent) / "stat")
                           .read_text().rsplit(")", 1)[1].split()[1])
                own = int((pathlib.Path("/proc") / str(java) / "stat")
                          .read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            if (b"pyspark.daemon" in command and
                    b"pyspark.daemon" in of_daemon and own == os.getpid()):
                found.append(int(folder.name))
        return found

    def test_a_worker_killed_in_mid_job_changes_nothing(self):
        large = self.frame
        for _ in range(4):
            large = large.unionAll(large)
        want = sorted(self.want(self.known) * 16)
        killed = []
        stop = threading.Event()

        def kill():
            while not stop.is_set() and len(killed) < 2:
                for worker in self.workers()[:1]:
                    try:
                        os.kill(worker, signal.SIGKILL)
                        killed.append(worker)
                    except ProcessLookupError:
                        pass
                time.sleep(0.3)

        thread = threading.Thread(target=kill)
        thread.start()
        try:
            got = self.told(retroscan(large, "id", "hash", snapshot=self.known))
        finally:
            stop.set()
            thread.join()
        self.assertEqual(got, want)
        self.assertTrue(killed)

    def test_the_command_replaces_its_own_output(self):
        stored = self.folder / "stored.parquet"
        self.frame.write.mode("overwrite").parquet(str(stored))
        out = self.folder / "found"
        known = version_of(self.known)
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-m", "hashvet.spark", "--stored", stored,
                 "--snapshot", self.known, "--since", self.old, "--out", out],
                capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr[-2000:])
            self.assertEqual(done.stdout.strip(),
                             f"{out}/snapshot={known}/since="
                             f"{version_of(self.old)}")
            got = self.spark.read.option("basePath", str(out)).parquet(str(out))
            self.assertEqual(self.told(got.drop("since")),
                             self.want(self.known, self.old))


if __name__ == "__main__":
    unittest.main()
