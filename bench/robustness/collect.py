"""Hashes of scenes and of their altered copies, kept in a file as they come, so
that a run that was stopped goes on where it was."""

import ctypes
import hashlib
import json
import statistics
import sys
import time
import zlib

import compared

MAX_SIDE = 640  # pixels, of a scene
PEER_EVERY = 2  # scenes: the Python libraries are slow
TIMED_EVERY = 4  # scenes
TIMED_RUNS = 7
IMAGEHASH = {  # ours: what of ImageHash
    "phash64-imagehash": ("phash", 8), "phash256-imagehash": ("phash", 16),
    "dhash64-imagehash": ("dhash", 8), "dhash256-imagehash": ("dhash", 16),
    "dhash-vertical64-imagehash": ("dhash_vertical", 8),
    "dhash-vertical256-imagehash": ("dhash_vertical", 16),
    "ahash64-imagehash": ("average_hash", 8),
    "ahash256-imagehash": ("average_hash", 16),
    "whash64-imagehash": ("whash", 8)}


class Module:
    def __init__(self, build):
        path = build / "bench" / "libhashvet_robustness.so"
        if not path.exists():
            sys.exit("robustness: not built: OpenCV's img_hash is missing "
                     "(libopencv-contrib-dev)")
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        self.library = library = ctypes.CDLL(str(path))
        for name in ("drawn_name", "drawn_kind", "transform_name",
                     "transform_recipe"):
            getattr(library, "hashvet_" + name).restype = ctypes.c_char_p
        library.hashvet_pixels.restype = ctypes.POINTER(ctypes.c_ubyte)
        self.transforms = [
            (library.hashvet_transform_name(i).decode(),
             library.hashvet_transform_recipe(i).decode())
            for i in range(library.hashvet_transform_count())]
        self.drawn = [(library.hashvet_drawn_name(i).decode(),
                       library.hashvet_drawn_kind(i).decode())
                      for i in range(library.hashvet_drawn_count())]
        self.text = ctypes.create_string_buffer(1 << 17)

    def hashes(self):
        """(quality, {kind: [number of each orientation]}, {kind: bits}) of what
        is shown, or None."""
        if self.library.hashvet_hash_shown(self.text,
                                           ctypes.c_size_t(len(self.text))):
            return None
        lines = self.text.value.decode().splitlines()
        words = [line.split() for line in lines[1:]]
        return (int(lines[0].split()[1]),
                {w[0]: [int(h, 16) for h in w[1:]] for w in words},
                {w[0]: 4 * len(w[1]) for w in words})

    def lines(self, function):
        """{name: what follows it} of a function that writes lines."""
        if function(self.text, ctypes.c_size_t(len(self.text))):
            return {}
        return {line.split()[0]: (line.split() + [None])[1]
                for line in self.text.value.decode().splitlines()}

    def compared(self):
        return self.lines(self.library.hashvet_compared_shown)

    def opencv(self):
        return {kind: int(text, 16) for kind, text in
                self.lines(self.library.hashvet_opencv_shown).items()}

    def image(self, Image):
        width, height = ctypes.c_int(), ctypes.c_int()
        pixels = self.library.hashvet_pixels(ctypes.byref(width),
                                             ctypes.byref(height))
        size = width.value * height.value * 3
        data = ctypes.string_at(pixels, size)
        return Image.frombytes("RGB", (width.value, height.value), data, "raw",
                               "BGR")


class Peers:
    """The Python libraries, where this interpreter has them."""

    def __init__(self):
        try:
            import imagehash
            import numpy
            import pdqhash
            from PIL import Image
        except ImportError:
            self.names = None
            return
        self.imagehash, self.pdqhash = imagehash, pdqhash
        self.numpy, self.Image = numpy, Image
        self.names = True

    def hashes(self, module):
        image = module.image(self.Image)
        # The first word of the vector is the highest bit of the hash.
        bits, _ = self.pdqhash.compute(self.numpy.asarray(image))
        pdq = int("".join(str(int(b)) for b in bits), 2)
        return {"pdq": pdq,
                **{kind: int(str(getattr(self.imagehash, function)(
                    image, hash_size=size)), 16)
                   for kind, (function, size) in IMAGEHASH.items()},
                **module.opencv()}


def distances(of_original, of_copy):
    """For each kind: of the copy as it is, and of its nearest orientation."""
    out = {}
    for kind, hashes in of_copy.items():
        apart = [(h ^ of_original[kind][0]).bit_count() for h in hashes]
        out[kind] = [apart[0], min(apart)]
    return out


def one_scene(module, peers, name, use_peers):
    original = module.hashes()
    if original is None:
        return None
    quality, hashes, bits = original
    record = {"quality": quality, "bits": bits,
              "hashes": {kind: [format(h, "x") for h in values]
                         for kind, values in hashes.items()}, "copies": {},
              "compared": module.compared()}
    theirs = peers.hashes(module) if use_peers else None
    seed = zlib.crc32(name.encode())
    for i, (transform, _) in enumerate(module.transforms):
        if module.library.hashvet_transform_apply(i, ctypes.c_uint32(seed)):
            return None
        copy = module.hashes()
        if copy is None:
            return None
        entry = {"quality": copy[0], "distances": distances(hashes, copy[1]),
                 "compared": compared.distances(record["compared"],
                                                module.compared())}
        if theirs is not None:
            of_copy = peers.hashes(module)
            entry["peers"] = {
                kind: [(of_copy[kind] ^ theirs[kind]).bit_count(),
                       (of_copy[kind] ^ copy[1][kind][0]).bit_count()]
                for kind in theirs}
        record["copies"][transform] = entry
    return record


def collect(module, found, path):
    """{name: record} of the scenes and the drawn pictures."""
    peers = Peers()
    known = {}
    if path.exists():
        for line in path.read_text().splitlines():
            try:
                record = json.loads(line)
                known[record["key"]] = record
            except (json.JSONDecodeError, KeyError):
                pass  # a line that was cut off
    records, began = {}, time.time()
    path.parent.mkdir(parents=True, exist_ok=True)
    total = len(found) + len(module.drawn)
    with path.open("a") as kept:
        def keep(name, kind, work, key):
            if key not in known:
                record = work()
                if record is None:
                    return
                record.update(key=key, name=name, **{"class": kind})
                kept.write(json.dumps(record) + "\n")
                kept.flush()
                known[key] = record
            records[name] = known[key]

        for i, (name, kind, file) in enumerate(found):
            use_peers = peers.names is not None and i % PEER_EVERY == 0
            key = f"{module.digest} {file} {file.stat().st_size} {use_peers}"

            def work():
                if module.library.hashvet_scene_open(str(file).encode(),
                                                     MAX_SIDE):
                    return None
                return one_scene(module, peers, name, use_peers)
            keep(name, kind, work, key)
            progress(i + 1, total, began)
        for i, (name, kind) in enumerate(module.drawn):
            def drawn():
                module.library.hashvet_drawn_open(i)
                quality, hashes, bits = module.hashes()
                return {"quality": quality, "bits": bits, "copies": {},
                        "compared": module.compared(),
                        "hashes": {k: [format(h, "x") for h in v]
                                   for k, v in hashes.items()}}
            keep(name, kind, drawn, f"{module.digest} drawn {name}")
            progress(len(found) + i + 1, total, began)
    print(file=sys.stderr)
    return records


def own_mirrors(module, found):
    """The scenes that are their own mirror image, pixel for pixel: every second
    coefficient of theirs is zero, and a bit of it the sign of a rounding
    error."""
    names = []
    width, height = ctypes.c_int(), ctypes.c_int()
    for name, _, file in found:
        if module.library.hashvet_scene_open(str(file).encode(), MAX_SIDE):
            continue
        pixels = module.library.hashvet_pixels(ctypes.byref(width),
                                               ctypes.byref(height))
        row_bytes = width.value * 3
        data = ctypes.string_at(pixels, row_bytes * height.value)
        rows = [data[at:at + row_bytes]
                for at in range(0, len(data), row_bytes)]
        if rows == rows[::-1] or all(row[c::3] == row[c::3][::-1]
                                     for row in rows for c in range(3)):
            names.append(name)
    return names


def time_added(module, found):
    """{way of asking: [the shares that it adds to the time of hashing a scene in
    eight orientations, as it is and in a letterbox]}: medians over scenes. The
    one thing here that another run or machine changes."""
    names = [name for name, _ in module.transforms]
    ways = ("pdq+nn512", "pdq+trimmed_black", "pdq+trimmed")
    shares = {way: ([], []) for way in ways}
    added = (ctypes.c_double * len(ways))()
    for name, _, file in found[::TIMED_EVERY]:
        if module.library.hashvet_scene_open(str(file).encode(), MAX_SIDE):
            continue
        for framed in (False, True):
            if framed and module.library.hashvet_transform_apply(
                    names.index("letterbox"),
                    ctypes.c_uint32(zlib.crc32(name.encode()))):
                continue
            if module.library.hashvet_time_added(TIMED_RUNS, added):
                continue
            for way, share in zip(ways, added):
                shares[way][framed].append(share)
    return {way: [statistics.median(each) if each else None for each in both]
            for way, both in shares.items()}


def progress(done, total, began):
    if not sys.stderr.isatty() and done % 25 and done != total:
        return
    share = done / total
    bar = "#" * int(30 * share)
    spent = time.time() - began
    print(f"\r  pictures [{bar:<30}] {done}/{total}, "
          f"{spent * (1 - share) / share:.0f} s left ", end="",
          file=sys.stderr, flush=True)
