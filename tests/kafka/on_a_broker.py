#!/usr/bin/env python3
"""hashvet-kafka on a real Apache Kafka broker: workers killed and restarted,
lists swapped, poison, topics and credentials that are not there, TLS. The rows
of `./dev evidence scale --short` but for the rate.

  HASHVET_BUILD_TREE=FOLDER on_a_broker.py

Exits 77, which ctest calls skipped, where there is no broker.
"""

import os
import pathlib
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(SOURCE / "bench" / "evidence"))

from _kafka import missing  # noqa: E402
from _kafka_rows import broker_in, correctness  # noqa: E402
from _table import Table  # noqa: E402

SKIPPED = 77


def main():
    lacks = missing()
    if lacks:
        if os.environ.get("HASHVET_EXPECT_SCALE"):  # .ci/run sets it
            sys.exit(f"HASHVET_EXPECT_SCALE is set, but: {lacks}")
        print(f"skipped: {lacks}")
        sys.exit(SKIPPED)
    sys.argv[1:] = ["--short"]
    table = Table("kafka")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "kafka"
        with broker_in(folder) as broker:
            correctness(table, broker, folder)
    table.finish()


if __name__ == "__main__":
    main()
