"""PDQ for python-threatexchange, searched by hashvet.

    from hashvet.threatexchange import PdqSignal    # was: threatexchange.…

The classes have the names and the interface of those of
threatexchange.signal_type.pdq, and the same answers: every entry within the
threshold. They can be pickled, so serialize() and deserialize() work. Adding is
all or none: a malformed hash raises ValueError and leaves the index as it was.
Any number of threads may ask and add at once.

The package threatexchange must be installed.
"""

from __future__ import annotations

import binascii
import threading
from typing import Any, Iterable, Sequence, TypeVar, Union

from threatexchange.signal_type.index import (
    IndexMatchUntyped,
    SignalSimilarityInfoWithIntDistance,
    SignalTypeIndex,
)
from threatexchange.signal_type.pdq.pdq_utils import (
    BITS_IN_PDQ,
    PDQ_CONFIDENT_MATCH_THRESHOLD,
)
from threatexchange.signal_type.pdq.signal import PdqSignal as _PdqSignal
from threatexchange.signal_type.signal_base import SignalComparisonResult

from . import _native
from ._pictures import hash_picture
from .errors import InvalidArgumentError

T = TypeVar("T")
PDQ_HASH_TYPE = Union[str, bytes]  # hex digits
PDQIndexMatch = IndexMatchUntyped[SignalSimilarityInfoWithIntDistance, T]

_VALUE_BYTES = BITS_IN_PDQ // 8


def _bytes_of(hashes: Iterable[PDQ_HASH_TYPE]) -> bytes:
    """The values that these digits are, one behind the other."""
    values = []
    for i, digits in enumerate(hashes):
        try:
            value = binascii.unhexlify(digits)
        except (binascii.Error, ValueError, TypeError):
            value = b""
        if len(value) != _VALUE_BYTES:  # the digits are not repeated
            raise InvalidArgumentError(
                f"hashes[{i}]: got what is no PDQ hash, want 64 hex digits"
            )
        values.append(value)
    return b"".join(values)


class _Values:
    """Values, numbered in the order added."""

    def __init__(self) -> None:
        self._index = _native.Index("pdq")

    @property
    def faiss_index(self) -> _Values:
        """By its name there, for who tells two indexes apart by it; no faiss."""
        return self

    @property
    def ntotal(self) -> int:  # as faiss calls it
        return len(self._index)

    def add(self, values: bytes) -> None:
        self._index.add(values)

    def hash_at(self, number: int) -> str:
        return self._index.value(number).hex()

    def search(self, values: bytes, threshold: int) -> list[list[tuple[int, int]]]:
        """For each value the numbers and distances of those near it."""
        if threshold < 0:
            return [[] for _ in range(len(values) // _VALUE_BYTES)]
        return self._index.search(values, min(threshold, BITS_IN_PDQ))

    def __getstate__(self) -> bytes:
        return self._index.values()

    def __setstate__(self, values: bytes) -> None:
        self._index = _native.Index("pdq")
        self._index.add(values)


class _Adds:
    """Who adds, one thread at a time. Whoever asks meanwhile finds what belongs
    to a hash there before the hash is: so that comes first, and goes again
    where the hash cannot be added."""

    def __init__(self) -> None:
        self._adding = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        with self._adding:
            return {k: v for k, v in self.__dict__.items() if k != "_adding"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._adding = threading.Lock()


class PDQHashIndex(_Adds):
    """Hashes under ids of the caller's, as pdq_faiss_matcher.PDQHashIndex."""

    def __init__(self) -> None:
        super().__init__()
        self.faiss_index = _Values()  # by its name there; it is no faiss
        self._ids: list[int] = []  # by number
        self._numbers: dict[int, int] = {}

    def add(
        self, hashes: Iterable[PDQ_HASH_TYPE], custom_ids: Iterable[int]
    ) -> None:
        """Adds each hash under the id in its place."""
        values = _bytes_of(hashes)
        ids = [int(id_) for id_ in custom_ids]
        count = len(values) // _VALUE_BYTES
        if len(ids) != count:
            raise InvalidArgumentError(
                f"custom_ids: got {len(ids)}, want {count}, one for each hash"
            )
        with self._adding:
            start = len(self._ids)
            self._ids.extend(ids)
            try:
                self.faiss_index.add(values)
            except BaseException:
                del self._ids[start:]
                raise
            self._numbers.update((id_, start + i) for i, id_ in enumerate(ids))

    def hash_at(self, idx: int) -> str:
        """The hash under that id. Raises KeyError where there is none."""
        return self.faiss_index.hash_at(self._numbers[idx])

    def search(
        self,
        queries: Sequence[PDQ_HASH_TYPE],
        threshhold: int,
        return_as_ids: bool = False,
    ) -> list[list[Any]]:
        """For each query the hashes within the distance, inclusive, or the
        ids of them."""
        found = self.faiss_index.search(_bytes_of(queries), threshhold)
        if return_as_ids:
            return [[self._ids[number] for number, _ in near] for near in found]
        return [
            [self.faiss_index.hash_at(number) for number, _ in near]
            for near in found
        ]

    def search_with_distance_in_result(
        self, queries: Sequence[str], threshhold: int
    ) -> dict[str, list[tuple[int, str, int]]]:
        """For each query (id, hash, distance) of those within the distance."""
        found = self.faiss_index.search(_bytes_of(queries), threshhold)
        return {
            query: [
                (self._ids[number], self.faiss_index.hash_at(number), distance)
                for number, distance in near
            ]
            for query, near in zip(queries, found)
        }

    def dispose(self) -> None:
        """Empties it."""
        PDQHashIndex.__init__(self)


class PDQFlatHashIndex(PDQHashIndex):
    """As PDQHashIndex: the search chooses how to look by itself."""


class PDQMultiHashIndex(PDQHashIndex):
    """As PDQHashIndex; `nhash` is taken and means nothing here."""

    def __init__(self, nhash: int = 16) -> None:
        super().__init__()


class PDQIndex(_Adds, SignalTypeIndex[T]):
    """Hashes and what belongs to each, as threatexchange's PDQIndex."""

    @classmethod
    def get_match_threshold(cls) -> int:
        return PDQ_CONFIDENT_MATCH_THRESHOLD

    def __init__(self, entries: Iterable[tuple[str, T]] = ()) -> None:
        super().__init__()
        self.local_id_to_entry: list[tuple[str, T]] = []
        self.index = _Values()
        self.add_all(entries)

    def __len__(self) -> int:
        return len(self.local_id_to_entry)

    def query(self, hash: str) -> Sequence[PDQIndexMatch[T]]:
        """What belongs to every hash within the threshold."""
        (found,) = self.index.search(_bytes_of((hash,)), self.get_match_threshold())
        return [
            IndexMatchUntyped(
                SignalSimilarityInfoWithIntDistance(distance),
                self.local_id_to_entry[number][1],
            )
            for number, distance in found
        ]

    def add(self, signal_str: str, entry: T) -> None:
        self.add_all(((signal_str, entry),))

    def add_all(self, entries: Iterable[tuple[str, T]]) -> None:
        """Many at once cost a fraction of one by one."""
        added = list(entries)
        values = _bytes_of(entry[0] for entry in added)
        with self._adding:
            start = len(self.local_id_to_entry)
            self.local_id_to_entry.extend(added)
            try:
                self.index.add(values)
            except BaseException:
                del self.local_id_to_entry[start:]
                raise

    def dispose(self) -> None:
        """Empties it."""
        with self._adding:
            self.index = _Values()
            self.local_id_to_entry = []


class PDQFlatIndex(PDQIndex[T]):
    """The same with the larger threshold of threatexchange's PDQFlatIndex."""

    @classmethod
    def get_match_threshold(cls) -> int:
        return 52


class PDQIndex2(_Adds, SignalTypeIndex[T]):
    """The same with equal hashes kept once, as threatexchange's PDQIndex2."""

    def __init__(
        self,
        index: None = None,
        entries: Iterable[tuple[str, T]] = (),
        *,
        threshold: int = PDQ_CONFIDENT_MATCH_THRESHOLD,
    ) -> None:
        super().__init__()
        if index is not None:
            raise TypeError(
                f"index: got {type(index).__name__}, want None: it is hashvet's"
            )
        self.threshold = threshold
        self._index = _Values()
        self._deduper: dict[bytes, int] = {}
        self._idx_to_entries: list[list[T]] = []
        self.add_all(entries)

    def __len__(self) -> int:
        return len(self._idx_to_entries)

    def query(self, hash: str) -> Sequence[PDQIndexMatch[T]]:
        (found,) = self._index.search(_bytes_of((hash,)), self.threshold)
        return [
            IndexMatchUntyped(SignalSimilarityInfoWithIntDistance(distance), entry)
            for number, distance in found
            for entry in self._idx_to_entries[number]
        ]

    def add(self, signal_str: str, entry: T) -> None:
        self.add_all(((signal_str, entry),))

    def add_all(self, entries: Iterable[tuple[str, T]]) -> None:
        added = list(entries)
        values = _bytes_of(entry[0] for entry in added)
        cut = [
            values[i : i + _VALUE_BYTES] for i in range(0, len(values), _VALUE_BYTES)
        ]
        with self._adding:
            start = len(self._idx_to_entries)
            new = [v for v in dict.fromkeys(cut) if v not in self._deduper]
            numbers = {value: start + i for i, value in enumerate(new)}
            fresh: list[list[T]] = [[] for _ in new]
            known: list[tuple[int, T]] = []
            for value, (_, entry) in zip(cut, added):
                if value in numbers:
                    fresh[numbers[value] - start].append(entry)
                else:
                    known.append((self._deduper[value], entry))
            self._idx_to_entries.extend(fresh)
            try:
                self._index.add(b"".join(new))
            except BaseException:
                del self._idx_to_entries[start:]
                raise
            self._deduper.update(numbers)
            for number, entry in known:
                self._idx_to_entries[number].append(entry)

    def dispose(self) -> None:
        PDQIndex2.__init__(self, threshold=self.threshold)


class PdqSignal(_PdqSignal):
    """threatexchange's PdqSignal, hashed, compared and searched by hashvet.

    A picture is decoded by hashvet's codecs, so its hash may differ by a few
    bits from threatexchange's; one that cannot be decoded raises ValueError,
    one that is too flat gives "", as there.
    """

    @classmethod
    def get_index_cls(cls) -> type[PDQIndex[Any]]:  # type: ignore[override]
        return PDQIndex

    @classmethod
    def compare_hash(
        cls,
        hash1: str,
        hash2: str,
        pdq_dist_threshold: int = PDQ_CONFIDENT_MATCH_THRESHOLD,
    ) -> SignalComparisonResult:
        distance = _native.distance(
            "pdq", _bytes_of((hash1,)), _bytes_of((hash2,))
        )
        return SignalComparisonResult.from_simple_dist(distance, pdq_dist_threshold)

    @classmethod
    def hash_from_bytes(cls, bytes_: bytes) -> str:
        picture = hash_picture(bytes_, kinds=(), trim=False)
        if picture.outcome != "hashed":
            raise InvalidArgumentError(f"{picture.outcome}: {picture.message}")
        if picture.quality < cls.QUALITY_THRESHOLD:
            return ""
        return picture.hash().hex()


__all__ = [
    "PDQFlatHashIndex",
    "PDQFlatIndex",
    "PDQHashIndex",
    "PDQIndex",
    "PDQIndex2",
    "PDQIndexMatch",
    "PDQMultiHashIndex",
    "PdqSignal",
]
