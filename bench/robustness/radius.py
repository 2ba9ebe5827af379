"""Which radius a kind is used at, and what that gives: the widest at which no
more than one in ten thousand pairs of different pictures match."""

import itertools
import math

import compared

ALLOWED = 1e-4  # of the pairs

GROUPS = {
    "coded": ("jpeg_95", "jpeg_75", "jpeg_50", "jpeg_20", "jpeg_5", "webp_60",
              "messenger"),
    "resized": ("half", "quarter", "thumbnail", "double", "aspect_5",
                "aspect_10", "aspect_25"),
    "toned": ("grey", "gamma_0.5", "gamma_2", "contrast_60", "contrast_150",
              "brighter", "darker"),
    "filtered": ("noise_10", "noise_25", "blur_1", "blur_2", "blur_4",
                 "sharpen", "watermark_5", "watermark_20"),
    "cropped to 2 %": ("crop_1", "crop_2"),
    "further": ("crop_5", "crop_10", "crop_20"),
    "framed": ("pad_2", "pad_5", "pad_20", "letterbox", "border"),
    "inside": ("caption", "screenshot", "grid"),
    "tilted": ("rotate_0.5", "rotate_1", "rotate_2", "rotate_4", "rotate_8"),
    "turned": ("rotate_90", "rotate_180", "rotate_270", "mirror", "flip"),
}


def compared_pairs(name, records, others=None):
    """(distance, a, b) of different pictures; each to each, or to the others.
    A picture without such a hash is in no pair."""
    def of(members):
        parsed = [(compared.parsed(r["compared"])[name], r) for r in members]
        return [p for p in parsed if p[0] is not None]
    ours = of(records)
    pairs = itertools.combinations(ours, 2) if others is None else \
        itertools.product(ours, of(others))
    for (a, ra), (b, rb) in pairs:
        yield compared.distance(name, a, b), ra, rb


def radius_of(distances, whole):
    """`whole`: distances are numbers of bits."""
    ordered = sorted(distances)
    over = int(ALLOWED * len(ordered))  # the first that may not match
    if over >= len(ordered):
        return None
    limit = ordered[over]
    return max(-1, math.ceil(limit) - 1) if whole else math.nextafter(limit, -1)


def row(found, transforms, pairs, distance, is_judged, whole):
    """pairs: name -> [(distance, a, b)]; distance(record, copy) may be None."""
    radius = radius_of([d for d, _, _ in pairs["found"]], whole)
    if radius is None:
        return None
    judged = [r for r in found if is_judged(r)]
    out = {"radius": radius, "scenes": len(judged), "recall": {}, "pairs": {
        name: [sum(d <= radius for d, _, _ in each), len(each)]
        for name, each in pairs.items()}}

    def recall(names):
        near = [distance(r, r["copies"][name]) for r in judged
                for name in names]
        return sum(d is not None and d <= radius for d in near) / len(near)
    for group, names in GROUPS.items():
        out["recall"][group] = recall(names)
    out["recall"]["all"] = recall([name for name, _ in transforms])
    return out


def shown(kind, value):
    if kind in (compared.RADIAL, compared.MOMENTS):
        return f"{value:.3g}"
    return str(value)


def markdown(result):
    groups = ["all", *GROUPS]
    lines = ["", "## Which radius, and what it gives", "",
             "Every kind at the widest radius at which at most one in ten "
             "thousand pairs of different found pictures match, so at equal "
             "false positives; the radius is chosen on the same pairs. Pictures "
             "of PDQ quality 50 and more, whatever the kind. Mean "
             "recall in percent over groups of transforms; pairs within the "
             "radius beside it. A list's policy states a radius for every kind "
             "but PDQ; these are where to begin. A radius of -1 says that "
             "the kind cannot be held to so few.", "",
             "| kind | radius | " + " | ".join(groups) + " | found pairs | "
             "photographs | against the panel | captions |",
             "|---|---|" + "---|" * (len(groups) + 4)]
    for kind, each in result["radius"].items():
        if each is None:
            continue
        cells = [f"{100 * each['recall'][group]:.1f}" for group in groups]
        cells += ["{} of {}".format(*each["pairs"][name]) for name in
                  ("found", "photograph", "panel", "caption")]
        lines.append(f"| {kind} | {shown(kind, each['radius'])} | " +
                     " | ".join(cells) + " |")
    members = "; ".join(f"*{group}*: {', '.join(names)}"
                        for group, names in GROUPS.items())
    lines += ["", f"Groups: {members}.", "", "No index serves the last three; "
              "their radius is in " + ", ".join(
                  f"{compared.WHAT[name]} (`{name}`)"
                  for name in compared.NAMES) + "."]
    return lines
