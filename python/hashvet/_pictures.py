"""Pictures in the forms that Python has them: bytes, paths, NumPy, PIL."""

from __future__ import annotations

import os
import sys
from typing import Any, Union

from . import _native
from ._native import Picture
from .errors import InvalidArgumentError

BytesLike = Union[bytes, bytearray, memoryview]
PathLike = Union[str, "os.PathLike[str]", "os.PathLike[bytes]"]


def encoded(path: PathLike | bytes, what: str) -> bytes:
    """A path as the system takes it."""
    name = os.fsencode(path)
    if b"\0" in name:
        raise InvalidArgumentError(f"{what}: got a path with a zero byte")
    return name


def hash_picture(
    source: BytesLike | PathLike | Any,
    *,
    variant: str = "full",
    max_pixels: int = 0,
    max_input_bytes: int = 0,
    in_process: bool = False,
) -> Picture:
    """Hashes one picture under PDQ, in all eight orientations.

    `source` is the bytes of a picture file; the path of one (str or
    os.PathLike); a NumPy array of 8 bits a channel, H x W (grey), H x W x 3
    (red, green, blue) or H x W x 4 (and alpha), or of floats, H x W, luma 0 ..
    255; or a PIL image, taken as it is in memory (its EXIF orientation is not
    applied). The GIL is released meanwhile.

    Bytes and paths are decoded by the program hashvet-decoder, each picture in a
    process of its own that is without files, network and any memory of this one;
    the first picture starts it. `in_process` decodes here instead, by C code that
    whoever made the picture feeds: for pictures that are trusted. What cannot be
    hashed is no error: see Picture.outcome. `max_pixels` and `max_input_bytes`
    (inclusive; 0: 210,000,000 of a JPEG in one scan of Huffman codes, 100,000,000
    of everything else, and 64 MiB) are of bytes and paths alone.
    Thread-safe; a forked process starts a decoder of its own.

    Raises TypeError for another object, InvalidArgumentError (a ValueError) for
    an array of another shape or with values out of range, NotFoundError where
    there is no hashvet-decoder.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _native.hash_bytes(
            source, variant, max_pixels, max_input_bytes, in_process
        )
    if isinstance(source, (str, os.PathLike)):
        return _native.hash_file(
            encoded(source, "picture"),
            variant,
            max_pixels,
            max_input_bytes,
            in_process,
        )
    # Only who imported them can have made one.
    pil = sys.modules.get("PIL.Image")
    if pil is not None and isinstance(source, pil.Image):
        return _hash_pil(source, variant)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(source, numpy.ndarray):
        return _hash_array(numpy, source, variant)
    raise TypeError(
        f"picture: got {type(source).__name__}, want bytes, a path, a NumPy "
        "array or a PIL image"
    )


def hash_fd(
    descriptor: int,
    *,
    variant: str = "full",
    max_pixels: int = 0,
    max_input_bytes: int = 0,
    in_process: bool = False,
) -> Picture:
    """The same of a file descriptor, from where it stands; it stays open."""
    return _native.hash_fd(
        descriptor, variant, max_pixels, max_input_bytes, in_process
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


def _hash_pil(image: Any, variant: str) -> Picture:
    mode = _PIL_MODES.get(image.mode)
    if mode is None:
        raise InvalidArgumentError(
            f"picture: got a PIL image of mode {image.mode}, want one of "
            + ", ".join(_PIL_MODES)
        )
    if "transparency" in image.info:  # of a palette, or one colour
        mode = "RGBA"
    if image.mode != mode:
        # PIL knows no way from some modes to RGBA but through the one between.
        if image.mode == "La":
            image = image.convert("LA")
        image = image.convert(mode)
    return _native.hash_pixels(
        image.tobytes(), image.width, image.height, _FORMATS[mode], variant
    )


def _hash_array(numpy: Any, array: Any, variant: str) -> Picture:
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
    return _native.hash_pixels(pixels, width, height, format, variant)


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
