"""What can go wrong, by what a caller can do about it.

Each error says in one line what, got, want and where, and never a hash, a key
or a credential. An item that cannot be judged is no error: its verdict says so.
"""

from __future__ import annotations


class Error(Exception):
    """Of everything here. `code` is the C interface's, `reason` its word."""

    code = 2
    reason = "unknown"


class InvalidArgumentError(Error, ValueError):
    """This call can never work."""

    code = 3
    reason = "invalid_argument"


class DeadlineExceededError(Error, TimeoutError):
    code = 4
    reason = "deadline_exceeded"


class NotFoundError(Error, FileNotFoundError):
    """A file or a directory is not there."""

    code = 5
    reason = "not_found"


class PermissionDeniedError(Error, PermissionError):
    """Modes and owners; a manifest that is refused."""

    code = 7
    reason = "permission_denied"


class ResourceExhaustedError(Error):
    """A stated limit, memory or the disk."""

    code = 8
    reason = "resource_exhausted"


class FailedPreconditionError(Error):
    """Closed, of another version, or without what it needs."""

    code = 9
    reason = "failed_precondition"


class UnimplementedError(Error):
    code = 12
    reason = "unimplemented"


class InternalError(Error):
    """A fault of the library: please report it."""

    code = 13
    reason = "internal"


class UnavailableError(Error):
    """A module that does not open."""

    code = 14
    reason = "unavailable"


class DataLossError(Error):
    """A list that is damaged, or refused."""

    code = 15
    reason = "data_loss"


_BY_CODE = {
    cls.code: cls
    for cls in (
        InvalidArgumentError,
        DeadlineExceededError,
        NotFoundError,
        PermissionDeniedError,
        ResourceExhaustedError,
        FailedPreconditionError,
        UnimplementedError,
        InternalError,
        UnavailableError,
        DataLossError,
    )
}


def error_of(code: int, message: str) -> Error:
    """The error of the C interface's code."""
    error = _BY_CODE.get(code, Error)(message)
    error.code = code
    return error
