"""Pictures for tests that run programs: blobs with enough detail for a hash."""

import struct
import zlib

SIDE = 96  # pixels


def waves(a, b, c):
    """SIDE rows of SIDE (red, green, blue), by integer arithmetic alone.

    Bends across and along differ, so that no turned or mirrored copy looks like
    the picture itself.
    """
    def level(x, y):
        return abs((x * y * a + x * x * b + c * y) // 16 % 128 - 64) * 255 // 64
    return [[(level(x, y), level(x, y) // 2, 255 - level(x, y) // 3)
             for x in range(SIDE)] for y in range(SIDE)]


def write_bmp(path, rows):
    pixels = b"".join(bytes(v for r, g, b in row for v in (b, g, r))
                      for row in reversed(rows))  # SIDE * 3 needs no padding
    header = struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54)
    info = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 24, 0, len(pixels),
                       2835, 2835, 0, 0)
    path.write_bytes(header + info + pixels)


def write_png(path, rows):
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body +
                struct.pack(">I", zlib.crc32(kind + body)))
    pixels = b"".join(b"\0" + bytes(v for pixel in row for v in pixel)
                      for row in rows)
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                     chunk(b"IDAT", zlib.compress(pixels)) +
                     chunk(b"IEND", b""))
