"""A filter of Arrow streams: python -m hashvet.arrow_filter --list known.hvs

An IPC stream of record batches comes on standard input; the same rows in the
same order go to standard output, with one column more, "verdict": the struct
that Matcher.match_arrow gives. Batch by batch, in the memory of one. Needs
pyarrow.

Exit codes are those of `hashvet match`: 0 nothing matched, 1 something did, 2
usage, or a stream that is none, 3 a list problem, 4 and 5 some values were not
judged and nothing, or something, matched. A stream that breaks off within a
batch exits 2, and the one that is written is not ended.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from typing import BinaryIO

try:
    import pyarrow as pa
except ImportError as error:
    if __name__ != "__main__":
        raise
    print(f"hashvet: {error}: want pyarrow", file=sys.stderr)
    sys.exit(2)  # 1 says that something matched

from ._matcher import Matcher
from .errors import Error

JUDGED = ("match", "no_match", "low_quality", "not_sampled")


def answer(
    matcher: Matcher, source: BinaryIO, sink: BinaryIO, column: str, kind: str
) -> int:
    """Answers one stream; the exit code. Raises what pyarrow and Matcher do."""
    matched = failed = unavailable = False
    with pa.ipc.open_stream(source) as reader:
        places = reader.schema.get_all_field_indices(column)
        if len(places) != 1:
            is_there = f"which is there {len(places)} times, " if places else ""
            raise ValueError(f"column: got {column}, {is_there}want one of the stream's")
        if "verdict" in reader.schema.names:
            raise ValueError('column: the stream has a "verdict" already')
        verdicts = pa.record_batch(
            matcher.match_arrow(pa.array([], reader.schema.field(column).type),
                                kind=kind)
        )
        told = pa.field("verdict", pa.struct(verdicts.schema), nullable=False)
        # Closed at the end alone: that is what tells a reader that it is one.
        writer = pa.ipc.new_stream(sink, reader.schema.append(told))
        for batch in reader:
            verdicts = pa.record_batch(
                matcher.match_arrow(batch.column(column), kind=kind)
            )
            outcomes = set(verdicts.column("outcome").to_pylist())
            matched |= "match" in outcomes
            failed |= not outcomes.issubset(JUDGED)
            unavailable |= "list_unavailable" in outcomes
            writer.write_batch(batch.append_column(told, verdicts.to_struct_array()))
            sink.flush()
        writer.close()
    if unavailable and not matched:
        return 3
    return (5 if matched else 4) if failed else (1 if matched else 0)


def _threads(text: str) -> int:
    threads = int(text)
    if threads < 0:
        raise ValueError
    return threads


_threads.__name__ = "number of threads"  # argparse says it


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hashvet.arrow_filter", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--list", action="append", default=[], metavar="L.hvs")
    parser.add_argument("--lists", action="append", default=[], metavar="DIR")
    parser.add_argument("--column", default="hash")
    parser.add_argument("--kind", default="pdq")
    parser.add_argument("--threads", type=_threads, default=0)
    options = parser.parse_args(arguments)
    try:
        matcher = Matcher(
            options.list, directories=options.lists, threads=options.threads
        )
    except Error as error:
        print(f"hashvet: {error}", file=sys.stderr)
        return 2 if error.reason == "invalid_argument" else 3
    with matcher:
        try:
            return answer(
                matcher,
                sys.stdin.buffer,
                sys.stdout.buffer,
                options.column,
                options.kind,
            )
        except (Error, ValueError, OSError, pa.ArrowException) as error:
            print(f"hashvet: {error}", file=sys.stderr)
            return 2
        except Exception:  # 1, as Python has it, would say that something matched
            traceback.print_exc()
            return 2


if __name__ == "__main__":
    sys.exit(main())
