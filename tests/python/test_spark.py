"""Stored hashes against a list on Spark: what it finds is what the matcher finds
row by row."""

import contextlib
import io
import os
import pathlib
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

import hashvet
from hashvet import errors
from spark_support import MISSING, SparkTest, below_this, parent_of
from support import hashvet as program

if MISSING is None:
    import pyarrow as pa
    from hashvet import _spark_lists
    from hashvet.spark import retroscan, version_of

EXAMPLE = (pathlib.Path(__file__).resolve().parents[2] / "examples" /
           "retroscan_on_spark.py")


class TestSpark(SparkTest):
    MASTER = "local[2,4]"  # four tries of a task: a worker may be lost

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

    def test_values_of_a_part_of_a_column(self):
        for kind in (pa.binary(), pa.large_binary(), pa.binary(32)):
            column = pa.array(self.values[:9], kind)
            for part in (column, column[2:7], column[8:], column[:0]):
                values, wrong = hashvet.spark._values_of(part, 32)
                self.assertEqual(values.to_pylist(), part.to_pylist())
                self.assertEqual(wrong, {})
        gaps = pa.array([None, *self.values[:3], b"", None], pa.binary())[1:]
        values, wrong = hashvet.spark._values_of(gaps, 32)
        self.assertEqual(values.to_pylist(), [*self.values[:3], None, None])
        self.assertEqual(list(wrong), [3])

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
        # It would be two columns of one name, and the id lost where one goes.
        named = self.frame.withColumnRenamed("id", "Snapshot")
        with self.assertRaisesRegex(errors.InvalidArgumentError,
                                    "got Snapshot for the id"):
            retroscan(named, "Snapshot", "hash", snapshot=self.known)
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

    def run_command(self, *options):
        """The command on this Spark: its code, and what it said."""
        out, err = io.StringIO(), io.StringIO()
        with mock.patch.object(type(self.spark), "stop"), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = hashvet.spark.main([str(option) for option in options])
        return code, out.getvalue().strip(), err.getvalue()

    def test_the_folder_is_named_for_what_was_scanned_for(self):
        stored = self.folder / "stored-of-folder.parquet"
        self.frame.write.parquet(str(stored))
        moved = self.folder / "moving.hvs"
        shutil.copy(self.known, moved)
        third = self.build("known", self.values[:3], "third.hvs")
        told = version_of(third)
        look = _spark_lists.version_of

        def replaced_once_it_was_looked_at(path, **keys):
            version = look(path, **keys)
            if third.exists():
                os.replace(third, moved)
            return version

        with mock.patch("hashvet._spark_lists.version_of",
                        replaced_once_it_was_looked_at):
            code, folder, _ = self.run_command(
                "--stored", stored, "--snapshot", moved, "--out",
                self.folder / "found-of-folder")
        self.assertEqual(code, 0)
        self.assertIn(f"/snapshot={told}/", folder)
        got = {row["id"] for row in self.spark.read.parquet(folder).collect()}
        self.assertEqual(got, {row[0] for row in self.want(moved)})

    def test_what_a_list_was_not_asked_about_is_told(self):
        policy = self.folder / "sampled.toml"
        policy.write_text('[[list]]\nname = "known"\nsampled = 0.5\n')
        policy.chmod(0o600)
        batch = pa.record_batch([list(range(40)), pa.array(self.values[:40])],
                                ["id", "hash"])
        shipped = _spark_lists.Shipped("", "v", "")
        with hashvet.Matcher(self.known, policy=policy) as matcher, \
                mock.patch("hashvet.spark.matcher_of", lambda _: matcher):
            want = matcher.match_many(self.values[:40]).outcomes()
            got = hashvet.spark._answer(batch, [shipped], "pdq", 32, None)
        self.assertEqual(set(want), {"match", "not_sampled"})
        self.assertEqual(got.column("outcome").to_pylist(), want)
        self.assertEqual(
            got.column("message").to_pylist(),
            ["" if outcome == "match" else "not asked, they sample: known"
             for outcome in want])

    def test_what_is_excused_or_only_recorded_is_not_told(self):
        lists = [self.build("known", self.values[:10], "few.hvs")]
        policy = self.folder / "roles.toml"
        text = ""
        for name, role, values in (("good", "ignore", self.values[5:15]),
                                   ("trial", "shadow", self.values[8:30])):
            lists.append(self.build(name, values))
            text += f'[[list]]\nname = "{name}"\nrole = "{role}"\n'
        policy.write_text(text)
        policy.chmod(0o600)
        batch = pa.record_batch([list(range(40)), pa.array(self.values[:40])],
                                ["id", "hash"])
        shipped = _spark_lists.Shipped("", "v", "")
        with hashvet.Matcher(lists, policy=policy) as matcher, \
                mock.patch("hashvet.spark.matcher_of", lambda _: matcher):
            got = hashvet.spark._answer(batch, [shipped], "pdq", 32, None)
            since = hashvet.spark._answer(batch, [shipped] * 2, "pdq", 32, None)
        self.assertEqual(got.column("id").to_pylist(), list(range(5)))
        self.assertEqual(set(got.column("outcome").to_pylist()), {"match"})
        self.assertEqual(len(since), 0)

    def test_lists_of_scans_before_are_let_go_of(self):
        opened = []
        with mock.patch.dict(_spark_lists._matchers, clear=True):
            for i in range(1, 9):
                path = self.build("known", self.values[:i], f"of-{i}.hvs")
                shipped = _spark_lists.Shipped("", version_of(path), str(path))
                opened.append(_spark_lists.matcher_of(shipped))
            self.assertEqual(list(_spark_lists._matchers.values()), opened[-4:])
        self.assertEqual(opened[-4].match(self.values[0]).outcome, "match")
        with self.assertRaises(errors.FailedPreconditionError):
            opened[0].match(self.values[0])

    def test_what_is_not_there_is_one_line_and_a_code(self):
        others = self.build("others", [bytes(16)], "md5.hvs", "--kind", "md5")
        damaged = self.folder / "damaged.parquet"
        self.frame.coalesce(1).write.parquet(str(damaged))
        (part,) = damaged.glob("part-*")
        content = bytearray(part.read_bytes())
        for i in range(4, len(content) // 2):  # its end stays
            content[i] ^= 0x55
        part.write_bytes(content)
        (damaged / f".{part.name}.crc").unlink()
        for more, want, message in (
                (["--stored", "/nonexistent"], 2, "PATH_NOT_FOUND"),
                (["--snapshot", "/nonexistent.hvs"], 3, "nonexistent.hvs"),
                (["--snapshot", others], 3, "not asked under pdq"),
                (["--stored", damaged], 16, "the job failed: "),
                (["--out", "/proc/nowhere"], 16, "the job failed: ")):
            stored = self.folder / "stored-of-codes.parquet"
            self.frame.write.mode("overwrite").parquet(str(stored))
            code, _, said = self.run_command(
                "--stored", stored, "--snapshot", self.known, "--out",
                self.folder / "nothing", *more)
            self.assertEqual(code, want)
            self.assertTrue(said.startswith("hashvet: "), said)
            self.assertIn(message, said)
            self.assertEqual(said.count("\n"), 1)
        # What a job began and did not end says so.
        self.assertEqual(list((self.folder / "nothing").rglob("_SUCCESS")), [])

    def publish(self, values, name, *options):
        """A directory that publishes them, and the snapshot."""
        snapshot = self.build("known", values, f"{name}.hvs")
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        program("snapshot", "publish", "--lists", folder, *options, snapshot)
        return folder, snapshot

    def test_a_sealed_list_is_opened_by_a_key_that_does_not_travel(self):
        key = self.folder / "seal.key"
        key.write_text(os.urandom(32).hex())
        key.chmod(0o600)
        seal = ("--encrypt-key", f"file:{key}")
        sealed, plain = self.publish(self.values[:33], "sealed", *seal)
        keyed = {"encryption_key": f"file:{key}"}
        shipped = _spark_lists.ship(self.spark, str(sealed), **keyed,
                                    trusted_keys=None)
        travels = pickle.dumps(shipped)
        for digits in (key.read_text(), key.read_text().upper()):
            self.assertNotIn(digits.encode(), travels)
            self.assertNotIn(bytes.fromhex(digits), travels)
        served = pathlib.Path(_spark_lists._folders[-1].name)
        for file in shipped.files:  # sealed as it was
            self.assertEqual((served / f"{shipped.name}-{file}").read_bytes(),
                             (sealed / file).read_bytes())
        found = retroscan(self.frame, "id", "hash", snapshot=sealed, **keyed)
        self.assertEqual(self.told(found), self.want(plain))
        # Elsewhere there is no such directory.
        gone, plain = self.publish(self.values[:34], "gone", *seal)
        found = retroscan(self.frame, "id", "hash", snapshot=gone, since=sealed,
                          **keyed)
        shutil.rmtree(gone)
        self.assertEqual(
            self.told(found),
            self.want(plain, self.build("known", self.values[:33], "33.hvs")))

        unread, _ = self.publish(self.values[:35], "unread", *seal)
        found = retroscan(self.frame, "id", "hash", snapshot=unread, **keyed)
        digits = key.read_text()
        key.rename(self.folder / "elsewhere.key")
        with self.assertRaisesRegex(Exception,
                                    "encryption key: cannot open.*seal.key") as no:
            self.told(found)
        self.assertNotIn(digits, str(no.exception))

    def test_what_does_not_open_a_sealed_list_is_one_line(self):
        key = self.folder / "line.key"
        key.write_text(os.urandom(32).hex())
        key.chmod(0o600)
        sealed, _ = self.publish(self.values, "lines", "--encrypt-key",
                                 f"file:{key}")
        (file,) = sealed.glob("*.hvs")
        for snapshot, source, error, message in (
                (sealed, "", errors.FailedPreconditionError, "got no key"),
                (file, f"file:{key}", errors.FailedPreconditionError,
                 "opened through their published directory, with its key"),
                (sealed, "fd:3", errors.InvalidArgumentError,
                 "which no worker has"),
                (sealed, key.read_text(), errors.InvalidArgumentError,
                 "a key itself is not taken here"),
                (sealed, "file:/nonexistent.key", FileNotFoundError,
                 "encryption key: cannot open")):
            with self.assertRaisesRegex(error, message) as raised:
                retroscan(self.frame, "id", "hash", snapshot=snapshot,
                          encryption_key=source)
            self.assertNotIn("\n", str(raised.exception))
            self.assertNotIn(key.read_text(), str(raised.exception))

    def test_a_directory_is_scanned_for_as_it_is_now(self):
        folder, first = self.publish(self.values[:20], "moving")
        found = retroscan(self.frame, "id", "hash", snapshot=folder)
        want = self.want(first)
        _, second = self.publish(self.values[:30], "moving", "--accept")
        self.assertEqual(self.told(found), want)
        self.assertEqual(self.told(retroscan(self.frame, "id", "hash",
                                             snapshot=folder)),
                         self.want(second))
        # Published while it is put aside: the files that were named are gone.
        link = _spark_lists._link

        def published_meanwhile(path, to, mode=None):
            if "/moving/" in path and not published:
                published.append(self.publish(self.values[:36], "moving",
                                              "--accept")[1])
                os.unlink(path)  # as snapshot gc does
            link(path, to, mode)

        published = []
        with mock.patch("hashvet._spark_lists._link", published_meanwhile):
            found = retroscan(self.frame, "id", "hash", snapshot=folder)
        self.assertEqual(self.told(found), self.want(published[0]))
        with self.assertRaisesRegex(errors.InvalidArgumentError, "trusted keys"):
            retroscan(self.frame, "id", "hash", snapshot=folder,
                      trusted_keys=self.picture)

    def test_another_list_on_a_worker_is_refused(self):
        retroscan(self.frame, "id", "hash", snapshot=self.known)
        name = f"hashvet-{version_of(self.known)}.hvs"
        with self.assertRaisesRegex(errors.FailedPreconditionError,
                                    "on this worker, want 0000"):
            _spark_lists.matcher_of(_spark_lists.Shipped(
                name, "0" * 16, str(self.known)))

    def workers(self):
        """Python workers: children of Spark's daemon, a child of Java."""
        daemons = below_this(b"pyspark.daemon")
        return [p for p in daemons if parent_of(p) in daemons]

    def test_a_worker_killed_in_mid_job_changes_nothing(self):
        large = self.frame
        for _ in range(2):
            large = large.unionAll(large)
        want = sorted(self.want(self.known) * 4)
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

    def test_the_example(self):
        stored = self.folder / "stored-of-example.parquet"
        self.frame.write.parquet(str(stored))
        done = subprocess.run(
            [sys.executable, EXAMPLE, stored, self.known,
             self.folder / "found-of-example"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        matches = sum(row[1] == "match" for row in self.want(self.known))
        self.assertEqual(sorted(done.stdout.splitlines()),
                         [f"match\t{matches}", "unreadable\t2"])

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
