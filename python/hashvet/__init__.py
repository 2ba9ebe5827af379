"""hashvet: perceptual hashes of pictures, matched exactly against lists.

    import hashvet

    with hashvet.Matcher("known.hvs") as matcher:
        verdict = matcher.match(hashvet.hash_picture("street.jpg"))
        print(verdict.outcome)

A verdict is never a bool: what could not be judged is not "no match".
"""

from __future__ import annotations

from . import _native, errors
from ._matcher import ListStatus, Matcher, MatcherStatus
from ._native import (
    ArrowVerdicts,
    ArrowVerdictStream,
    Match,
    Picture,
    Verdict,
    Verdicts,
)
from ._pictures import hash_fd, hash_picture, start_decoder
from .errors import Error

__version__: str = _native.version
features: str = _native.features


def distance(
    a: bytes | bytearray | memoryview,
    b: bytes | bytearray | memoryview,
    *,
    kind: str = "pdq",
) -> int:
    """How many bits of two values differ."""
    return _native.distance(kind, a, b)


def to_hex(value: bytes | bytearray | memoryview, *, kind: str = "pdq") -> str:
    """A value as text."""
    return _native.value_to_text(kind, value)


def from_hex(text: str, *, kind: str = "pdq") -> bytes:
    """The bytes of a value's text."""
    return _native.value_from_text(kind, text)


def metrics() -> str:
    """The process's metrics in the Prometheus text format. No hash is in it."""
    return _native.metrics()


__all__ = [
    "ArrowVerdictStream",
    "ArrowVerdicts",
    "Error",
    "ListStatus",
    "Match",
    "Matcher",
    "MatcherStatus",
    "Picture",
    "Verdict",
    "Verdicts",
    "distance",
    "errors",
    "features",
    "from_hex",
    "hash_fd",
    "hash_picture",
    "metrics",
    "start_decoder",
    "to_hex",
]
