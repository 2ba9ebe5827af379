"""Lists on Spark: shipped by the driver as they are, opened once a worker
process."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from typing import NamedTuple

from pyspark import SparkFiles
from pyspark.sql import SparkSession

from ._matcher import Matcher
from .errors import Error, FailedPreconditionError, InvalidArgumentError

_MANIFEST = "manifest"


def version_of(
    snapshot: str | os.PathLike[str],
    *,
    encryption_key: str = "",
    trusted_keys: str | os.PathLike[str] | None = None,
) -> str:
    """The version of a snapshot file, or of what a directory publishes."""
    with open_list(os.fspath(snapshot), encryption_key, trusted_keys) as matcher:
        return matcher.status().version


def open_list(
    path: str,
    encryption_key: str,
    trusted_keys: str | os.PathLike[str] | None = None,
) -> Matcher:
    if not os.path.isdir(path):
        return Matcher(path, encryption_key=encryption_key)
    return Matcher(
        directories=path, encryption_key=encryption_key, trusted_keys=trusted_keys
    )


def check_key_source(encryption_key: str) -> None:
    """That workers can have it, too."""
    if encryption_key.startswith("fd:"):
        raise InvalidArgumentError(
            "encryption_key: got fd:, which no worker has, want file:PATH or "
            "command:CMD"
        )


class Shipped(NamedTuple):
    """A list as a worker finds it. It goes to workers with the job, and so it
    says where the key is, and never the key."""

    name: str  # among the shipped files
    version: str
    path: str  # on the driver; elsewhere there may be the same
    # Of a published directory: shipped as NAME-FILE.
    files: tuple[str, ...] = ()
    encryption_key: str = ""


# Files that were shipped, by application and name.
_shipped: set[tuple[str, str]] = set()
_folders: list[tempfile.TemporaryDirectory[str]] = []  # removed at the end


def ship(
    spark: SparkSession,
    path: str,
    encryption_key: str,
    trusted_keys: str | os.PathLike[str] | None,
) -> Shipped:
    """Ships the list as it is now.

    Spark serves a file from where it lies for as long as the application runs,
    and fails every job when it changes: so it lies in a folder of ours, under a
    name that says its version. A sealed list stays sealed."""
    # What is wrong with it is told by its own name.
    version_of(path, encryption_key=encryption_key, trusted_keys=trusted_keys)
    folder = tempfile.TemporaryDirectory(prefix="hashvet-")
    try:
        held = os.path.join(folder.name, "list")
        files = _hold(path, held)
        version = version_of(
            held, encryption_key=encryption_key, trusted_keys=trusted_keys
        )
        name = f"hashvet-{version}" if files else f"hashvet-{version}.hvs"
        application = spark.sparkContext.applicationId
        if (application, name) in _shipped:
            folder.cleanup()
        else:
            for file in files or ("",):
                served = os.path.join(folder.name, f"{name}-{file}" if file else name)
                os.rename(os.path.join(held, file) if file else held, served)
                spark.sparkContext.addFile(served)
            _shipped.add((application, name))
            _folders.append(folder)
    except BaseException:
        folder.cleanup()
        raise
    return Shipped(name, version, os.path.abspath(path), files, encryption_key)


def _hold(path: str, held: str) -> tuple[str, ...]:
    """Puts the list as it is now there: a file, or a published directory, whose
    files' names these are."""
    if not os.path.isdir(path):
        _link(path, held)
        return ()
    while True:
        os.mkdir(held, 0o700)
        with open(os.path.join(path, _MANIFEST), encoding="utf-8") as manifest:
            text = manifest.read()
        current = json.JSONDecoder().raw_decode(text)[0]["current"]
        files = [current[file]["file"] for file in ("base", "overlay")
                 if file in current]
        try:
            for file in files:
                _link(os.path.join(path, file), os.path.join(held, file), 0o600)
        except FileNotFoundError:
            with open(os.path.join(path, _MANIFEST), encoding="utf-8") as manifest:
                if manifest.read() == text:
                    raise
            shutil.rmtree(held)
            continue  # what came after it is published by now
        place = os.path.join(held, _MANIFEST)
        with open(place, "w", encoding="utf-8") as manifest:
            manifest.write(text)
        os.chmod(place, 0o600)
        return (_MANIFEST, *files)


def _link(path: str, to: str, mode: int | None = None) -> None:
    """Without a copy where that goes: lists are replaced by renaming. With that
    mode, where one is given: what lies in a directory is refused with another."""
    try:
        os.link(path, to)
        if mode is None or stat.S_IMODE(os.stat(to).st_mode) == mode:
            return
        os.unlink(to)
    except OSError:
        pass
    shutil.copyfile(path, to)
    if mode is not None:
        os.chmod(to, mode)


# Of this worker process: mapped once. A scan asks two at most; those of scans
# before are let go of, or a session of many days would hold every list it had.
_matchers: dict[Shipped, Matcher] = {}
_MOST_MATCHERS = 4


def matcher_of(shipped: Shipped) -> Matcher:
    matcher = _matchers.get(shipped)
    if matcher is None:
        matcher = _open_here(shipped) or _open_shipped(shipped)
        while len(_matchers) >= _MOST_MATCHERS:
            _matchers.pop(next(iter(_matchers))).close()  # the oldest
        _matchers[shipped] = matcher
    return matcher


def _open_here(shipped: Shipped) -> Matcher | None:
    """The same list at the driver's path, which other processes of this host
    map, too; None where there is another, or none."""
    try:
        matcher = open_list(shipped.path, shipped.encryption_key)
    except Error:
        return None
    if matcher.status().version == shipped.version:
        return matcher
    matcher.close()
    return None


def _open_shipped(shipped: Shipped) -> Matcher:
    if shipped.files:
        # It stays mapped, or in memory, when the folder is gone.
        with tempfile.TemporaryDirectory(prefix="hashvet-") as folder:
            for file in shipped.files:
                here = SparkFiles.get(f"{shipped.name}-{file}")
                os.chmod(here, 0o600)  # Spark has made it one to be run
                _link(here, os.path.join(folder, file), 0o600)
            matcher = open_list(folder, shipped.encryption_key)
    else:
        matcher = Matcher(SparkFiles.get(shipped.name))
    version = matcher.status().version
    if version != shipped.version:
        matcher.close()
        raise FailedPreconditionError(
            f"list {shipped.name}: got version {version} on this worker, want "
            f"{shipped.version}, the driver's"
        )
    return matcher
