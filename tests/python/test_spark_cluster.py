"""The same on a cluster: two executors, each a process of its own with files of
its own, as on two hosts."""

import os
import signal
import threading
import time
import unittest

from spark_support import MISSING, SparkTest, below_this

if MISSING is None:
    from hashvet import spark
    from hashvet.spark import retroscan

EXECUTOR = b"CoarseGrainedExecutorBackend"


class TestSparkCluster(SparkTest):
    MASTER = "local-cluster[2,1,1024]"

    def test_executors_answer_as_the_matcher_does(self):
        self.assertEqual(len(below_this(EXECUTOR)), 2)
        got = self.told(retroscan(self.frame, "id", "hash",
                                  snapshot=self.known, since=self.old))
        self.assertEqual(got, self.want(self.known, self.old))

    def maps_of_workers(self):
        """The list files that Python workers map."""
        files = set()
        for process in below_this(b"pyspark.daemon"):
            with open(f"/proc/{process}/maps") as maps:
                files.update(line.split()[-1] for line in maps if ".hvs" in line)
        return files

    def test_a_host_that_has_the_list_maps_its_own_and_others_the_shipped(self):
        published = self.build("known", self.values[:30], "published.hvs")
        self.told(retroscan(self.frame, "id", "hash", snapshot=published))
        self.assertIn(str(published), self.maps_of_workers())
        # Driver and executors are on one host here; on another there is
        # nothing at that path, or another list.
        for name, replace in (("gone", os.unlink), ("other", self.put_another)):
            with self.subTest(name):
                path = self.build("known", self.values[:31 + len(name)],
                                  f"{name}.hvs")
                scan = retroscan(self.frame, "id", "hash", snapshot=path)
                want = self.want(path)
                version = spark.version_of(path)
                replace(path)
                self.assertEqual(self.told(scan), want)
                maps = self.maps_of_workers()
                self.assertNotIn(str(path), maps)
                shipped = {m for m in maps if f"hashvet-{version}.hvs" in m}
                self.assertEqual(len(shipped), 2)  # each executor has its own

    def put_another(self, path):
        os.replace(self.build("known", self.values[:3], "third.hvs"), path)

    def test_an_executor_killed_in_mid_job_changes_nothing(self):
        large = self.frame
        for _ in range(2):
            large = large.unionAll(large)
        want = sorted(self.want(self.known) * 4)
        before = below_this(EXECUTOR)
        killed = []

        def kill():
            time.sleep(1)
            for executor in below_this(EXECUTOR)[:1]:
                os.kill(executor, signal.SIGKILL)
                killed.append(executor)

        thread = threading.Thread(target=kill)
        thread.start()
        got = self.told(retroscan(large, "id", "hash", snapshot=self.known))
        in_time = not thread.is_alive()
        thread.join()
        self.assertEqual(got, want)
        self.assertTrue(killed and in_time)
        # The next job has two again.
        for _ in range(150):
            now = below_this(EXECUTOR)
            if len(now) == 2 and now != before:
                break
            time.sleep(0.2)
        self.assertEqual(len(now), 2)
        self.assertNotEqual(now, before)
        self.assertEqual(self.told(retroscan(self.frame, "id", "hash",
                                             snapshot=self.known)),
                         self.want(self.known))


if __name__ == "__main__":
    unittest.main()
