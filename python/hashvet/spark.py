"""Stored hashes against a list, on Apache Spark.

    found = retroscan(df, "id", "hash", snapshot="new.hvs")

The list is the small side: it is shipped to every executor with addFile and
mapped there. A host that has the same list at the driver's path (published to
all hosts, say) maps that one, so that all its processes share one copy. Stored
hashes are the big side and are read once, where
they lie. There is no shuffle. The package must be installed on the workers.

    python -m hashvet.spark --stored stored.parquet --snapshot today.hvs \\
        --since yesterday.hvs --out found.parquet

A run replaces its own output and nothing else, so that it can be run again.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Any, Iterator

try:
    import numpy
    import pyarrow as pa
    import pyarrow.compute as pc
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql import types as t
except ImportError as error:
    if __name__ != "__main__":
        raise
    print(f"hashvet: {error}: want pyspark, pandas and pyarrow", file=sys.stderr)
    sys.exit(2)

from . import _native
from ._spark_lists import (
    Shipped,
    check_key_source,
    matcher_of,
    open_list,
    ship,
    version_of,
)
from .errors import Error, FailedPreconditionError, InvalidArgumentError

__all__ = ["main", "retroscan", "version_of", "write"]

_MATCH_FIELDS = (
    ("list", t.StringType()),
    ("list_version", t.StringType()),
    ("entry", t.StringType()),
    ("category", t.StringType()),
    ("category_scheme", t.StringType()),
    ("opinion", t.StringType()),
    ("action", t.StringType()),
    ("kind", t.StringType()),
    ("distance", t.IntegerType()),
)
_RESULT = ("outcome", "message", "snapshot", "matches")  # beside the id


def retroscan(
    df: DataFrame,
    id_col: str,
    hash_col: str,
    *,
    snapshot: str | os.PathLike[str],
    since: str | os.PathLike[str] | None = None,
    kind: str = "pdq",
    max_distance: int | None = None,
    encryption_key: str = "",
    trusted_keys: str | os.PathLike[str] | None = None,
) -> DataFrame:
    """Every row of `df` that the list finds, and every row that could not be
    judged, or that a list which samples was not asked about: the id, outcome,
    message, snapshot (the list's version) and matches. Rows that are not there
    were searched for in vain.

    `hash_col` holds bytes (BinaryType) or hex digits (StringType). A null, or a
    value of the wrong width, is a row with the outcome "unreadable".
    `snapshot` is a file on the driver, or a published directory: what it
    publishes now. With `since`, an older one, only matches
    that it does not have are told: entries that are new against all that is
    stored. What is scanned for is the list as it is now, whatever replaces it.

    `encryption_key` is for sealed lists in published directories and says where
    the key is, on the driver and on every worker: file:PATH or command:CMD. The
    key itself is never part of the job. Each worker process then has the list
    in memory of its own. `trusted_keys`: directories' manifests must be signed
    by one of these; the driver checks that.

    Raises what Matcher raises where a list does not open,
    FailedPreconditionError for one that is not asked under that kind, and
    InvalidArgumentError for a distance that no list is asked within, for columns
    that are not there or of another type, and for an `id_col` that is named as a
    column of the result. A worker that finds another list than the driver's
    fails the job.
    """
    return _scan(
        df, id_col, hash_col, snapshot, since, kind, max_distance, encryption_key,
        trusted_keys,
    )[0]


def _scan(
    df: DataFrame,
    id_col: str,
    hash_col: str,
    snapshot: str | os.PathLike[str],
    since: str | os.PathLike[str] | None,
    kind: str,
    max_distance: int | None,
    encryption_key: str,
    trusted_keys: str | os.PathLike[str] | None,
) -> tuple[DataFrame, list[str]]:
    """Also the lists' versions: of what was shipped, whatever lies at their
    paths by now."""
    fields = {field.name: field.dataType for field in df.schema.fields}
    for column in (id_col, hash_col):
        if column not in fields:
            raise InvalidArgumentError(
                f"column: got {column}, want one of {', '.join(fields)}"
            )
    if id_col.lower() in _RESULT:  # Spark's names have no case
        raise InvalidArgumentError(
            f"column: got {id_col} for the id, which the result has a column of "
            "its own for; rename it"
        )
    if not isinstance(fields[hash_col], (t.BinaryType, t.StringType)):
        raise InvalidArgumentError(
            f"column {hash_col}: got {fields[hash_col].simpleString()}, want "
            "binary or string"
        )
    value_bytes = _native.kind_size(kind)  # raises where there is no such kind
    check_key_source(encryption_key)
    _check_question(
        snapshot, kind, value_bytes, max_distance, encryption_key, trusted_keys
    )
    shipped = [
        ship(df.sparkSession, os.fspath(path), encryption_key, trusted_keys)
        for path in ((snapshot,) if since is None else (snapshot, since))
    ]

    schema = t.StructType(
        [
            t.StructField(id_col, fields[id_col]),
            t.StructField("outcome", t.StringType()),
            t.StructField("message", t.StringType()),
            t.StructField("snapshot", t.StringType()),
            t.StructField(
                "matches",
                t.ArrayType(
                    t.StructType([t.StructField(*field) for field in _MATCH_FIELDS])
                ),
            ),
        ]
    )

    def scan(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            answer = _answer(batch, shipped, kind, value_bytes, max_distance)
            if answer.num_rows > 0:
                yield answer

    found = df.select(id_col, hash_col).mapInArrow(scan, schema)
    return found, [list_.version for list_ in shipped]


def _check_question(
    snapshot: str | os.PathLike[str],
    kind: str,
    value_bytes: int,
    max_distance: int | None,
    encryption_key: str,
    trusted_keys: str | os.PathLike[str] | None,
) -> None:
    """What would be wrong with every row is told before there is a job."""
    path = os.fspath(snapshot)
    with open_list(path, encryption_key, trusted_keys) as matcher:
        verdict = matcher.match(
            bytes(value_bytes), kind=kind, max_distance=max_distance
        )
    if verdict.outcome == "list_unavailable":
        raise FailedPreconditionError(
            f"list {path}: not asked under {kind}: {verdict.message}"
        )


def _answer(
    batch: pa.RecordBatch,
    shipped: list[Shipped],
    kind: str,
    value_bytes: int,
    max_distance: int | None,
) -> pa.RecordBatch:
    values, wrong = _values_of(batch.column(1), value_bytes)

    told = pa.record_batch(
        matcher_of(shipped[0]).match_arrow(
            values, kind=kind, max_distance=max_distance, skip_no_match=True
        )
    )
    rows = told.column("row")
    told_of_old = None
    if len(shipped) == 2 and len(rows) > 0:
        told_of_old = pa.record_batch(
            matcher_of(shipped[1]).match_arrow(
                values.take(rows), kind=kind, max_distance=max_distance
            )
        )
    found = []
    for i, row in enumerate(rows.to_pylist()):
        outcome = told.column("outcome")[i].as_py()
        message = told.column("message")[i].as_py()
        matches = told.column("matches")[i].as_py()
        not_asked = told.column("not_sampled")[i].as_py()
        if outcome == "no_match" and not not_asked:
            continue  # for lists that excuse, or are to be recorded only
        if not_asked and not message:
            message = "not asked, they sample: " + ", ".join(not_asked)
        if told_of_old is not None and outcome == "match":
            old = told_of_old.column("matches")[i].as_py()
            known = {(match["list"], match["entry"]) for match in old}
            matches = [m for m in matches if (m["list"], m["entry"]) not in known]
            if not matches:  # all of them were found before
                if not not_asked:
                    continue
                outcome = "not_sampled"
        found.append(
            {
                "row": row,
                "outcome": outcome,
                "message": wrong.get(row, message),
                "snapshot": shipped[0].version,
                "matches": [
                    {name: match[name] for name, _ in _MATCH_FIELDS}
                    for match in matches
                ],
            }
        )
    match_type = pa.struct(
        [
            (name, pa.int32() if isinstance(kind_, t.IntegerType) else pa.string())
            for name, kind_ in _MATCH_FIELDS
        ]
    )
    ids = batch.column(0).take(pa.array([f["row"] for f in found], pa.int64()))
    return pa.record_batch(
        [
            ids,
            pa.array([f["outcome"] for f in found], pa.string()),
            pa.array([f["message"] for f in found], pa.string()),
            pa.array([f["snapshot"] for f in found], pa.string()),
            pa.array([f["matches"] for f in found], pa.list_(match_type)),
        ],
        names=[batch.schema.names[0], "outcome", "message", "snapshot", "matches"],
    )


_NIBBLES = numpy.full(256, 255, numpy.uint8)
for _digit in "0123456789abcdefABCDEF":
    _NIBBLES[ord(_digit)] = int(_digit, 16)


def _values_of(
    column: pa.Array, value_bytes: int
) -> tuple[pa.Array, dict[int, str]]:
    """The values, null where there is none, and why those are none that are
    there and wrong. The values' text is not repeated."""
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    unit, width = ("digits", 2 * value_bytes) if is_text else ("bytes", value_bytes)
    raw = column.cast(pa.large_binary())
    lengths = pc.fill_null(pc.binary_length(raw), -1).to_numpy(zero_copy_only=False)
    good = lengths == width
    if not is_text and len(raw) > 0 and good.all():
        # They lie one behind the other: no copy.
        first = int(numpy.frombuffer(raw.buffers()[1], numpy.int64)[raw.offset])
        data = raw.buffers()[2].slice(first, len(raw) * width)
        return pa.Array.from_buffers(pa.binary(width), len(raw), [None, data]), {}
    wrong = {
        int(i): f"hash: got {lengths[i]} {unit}, want {width}"
        for i in numpy.flatnonzero(~good & (lengths >= 0))
    }
    packed = raw.filter(pa.array(good))
    joined = b"".join(packed.to_pylist())
    rows: Any = numpy.frombuffer(joined, numpy.uint8).reshape(-1, width)
    places = numpy.flatnonzero(good)
    if is_text:
        nibbles = _NIBBLES[rows]
        spelt = (nibbles != 255).all(axis=1)
        for i in places[~spelt]:
            wrong[int(i)] = "hash: got what are no hex digits"
        rows = (nibbles[spelt, 0::2] << 4) | nibbles[spelt, 1::2]
        places = places[spelt]
    values = numpy.zeros((len(column), value_bytes), numpy.uint8)
    values[places] = rows
    valid = numpy.zeros(len(column), bool)
    valid[places] = True
    bits = numpy.packbits(valid, bitorder="little")
    return (
        pa.Array.from_buffers(
            pa.binary(value_bytes),
            len(column),
            [pa.py_buffer(bits), pa.py_buffer(values)],
        ),
        wrong,
    )


def write(
    found: DataFrame, out: str, snapshot: str, since: str | None = None
) -> str:
    """Writes a scan's result as Parquet below `out`, in a folder named for the
    lists' versions, which it replaces whole; the folder."""
    folder = f"{out}/snapshot={snapshot}"
    if since is not None:
        folder += f"/since={since}"
    else:
        folder += "/since=none"
    found.drop("snapshot").write.mode("overwrite").parquet(folder)
    return folder


# Beside the command line's own codes.
_JOB_FAILED = 16


def _why(error: Exception) -> str:
    """In one line, without the stacks of two languages."""
    java = getattr(error, "java_exception", None)
    while java is not None and java.getCause() is not None:
        java = java.getCause()
    text = str(error) if java is None else java.toString()
    lines = [line.strip() for line in text.splitlines()]
    told = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
    # A worker's own word is the last line of its traceback.
    if any("Traceback" in line for line in lines) and told:
        return told[-1]
    return next((line for line in lines if line), type(error).__name__)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hashvet.spark", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--stored", required=True, help="stored hashes, Parquet")
    parser.add_argument(
        "--snapshot",
        required=True,
        metavar="L.hvs|DIR",
        help="the list to ask: a snapshot, or a published directory",
    )
    parser.add_argument(
        "--since",
        metavar="L.hvs|DIR",
        help="an older one: tell what is new since it",
    )
    parser.add_argument(
        "--encryption-key",
        default="",
        metavar="SOURCE",
        help="for sealed lists: file:PATH or command:CMD, of every worker, too",
    )
    parser.add_argument(
        "--trusted-keys",
        metavar="FILE",
        help="manifests must be signed by one of these",
    )
    parser.add_argument(
        "--out", required=True, help="folder of the result, Parquet, by versions"
    )
    parser.add_argument(
        "--id-column", default="id", help="column of the ids (default: %(default)s)"
    )
    parser.add_argument(
        "--hash-column",
        default="hash",
        help="column of the hashes, bytes or hex digits (default: %(default)s)",
    )
    parser.add_argument(
        "--kind", default="pdq", help="what the hashes are (default: %(default)s)"
    )
    parser.add_argument(
        "--max-distance", type=int, metavar="BITS", help="default: the list's own"
    )
    options = parser.parse_args(arguments)
    spark = SparkSession.builder.appName("hashvet retroscan").getOrCreate()
    try:
        print(_run(spark, options))
    except Error as error:
        print(f"hashvet: {error}", file=sys.stderr)
        return 2 if error.reason == "invalid_argument" else 3
    except AnalysisException as error:  # no such Parquet, no such place
        print(f"hashvet: {_why(error)}", file=sys.stderr)
        return 2
    except (PySparkException, Py4JError) as error:
        print(f"hashvet: the job failed: {_why(error)}", file=sys.stderr)
        return _JOB_FAILED
    finally:
        spark.stop()
    return 0


def _run(spark: SparkSession, options: argparse.Namespace) -> str:
    """Scans and writes; the folder."""
    found, versions = _scan(
        spark.read.parquet(options.stored),
        options.id_column,
        options.hash_column,
        options.snapshot,
        options.since,
        options.kind,
        options.max_distance,
        options.encryption_key,
        options.trusted_keys,
    )
    return write(found, options.out, *versions)


if __name__ == "__main__":
    sys.exit(main())
