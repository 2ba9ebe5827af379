"""Hashes and pictures to verdicts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Iterable, Sequence

from . import _native
from ._native import ArrowVerdicts, ArrowVerdictStream, Picture, Verdict, Verdicts
from ._checks import PathLike, bits, encoded, names, paths, text, whole
from ._pictures import BytesLike
from .errors import InvalidArgumentError


@dataclass(frozen=True)
class ListStatus:
    """One list that serves."""

    name: str
    version: str
    staleness: str  # "fresh" ...


@dataclass(frozen=True)
class MatcherStatus:
    """What serves, and what became of what was offered since."""

    version: str
    generation: int  # counted from 1
    serving_since: int  # seconds since 1970
    entries: int
    lists: tuple[ListStatus, ...]
    refusals: int  # how often something new was refused
    refusal: str  # why what is offered just now is refused; "": nothing is
    self_test: str  # why the last known-answer test failed; "": it did not


class Matcher:
    """Answers whether items are on lists: snapshot files, or directories in
    which lists are published.

    Opening verifies all of them and tests them with known answers. With
    `follow` a thread takes what is newly published, within 250 ms. `threads`
    is for batches; 0 and 1 are the calling thread.

    Matching is thread-safe and runs without the GIL. Closing waits for calls
    that run; used afterwards a matcher raises FailedPreconditionError. After a
    fork it answers from what it has and follows nothing.
    """

    def __init__(
        self,
        snapshots: PathLike | Iterable[PathLike] = (),
        *,
        directories: PathLike | Iterable[PathLike] = (),
        policy: PathLike | None = None,
        trusted_keys: PathLike | None = None,
        publication: str = "",
        encryption_key: str = "",
        state: PathLike | None = None,
        follow: bool = False,
        threads: int = 0,
    ) -> None:
        """`encryption_key` says where the key is (fd:N, file:PATH or
        command:CMD) and is never the key itself."""

        def one(path: PathLike | None, what: str) -> bytes:
            return b"" if path is None else encoded(path, what)

        self._native = _native.open(
            paths(snapshots, "snapshots"),
            paths(directories, "directories"),
            one(policy, "policy"),
            one(trusted_keys, "trusted_keys"),
            text(publication, "publication"),
            text(encryption_key, "encryption_key"),
            one(state, "state"),
            bool(follow),
            whole(threads, "threads"),
        )

    @classmethod
    def from_bytes(
        cls, snapshot: BytesLike, *, name: str = "bytes", threads: int = 0
    ) -> Matcher:
        """Of one snapshot that is in memory. The bytes are copied; `name` is
        for messages."""
        matcher = cls.__new__(cls)
        matcher._native = _native.open_bytes(
            snapshot, text(name, "name"), whole(threads, "threads")
        )
        return matcher

    def match(
        self,
        item: BytesLike | str | Picture,
        *,
        kind: str = "pdq",
        only: Sequence[str] | None = None,
        max_distance: int | None = None,
        as_it_is: bool = False,
        timeout_ms: int = 0,
    ) -> Verdict:
        """One picture that was hashed, or one value: its bytes, or hex digits.

        `only`: ask these lists, by name. `max_distance`: bits, inclusive, at
        most half of the kind's, instead of every list's own threshold; pictures
        are then asked under PDQ and digests alone. `as_it_is`: a picture is not
        turned and mirrored. `timeout_ms`: 0 for none.
        """
        verdicts = self.match_many(
            [item],
            kind=kind,
            only=only,
            max_distance=max_distance,
            as_it_is=as_it_is,
            timeout_ms=timeout_ms,
        )
        return verdicts[0]

    def match_many(
        self,
        items: Iterable[BytesLike | str | Picture] | Any,
        *,
        kind: str = "pdq",
        only: Sequence[str] | None = None,
        max_distance: int | None = None,
        as_it_is: bool = False,
        timeout_ms: int = 0,
    ) -> Verdicts:
        """Many at once, for a fraction of asking one by one: pictures, or
        values, or a NumPy array of uint8 with a row for each value (n x 32 for
        PDQ). Options as of match()."""
        text(kind, "kind")
        options = (
            names(only, "only"),
            bits(max_distance),
            bool(as_it_is),
            whole(timeout_ms, "timeout_ms"),
        )
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(items, numpy.ndarray):
            rows = _rows(numpy, items, kind)
            return self._native.match_values(rows, len(rows), kind, *options)
        if isinstance(items, (str, bytes, bytearray, memoryview)):
            raise TypeError(
                f"values: got one {type(items).__name__}, want many; match() takes one"
            )
        if not isinstance(items, Iterable):
            raise TypeError(f"values: got {type(items).__name__}, want many")
        items = list(items)
        pictures = [item for item in items if isinstance(item, Picture)]
        if items and len(pictures) == len(items):
            return self._native.match_pictures(pictures, *options)
        values = b"".join(_value(item, i, kind) for i, item in enumerate(items))
        return self._native.match_values(values, len(items), kind, *options)

    def match_arrow(
        self,
        values: Any,
        *,
        kind: str = "pdq",
        only: Sequence[str] | None = None,
        max_distance: int | None = None,
        timeout_ms: int = 0,
        skip_no_match: bool = False,
    ) -> ArrowVerdicts | ArrowVerdictStream:
        """Values that any Arrow library holds, without a copy: an array of
        fixed-size binary (pyarrow.binary(32) for PDQ), or a stream of them,
        such as a ChunkedArray. A null is answered "unreadable".

        An array gives ArrowVerdicts, which pyarrow.record_batch() takes; a
        stream gives a stream, matched array by array as it is read, for
        pyarrow.RecordBatchReader.from_stream(). Options as of match();
        `timeout_ms` is one array's. `skip_no_match`: values whose verdict says
        no more than no_match are left out, which costs less where nearly all
        are; the column "row" says which value a verdict is of.
        """
        options = (
            text(kind, "kind"),
            names(only, "only"),
            bits(max_distance),
            whole(timeout_ms, "timeout_ms"),
            skip_no_match,
        )
        if hasattr(values, "__arrow_c_array__"):
            schema, array = values.__arrow_c_array__()
            return self._native.match_arrow(schema, array, *options)
        if hasattr(values, "__arrow_c_stream__"):
            stream = values.__arrow_c_stream__()
            return self._native.match_arrow_stream(stream, *options)
        raise TypeError(
            f"Arrow values: got {type(values).__name__}, want an object with "
            "__arrow_c_array__ or __arrow_c_stream__"
        )

    def kinds(
        self,
        *,
        only: Sequence[str] | None = None,
        max_distance: int | None = None,
    ) -> list[str]:
        """What pictures are to be hashed under besides PDQ, so that all lists
        can be asked about them: hash_picture(path, kinds=matcher.kinds()).
        Lists that are followed may want others later; ask before each picture."""
        return self._native.kinds(names(only, "only"), bits(max_distance))

    def status(self) -> MatcherStatus:
        told = self._native.describe()
        texts = {"version": "", "refusal": "", "self_test": ""}
        lists = []
        for line in told["lines"]:
            word, _, rest = line.decode("utf-8", "replace").partition(" ")
            if word == "list":
                # A name may have blanks; a version and a staleness have none.
                name, version, staleness = rest.rsplit(" ", 2)
                lists.append(ListStatus(name, version, staleness))
            elif word in texts:
                texts[word] = rest
        return MatcherStatus(
            version=texts["version"],
            generation=told["generation"],
            serving_since=told["serving_since"],
            entries=told["entries"],
            lists=tuple(lists),
            refusals=told["refusals"],
            refusal=texts["refusal"],
            self_test=texts["self_test"],
        )

    def reload(self) -> None:
        """Takes what is new now, for those who do not follow. What is refused
        raises, and leaves the old lists serving."""
        self._native.reload()

    def self_test(self) -> None:
        """Runs the known-answer test; raises where lists fail it."""
        self._native.self_test()

    def close(self) -> None:
        """Releases the lists, once no call runs. Twice is no error."""
        self._native.close()

    def __enter__(self) -> Matcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _value(item: Any, index: int, kind: str) -> bytes:
    where = f"values[{index}]"
    if isinstance(item, str):
        try:
            return _native.value_from_text(kind, item)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"{where}: {error}") from None
    if isinstance(item, (bytes, bytearray, memoryview)):
        value = bytes(item)
        want = _native.kind_size(kind)
        if len(value) != want:
            raise InvalidArgumentError(
                f"{where}: got {len(value)} bytes, want {want}, of {kind}"
            )
        return value
    if isinstance(item, Picture):
        raise TypeError(f"{where}: got a Picture among values, want all the same")
    raise TypeError(
        f"{where}: got {type(item).__name__}, want bytes, hex digits or a Picture"
    )


def _rows(numpy: Any, array: Any, kind: str) -> Any:
    want = _native.kind_size(kind)
    masked = sys.modules.get("numpy.ma")  # only who imported it can have made one
    if masked is not None and isinstance(array, masked.MaskedArray):
        raise TypeError("values: got a masked array, want one that is whole")
    if array.dtype != numpy.uint8:
        raise TypeError(f"values: got an array of {array.dtype}, want uint8")
    if array.ndim != 2 or array.shape[1] != want:
        shape = "x".join(str(side) for side in array.shape) or "no"
        raise InvalidArgumentError(
            f"values: got an array of {shape} values, want n x {want}, of {kind}"
        )
    return numpy.ascontiguousarray(array)
