"""Small files that ask for much work: sides, scans, strips and packed pixels
that a few kilobytes can promise. Made here; nothing is downloaded."""

import struct
import zlib

MAX_BYTES = 10_000


def png(width, height, depth, colour, packed_bytes, interlaced=0):
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content +
                struct.pack(">I", zlib.crc32(kind + content)))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0,
                       interlaced)
    packer = zlib.compressobj(9)
    body = packer.compress(bytes(packed_bytes)) + packer.flush()
    palette = chunk(b"PLTE", bytes(6)) if colour == 3 else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette +
            chunk(b"IDAT", body) + chunk(b"IEND", b""))


def bmp(width, height, bits, compression, body):
    colours = 1 << bits if bits <= 8 else 0
    offset = 54 + 4 * colours
    return (b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) +
            struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits,
                        compression, len(body), 0, 0, colours, 0) +
            bytes(4 * colours) + body)


def tiff(width, height, compression, samples, body, rows_per_strip):
    strips = -(-height // rows_per_strip)
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8),
            (259, 3, 1, compression), (262, 3, 1, 2 if samples >= 3 else 1),
            (277, 3, 1, samples), (278, 4, 1, rows_per_strip)]
    at = 8 + 2 + 12 * (len(tags) + 2) + 4
    where = at if strips > 1 else at + 0
    data_at = at + (8 * strips if strips > 1 else 0)
    if strips > 1:
        tags += [(273, 4, strips, where), (279, 4, strips, where + 4 * strips)]
        tables = (struct.pack("<I", data_at) * strips +
                  struct.pack("<I", len(body)) * strips)
    else:
        tags += [(273, 4, 1, data_at), (279, 4, 1, len(body))]
        tables = b""
    tags.sort()
    directory = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + tables + body


def jpeg(width, height, scans, components=3):
    """Progressive, of so many scans that say nothing."""
    def segment(marker, content):
        return b"\xff" + bytes([marker]) + struct.pack(
            ">H", len(content) + 2) + content

    table = bytes([0]) + bytes([1] * 64)
    frame = struct.pack(">BHHB", 8, height, width, components) + b"".join(
        bytes([i + 1, 0x11, 0]) for i in range(components))
    huffman = lambda kind: bytes([kind]) + bytes([1] + [0] * 15) + bytes([0])
    out = (b"\xff\xd8" + segment(0xDB, table) + segment(0xC2, frame) +
           segment(0xC4, huffman(0x00)) + segment(0xC4, huffman(0x10)))
    dc = bytes([components]) + b"".join(
        bytes([i + 1, 0]) for i in range(components)) + bytes([0, 0, 0x01])
    out += segment(0xDA, dc)
    for i in range(scans):
        out += segment(0xDA, bytes([1, 1 + i % components, 0, 1, 63,
                                    0x01 if i == 0 else 0x10]))
    return out + b"\xff\xd9"


def jpeg_flat(width, height, components):
    """Sequential: blocks of one colour in two bits each, as far as they go."""
    def segment(marker, content):
        return b"\xff" + bytes([marker]) + struct.pack(
            ">H", len(content) + 2) + content

    frame = struct.pack(">BHHB", 8, height, width, components) + b"".join(
        bytes([i + 1, 0x11, 0]) for i in range(components))
    huffman = lambda kind: bytes([kind]) + bytes([1] + [0] * 15) + bytes([0])
    scan = bytes([components]) + b"".join(
        bytes([i + 1, 0]) for i in range(components)) + bytes([0, 63, 0])
    return (b"\xff\xd8" + segment(0xDB, bytes([0]) + bytes([1] * 64)) +
            segment(0xC0, frame) + segment(0xC4, huffman(0x00)) +
            segment(0xC4, huffman(0x10)) + segment(0xDA, scan) +
            bytes(MAX_BYTES - 200))


def jpeg_runs(width, height, scans):
    """Progressive, of scans that say "nothing more" for every block in turn: a
    few bytes each, for work over the whole picture."""
    def segment(marker, content):
        return b"\xff" + bytes([marker]) + struct.pack(
            ">H", len(content) + 2) + content

    frame = struct.pack(">BHHB", 8, height, width, 3) + b"".join(
        bytes([i + 1, 0x11, 0]) for i in range(3))
    # One code, "0": the longest run of ends of blocks, with 14 more bits.
    table = bytes([0x10]) + bytes([1] + [0] * 15) + bytes([0xE0])
    blocks = -(-width // 8) * -(-height // 8)
    bits = ("0" + "1" * 14) * -(-blocks // 32767)
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    data = data.replace(b"\xff", b"\xff\0")
    out = (b"\xff\xd8" + segment(0xDB, bytes([0]) + bytes([1] * 64)) +
           segment(0xC2, frame) + segment(0xC4, table))
    for i in range(scans):
        out += segment(0xDA, bytes([1, 1 + i % 3, 0, 1, 63, 0x00])) + data
    return out + b"\xff\xd9"


def heif(width, height, coding, codec_box, copies):
    """An AVIF or HEIC file whose picture is said to be so large, or is put
    together of so many."""
    box = lambda kind, content: (
        struct.pack(">I", 8 + len(content)) + kind + content)
    full = lambda kind, content: box(kind, bytes(4) + content)
    size = lambda w, h: full(b"ispe", struct.pack(">II", w, h))
    body = bytes(range(64))
    grid = copies > 1
    primary = copies + 1 if grid else 1
    entries = copies + (1 if grid else 0)
    items = b"".join(
        box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", i + 1, 0) + kind + b"\0")
        for i, kind in enumerate([coding] * copies + [b"grid"] * grid))
    places = b"".join(struct.pack(">HBBB", i + 1, 2, 1, 2)
                      for i in range(copies))
    places += struct.pack(">HBB", primary, 1, 3) if grid else b""
    references = full(b"iref", box(b"dimg", struct.pack(
        f">HH{copies}H", primary, copies, *range(1, copies + 1)))) if grid else b""
    data = struct.pack(">BBBBHH", 0, 0, 0, copies - 1, min(width, 65535),
                       min(height, 65535)) if grid else b""

    def meta(at):
        where = b"".join(struct.pack(">HHHHII", i + 1, 0, 0, 1, at, len(body))
                         for i in range(copies))
        if grid:
            where += struct.pack(">HHHHII", primary, 1, 0, 1, 0, len(data))
        return box(b"meta", bytes(4) + full(b"hdlr", bytes(4) + b"pict" + bytes(13)) +
                   full(b"pitm", struct.pack(">H", primary)) +
                   box(b"iloc", b"\x01\0\0\0\x44\0" + struct.pack(">H", entries) +
                       where) +
                   full(b"iinf", struct.pack(">H", entries) + items) + references +
                   box(b"iprp", box(b"ipco", size(width, height) + codec_box +
                                    size(width, height)) +
                       full(b"ipma", struct.pack(">I", entries) + places)) +
                   (box(b"idat", data) if grid else b""))

    head = box(b"ftyp", (b"avif" if coding == b"av01" else b"heic") + bytes(4) +
               b"mif1")
    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", body)


AV1_BOX = bytes.fromhex("0000000c6176314381000c00")
HEVC_BOX = bytes.fromhex("0000001f68766343" "0101600000000000000000001ef000"
                         "fcfdf8f800000f00")


def webp(width, height):
    """A lossless picture's head, and then nothing."""
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(64)
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def gif(width, height, frames):
    out = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = (b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) +
             b"\x02\x02\x4c\x01\x00")
    return out + frame * frames + b"\x3b"


def all_bombs():
    """Every one of at most MAX_BYTES; more than 500."""
    sides = [(1, 60000), (60000, 1), (9999, 9999), (10000, 10000),
             (10001, 10000), (20000, 4999), (3000, 30000), (30000, 3333),
             (65500, 1500), (1500, 65500), (46340, 46340), (65535, 65535),
             # As many pixels as any number of bytes may state, and as 10 kB may.
             (3162, 3162), (10000, 1000), (3310, 3310),
             # And as a sequential JPEG may at most.
             (14000, 15000)]
    made = []
    for width, height in sides:
        for depth, colour in ((1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3),
                              (8, 3), (8, 4), (8, 6), (16, 6)):
            for interlaced in (0, 1):
                made.append(png(width, height, depth, colour, 9_000_000,
                                interlaced))
        for scans in (0, 1, 50, 190, 250, 900):
            for components in (1, 3, 4):
                made.append(jpeg(width, height, scans, components))
        for components in (1, 3, 4):
            made.append(jpeg_flat(width, height, components))
        for scans in (10, 100, 400):
            made.append(jpeg_runs(width, height, scans))
        for copies in (1, 2, 50):
            made.append(heif(width, height, b"av01", AV1_BOX, copies))
            made.append(heif(width, height, b"hvc1", HEVC_BOX, copies))
        for bits, compression in ((1, 0), (8, 1), (4, 2), (24, 0), (32, 0)):
            made.append(bmp(width, height, bits, compression, b"\xff\x00" * 99))
        for samples in (1, 3, 4):
            for compression, body in ((8, zlib.compress(bytes(6_000_000), 9)),
                                      (32773, b"\x81\x00" * 4000),
                                      (5, b"\x80\x00" * 100)):
                made.append(tiff(width, height, compression, samples, body,
                                 height))
                if height <= 20000:
                    made.append(tiff(width, height, compression, samples,
                                     body[:1000], max(1, height // 900)))
        made.append(webp(min(width, 16383), min(height, 16383)))
        made.append(gif(width, height, 400))
    return [bomb for bomb in made if len(bomb) <= MAX_BYTES]
