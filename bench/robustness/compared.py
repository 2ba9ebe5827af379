"""The hashes that no index serves: distances between two, as the libraries that
made them compare them. A distance is a number here, 0 for equal ones."""

import math

CROP, RADIAL, MOMENTS = ("crop-resistant", "radialvariance40-opencv",
                         "colourmoment42-opencv")
NAMES = (CROP, RADIAL, MOMENTS)
WHAT = {CROP: "bits of 64 between the two nearest segments",
        RADIAL: "1 - peak correlation",
        MOMENTS: "10,000 x the Euclidean distance"}


def parsed(texts):
    """{name: the hash, ready to compare, or None where there is none}."""
    out = dict.fromkeys(NAMES)
    if texts.get(CROP):
        out[CROP] = [int(hex_, 16) for hex_ in texts[CROP].split(",")]
    if texts.get(RADIAL):
        values = bytes.fromhex(texts[RADIAL])
        mean = sum(values) / len(values)
        norm = math.sqrt(sum((v - mean) ** 2 for v in values))
        out[RADIAL] = [(v - mean) / norm for v in values]
    if texts.get(MOMENTS):
        out[MOMENTS] = [float(v) for v in texts[MOMENTS].split(",")]
    return out


def distance(name, a, b):
    """None where one of them is missing: no match."""
    if a is None or b is None:
        return None
    if name == CROP:
        return min((x ^ y).bit_count() for x in a for y in b)
    if name == MOMENTS:
        return 10000 * math.dist(a, b)
    twice = b + b
    return 1 - max(sum(map(float.__mul__, a, twice[shift:shift + len(b)]))
                   for shift in range(len(b)))


def distances(original, copy):
    a, b = parsed(original), parsed(copy)
    return {name: distance(name, a[name], b[name]) for name in NAMES}
