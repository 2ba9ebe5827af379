"""Pictures in the forms that Python has them: bytes, paths, NumPy, PIL."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any, Sequence, Union

from . import _native
from ._checks import UINT64, PathLike, encoded, names, text, whole
from ._native import Picture
from .errors import InvalidArgumentError

BytesLike = Union[bytes, bytearray, memoryview]


def hash_picture(
    source: BytesLike | PathLike | Any,
    *,
    kinds: Sequence[str] | None = None,
    trim: bool = True,
    variant: str = "full",
    max_pixels: int = 0,
    max_input_bytes: int = 0,
    in_process: bool = False,
) -> Picture:
    """Hashes one picture under PDQ, in all eight orientations, and under kinds.

    `source` is the bytes of a picture file; the path of one (str or
    os.PathLike); a NumPy array of 8 bits a channel, H x W (grey), H x W x 3
    (red, green, blue) or H x W x 4 (and alpha), or of floats, H x W, luma 0 ..
    255; or a PIL image, taken as it is in memory (its EXIF orientation is not
    applied). The GIL is released meanwhile.

    `kinds` are by name ("md5", "phash64-imagehash" ...); None: the digests MD5,
    SHA-1 and SHA-256. Matcher.kinds() says which some lists want; a list of a
    kind that is not among them is answered "list_unavailable", unless another
    matches. Arrays and PIL images have no digests. `trim`: lists are asked about
    the picture without its plain bars and margins, too.

    Bytes and paths are decoded by the program hashvet-decoder, each picture in a
    process of its own that is without files, network and any memory of this one;
    the first picture starts it, where start_decoder() did not. `in_process`
    decodes here instead, by C code that whoever made the picture feeds: for
    pictures that are trusted. What cannot be hashed is no error: see
    Picture.outcome. `max_pixels` and `max_input_bytes` (inclusive; 0: 210,000,000
    of a JPEG in one scan of Huffman codes, 100,000,000 of everything else, and
    64 MiB) are of bytes and paths alone. Thread-safe; a forked process starts a
    decoder of its own.

    Raises TypeError for another object, InvalidArgumentError (a ValueError) for
    an array of another shape or with values out of range and for an image that
    PIL cannot read, NotFoundError where there is no hashvet-decoder. Warns
    (RuntimeWarning), once, where the kernel lacks what locks the decoder down:
    start_decoder() can refuse that, or say that it may be.
    """
    options = _options(variant, max_pixels, max_input_bytes, in_process, kinds, trim)
    if isinstance(source, (bytes, bytearray, memoryview)):
        picture = _native.hash_bytes(source, options)
    elif isinstance(source, (str, os.PathLike)):
        picture = _native.hash_file(encoded(source, "picture"), options)
    else:
        return _hash_pixels(source, options)
    if not in_process:
        _warn_where_not_confined()
    return picture


def hash_fd(
    descriptor: int,
    *,
    kinds: Sequence[str] | None = None,
    trim: bool = True,
    variant: str = "full",
    max_pixels: int = 0,
    max_input_bytes: int = 0,
    in_process: bool = False,
) -> Picture:
    """The same of a file descriptor, from where it stands; it stays open."""
    options = _options(variant, max_pixels, max_input_bytes, in_process, kinds, trim)
    least, most = -(1 << 31), (1 << 31) - 1
    picture = _native.hash_fd(whole(descriptor, "descriptor", most, least), options)
    if not in_process:
        _warn_where_not_confined()
    return picture


def start_decoder(
    program: PathLike | None = None,
    *,
    require_confinement: bool | None = None,
    max_active: int = 0,
    max_waiting: int = 0,
    deadline_ms: int = 0,
) -> None:
    """Starts the decoder of this process now, with these settings; best before
    lists and keys are opened. Otherwise the first picture starts it.

    `program`: None is what the environment variable HASHVET_DECODER names, or
    the one in the package. `require_confinement`: True raises
    FailedPreconditionError where the kernel lacks Landlock or seccomp; False
    says that it may work without what is missing; None does, with a
    RuntimeWarning. `max_active`: pictures at once (0: one for each processor),
    `max_waiting`: for their turn (0: 256), `deadline_ms`: of one picture (0:
    5000).

    Raises NotFoundError where there is no such program, UnavailableError where
    it does not start, FailedPreconditionError where it is of another version or
    was started before. A process that forks has its own: where it is to have
    settings it calls this, too.
    """
    global _allowed
    _native.start_decoder(
        b"" if program is None else encoded(program, "program"),
        whole(max_active, "max_active"),
        whole(max_waiting, "max_waiting"),
        whole(deadline_ms, "deadline_ms"),
        bool(require_confinement),
    )
    _allowed = require_confinement is False
    _warn_where_not_confined()


_looked_at_by = 0  # the process whose decoder was looked at
_allowed = False  # to decode without what a kernel lacks


def _warn_where_not_confined() -> None:
    """REQUIRES: the decoder was started."""
    global _looked_at_by
    if _allowed or _looked_at_by == os.getpid():
        return
    _looked_at_by = os.getpid()
    told = _native.metrics().splitlines()
    missing = [
        name
        for name in ("Landlock", "seccomp")
        if f'hashvet_decoder_confined{{by="{name.lower()}"}} 0' in told
    ]
    if missing:
        warnings.warn(
            f"pictures are decoded without {' and '.join(missing)}, which this "
            "kernel lacks; hashvet.start_decoder(require_confinement=True) refuses "
            "that, False says that it may be",
            RuntimeWarning,
            stacklevel=3,
        )


def _options(
    variant: str,
    max_pixels: int,
    max_input_bytes: int,
    in_process: bool,
    kinds: Sequence[str] | None,
    trim: bool,
) -> _native.HashOptions:
    return _native.HashOptions(
        text(variant, "variant"),
        whole(max_pixels, "max_pixels", UINT64),
        whole(max_input_bytes, "max_input_bytes", UINT64),
        bool(in_process),
        names(kinds, "kinds"),
        bool(trim),
    )


def _hash_pixels(source: Any, options: _native.HashOptions) -> Picture:
    # Only who imported them can have made one.
    pil = sys.modules.get("PIL.Image")
    if pil is not None and isinstance(source, pil.Image):
        return _hash_pil(source, options)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(source, numpy.ndarray):
        return _hash_array(numpy, source, options)
    raise TypeError(
        f"picture: got {type(source).__name__}, want bytes, a path, a NumPy "
        "array or a PIL image"
    )


# By mode: what PIL is asked to make of it first, and our format.
_PIL_MODES = {
    "1": "L",
    "L": "L",
    "P": "RGB",
    "RGB": "RGB",
    "RGBX": "RGB",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
    "RGBA": "RGBA",
    "LA": "RGBA",
    "PA": "RGBA",
    "La": "RGBA",
    "RGBa": "RGBA",
}
_FORMATS = {"L": "grey8", "RGB": "rgb8", "RGBA": "rgba8"}


def _hash_pil(image: Any, options: _native.HashOptions) -> Picture:
    mode = _PIL_MODES.get(image.mode)
    if mode is None:
        raise InvalidArgumentError(
            f"picture: got a PIL image of mode {image.mode}, want one of "
            + ", ".join(_PIL_MODES)
        )
    try:
        image.load()  # which is when PIL reads its file
    except MemoryError:
        raise
    except Exception as error:  # of many types, by format
        raise InvalidArgumentError(
            f"picture: PIL cannot read the image: {error}"
        ) from error
    if "transparency" in image.info:  # of a palette, or one colour
        mode = "RGBA"
    if image.mode != mode:
        # PIL knows no way from some modes to RGBA but through the one between.
        if image.mode == "La":
            image = image.convert("LA")
        image = image.convert(mode)
    return _native.hash_pixels(
        image.tobytes(), image.width, image.height, _FORMATS[mode], options
    )


def _hash_array(numpy: Any, array: Any, options: _native.HashOptions) -> Picture:
    masked = sys.modules.get("numpy.ma")
    if masked is not None and isinstance(array, masked.MaskedArray):
        raise TypeError("picture: got a masked array, want one that is whole")
    shape = "x".join(str(side) for side in array.shape) or "no"
    channels = 1 if array.ndim == 2 else array.shape[-1] if array.ndim == 3 else 0
    if channels not in (1, 3, 4):
        raise InvalidArgumentError(
            f"picture: got an array of {shape} values, want H x W, H x W x 3 or "
            "H x W x 4"
        )
    height, width = array.shape[:2]
    if array.dtype == numpy.uint8:
        pixels = numpy.ascontiguousarray(array)
        format = {1: "grey8", 3: "rgb8", 4: "rgba8"}[channels]
    elif array.dtype.kind == "f":
        if channels != 1:
            raise InvalidArgumentError(
                f"picture: got floats of {shape} values, want H x W, luma 0 .. "
                "255; colours are uint8"
            )
        _check_luma(array)
        pixels = numpy.ascontiguousarray(array, dtype=numpy.float32)
        format = "luma32"
    else:
        raise TypeError(
            f"picture: got an array of {array.dtype}, want uint8, or floats of "
            "luma"
        )
    return _native.hash_pixels(pixels, width, height, format, options)


def _check_luma(array: Any) -> None:
    if array.size == 0:
        return  # its shape is refused
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 255):  # a NaN is neither
        raise InvalidArgumentError(
            f"picture: got floats of {low:g} .. {high:g}, want luma 0 .. 255"
        )
    if 0 < high <= 1:
        # 0 .. 1 is what many libraries mean by a float picture: taken as luma
        # it would be black, and a black picture is on no list.
        raise InvalidArgumentError(
            f"picture: got floats of {low:g} .. {high:g}, which is black as "
            "luma 0 .. 255; scale a picture of 0 .. 1 first"
        )
