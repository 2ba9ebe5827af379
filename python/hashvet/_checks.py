"""What callers give, checked where one line can say what is wrong with it."""

from __future__ import annotations

import operator
import os
from typing import Any, Iterable, Sequence, Union

from .errors import InvalidArgumentError

PathLike = Union[str, "os.PathLike[str]", "os.PathLike[bytes]"]

UINT32 = (1 << 32) - 1
UINT64 = (1 << 64) - 1


def whole(number: Any, what: str, most: int = UINT32, least: int = 0) -> int:
    """An integer within bounds, which are inclusive."""
    try:
        value = operator.index(number)
    except TypeError:
        raise TypeError(f"{what}: got {type(number).__name__}, want int") from None
    if not least <= value <= most:
        raise InvalidArgumentError(f"{what}: got {value}, want {least} .. {most}")
    return value


def bits(max_distance: Any) -> int | None:
    return None if max_distance is None else whole(max_distance, "max_distance")


def text(word: Any, what: str) -> str:
    if not isinstance(word, str):
        raise TypeError(f"{what}: got {type(word).__name__}, want str")
    return word


def names(several: Sequence[str] | None, what: str) -> list[str] | None:
    if several is None:
        return None
    if isinstance(several, (str, bytes)) or not isinstance(several, Iterable):
        got = type(several).__name__
        raise TypeError(f"{what}: got one {got}, want a list of names")
    return [text(name, what) for name in several]


def encoded(path: PathLike | bytes, what: str) -> bytes:
    """A path as the system takes it."""
    try:
        name = os.fsencode(path)
    except TypeError:
        got = type(path).__name__
        raise TypeError(f"{what}: got {got}, want a path") from None
    if b"\0" in name:
        raise InvalidArgumentError(f"{what}: got a path with a zero byte")
    return name


def paths(several: PathLike | Iterable[PathLike], what: str) -> list[bytes]:
    if isinstance(several, (str, bytes)) or hasattr(several, "__fspath__"):
        several = [several]  # type: ignore[list-item]
    if not isinstance(several, Iterable):
        got = type(several).__name__
        raise TypeError(f"{what}: got {got}, want a path or several")
    return [encoded(path, what) for path in several]
