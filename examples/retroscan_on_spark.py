#!/usr/bin/env python3
"""A list against every hash that is stored, on Apache Spark.

  spark-submit examples/retroscan_on_spark.py STORED.parquet LIST.hvs OUT

STORED has the columns id and hash (bytes or hex digits). What the list finds is
written below OUT, in a folder named for the list's version: run again, it
replaces that folder. `python -m hashvet.spark` is the same as a program.
"""

import sys

from hashvet.spark import retroscan, version_of, write
from pyspark.sql import SparkSession


def main(stored, snapshot, out):
    spark = SparkSession.builder.appName("retroscan").getOrCreate()
    found = retroscan(spark.read.parquet(stored), "id", "hash",
                      snapshot=snapshot)
    folder = write(found, out, version_of(snapshot), None)
    for row in spark.read.parquet(folder).groupBy("outcome").count().collect():
        # What could not be judged is told, too: look at it, and run again.
        print(row["outcome"], row["count"], sep="\t")
    spark.stop()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
