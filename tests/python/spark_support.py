"""A Spark of one's own, and what a scan on it has to say: row by row what the
matcher says. Needs pyspark and Java: `./dev setup spark`."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

try:
    import pyspark
    MISSING = None if shutil.which("java") else "java"
except ImportError:
    MISSING = "pyspark"

import hashvet
from support import ListTest, random_values

if MISSING is None:
    from hashvet.spark import version_of
    from pyspark.sql import SparkSession

    # Spark keeps what executors leave below its own folder: so that is one of
    # ours, with its programs in it.
    HOME = tempfile.TemporaryDirectory(prefix="spark-home-")
    for entry in pathlib.Path(pyspark.__file__).parent.iterdir():
        (pathlib.Path(HOME.name) / entry.name).symlink_to(entry)
    os.environ["SPARK_HOME"] = HOME.name
    os.environ["PYSPARK_PYTHON"] = sys.executable


def parent_of(process):
    """0 where there is none, or it is gone."""
    try:
        stat = (pathlib.Path("/proc") / str(process) / "stat").read_text()
        return int(stat.rsplit(")", 1)[1].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def below_this(word):
    """Processes that come of this one and have the word in their command."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        ancestor = process = int(folder.name)
        while ancestor > 1 and ancestor != os.getpid():
            ancestor = parent_of(ancestor)
        if ancestor == os.getpid() and word in command:
            found.append(process)
    return sorted(found)


@unittest.skipIf(MISSING, f"skipped: no {MISSING}, which `./dev setup spark` "
                 "installs")
class SparkTest(ListTest):
    """`stored`: rows of an id and a hash, some near the list's, a null and one
    that is too short; `frame`: the same; `known` and `old`: lists."""

    ROWS = 3000
    MASTER = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spark = (SparkSession.builder.master(cls.MASTER)
                     .config("spark.ui.enabled", "false")
                     .config("spark.ui.showConsoleProgress", "false")
                     .config("spark.driver.bindAddress", "127.0.0.1")
                     .config("spark.driver.host", "127.0.0.1")
                     .config("spark.executor.memory", "512m")
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
