#!/usr/bin/env python3
"""Stored hashes against a list on Spark, for bench/evidence/scale.py, which runs
it in a virtual environment that has the package and pyspark. Prints a JSON object.

  spark_rate.py make FOLDER STORED ENTRIES   new.csv, a list; stored.parquet and
                                             stored.csv, the same hashes, 100 of
                                             them the list's
  spark_rate.py scan LIST.hvs FOLDER         in local[2]; {"start_s", "scan_s",
                                             "found"}
  spark_rate.py hold LIST.hvs FOLDER         scans, prints its workers'
                                             processes, and waits for the end of
                                             its input
"""

import json
import os
import pathlib
import random
import sys
import time

PLANTED = 100
BLOCK = 100_000


def balanced():
    """A value as pictures have them, half of its bits set: the ledger holds
    others back."""
    return sum(1 << bit for bit in random.sample(range(256), 128)).to_bytes(
        32, "big")


def make(folder, stored, entries):
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder, stored = pathlib.Path(folder), int(stored)
    listed = b"".join(balanced() for _ in range(int(entries)))
    (folder / "new.csv").write_text("".join(
        f"{listed[32 * i:32 * i + 32].hex()},90,case-{i}\n"
        for i in range(int(entries))))
    parquet = folder / "stored.parquet"
    parquet.mkdir()
    every = stored // PLANTED
    with open(folder / "stored.csv", "w") as text:
        for first in range(0, stored, BLOCK):
            count = min(BLOCK, stored - first)
            values = bytearray(os.urandom(32 * count))
            for i in range(-first % every, count, every):
                at = 32 * ((first + i) // every)
                values[32 * i:32 * i + 32] = listed[at:at + 32]
                values[32 * i] ^= 0x21  # two bits away
            digits = values.hex()
            text.write("".join(f"{first + i},{digits[64 * i:64 * i + 64]}\n"
                               for i in range(count)))
            pq.write_table(
                pa.table([pa.array(range(first, first + count), pa.int64()),
                          pa.Array.from_buffers(pa.binary(32), count,
                                                [None, pa.py_buffer(values)])],
                         names=["id", "hash"]),
                parquet / f"part-{first // BLOCK:05}.parquet",
                compression="none")
    return {"stored": stored}


def session():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (SparkSession.builder.master("local[2]")
             .config("spark.ui.enabled", "false")
             .config("spark.ui.showConsoleProgress", "false")
             .config("spark.driver.bindAddress", "127.0.0.1")
             .config("spark.driver.host", "127.0.0.1")
             .config("spark.driver.memory", "1g")
             # As docs/scaling.md tells users to.
             .config("spark.sql.execution.arrow.maxRecordsPerBatch", "50000")
             .getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def few(spark, known):
    """A scan of nothing worth: everything is started."""
    from hashvet.spark import retroscan

    frame = spark.range(4).selectExpr(
        "id", "repeat('0123456789abcdef', 4) AS hash").repartition(2)
    return retroscan(frame, "id", "hash", snapshot=known).count()


def scan(known, folder):
    from hashvet.spark import retroscan, version_of, write

    began = time.perf_counter()
    spark = session()
    few(spark, known)
    start_s = time.perf_counter() - began
    began = time.perf_counter()
    found = retroscan(spark.read.parquet(f"{folder}/stored.parquet"), "id",
                      "hash", snapshot=known)
    out = write(found, f"{folder}/found", version_of(known), None)
    scan_s = time.perf_counter() - began
    outcomes = [row.outcome for row in spark.read.parquet(out).collect()]
    spark.stop()
    return {"start_s": start_s, "scan_s": scan_s,
            "found": outcomes.count("match"), "others": len(outcomes) -
            outcomes.count("match")}


def workers():
    """Python processes of this Spark that scan: the daemon's children."""
    daemons = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"pyspark.daemon" in (folder / "cmdline").read_bytes():
                stat = (folder / "stat").read_text().rsplit(")", 1)[1]
                daemons[int(folder.name)] = int(stat.split()[1])
        except OSError:
            pass
    return [process for process, parent in daemons.items() if parent in daemons]


def hold(known, folder):
    from hashvet.spark import retroscan

    spark = session()
    part = spark.read.parquet(f"{folder}/stored.parquet").limit(100_000)
    retroscan(part.repartition(4), "id", "hash", snapshot=known).count()
    print(json.dumps({"workers": workers()}), flush=True)
    sys.stdin.read()
    spark.stop()
    return {"held": True}


if __name__ == "__main__":
    print(json.dumps({"make": make, "scan": scan, "hold": hold}[sys.argv[1]](
        *sys.argv[2:])))
