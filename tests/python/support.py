"""Harmless pictures, and lists, for the tests of the package."""

import os
import pathlib
import random
import struct
import subprocess
import tempfile
import unittest
import zlib

PROGRAM = os.environ["HASHVET_PROGRAM"]


def hashvet(*arguments, codes=(0,)):
    """What the program prints."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True,
                          text=True)
    if done.returncode not in codes:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return done.stdout


def scene(seed, width=160, height=120):
    """RGB rows of overlapping discs, as bytes."""
    chance = random.Random(seed)
    discs = [(chance.randrange(width), chance.randrange(height),
              chance.randrange(10, 50) ** 2,
              [chance.randrange(256) for _ in range(3)]) for _ in range(14)]
    rows = bytearray()
    for y in range(height):
        for x in range(width):
            colour = [x * 255 // width, y * 255 // height, 128]
            for cx, cy, r2, c in discs:
                if (x - cx) ** 2 + (y - cy) ** 2 <= r2:
                    colour = c
            rows += bytes(colour)
    return bytes(rows)


def png(rows, width=160, height=120, channels=3):
    """A PNG file of such rows: grey, RGB or RGBA."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(
            ">I", zlib.crc32(body))

    kind = {1: 0, 3: 2, 4: 6}[channels]
    stride = width * channels
    lines = b"".join(b"\0" + rows[y * stride:(y + 1) * stride]
                     for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0,
                                       0)) +
            chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def random_values(count, seed):
    chance = random.Random(seed)
    return [chance.randbytes(32) for _ in range(count)]


class ListTest(unittest.TestCase):
    """A list "known" of 40 values, the first of which is a picture's."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.picture = cls.folder / "scene.png"
        cls.picture.write_bytes(png(scene(1)))
        line = hashvet("hash", "--in-process", cls.picture)
        cls.digits = line.split(",")[0]
        cls.values = [bytes.fromhex(cls.digits), *random_values(39, seed=2)]
        cls.known = cls.build("known", cls.values)

    @classmethod
    def build(cls, name, values, file="list.hvs", *options):
        text = cls.folder / f"{name}.csv"
        text.write_text("".join(f"{value.hex()},90,case-{i}\n"
                                for i, value in enumerate(values)))
        path = cls.folder / f"{name}-{file}"
        hashvet("snapshot", "build", "-o", path, "--name", name, "--action",
                "block", *options, text)
        return path
