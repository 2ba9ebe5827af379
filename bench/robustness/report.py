"""From hashes to figures, a page with plots and docs/robustness.md."""

import html as html_text
import itertools
import math

import compared
import radius
import scenes
from charts import chart

THRESHOLDS = (10, 20, 31, 40, 51)  # bits of 256; other widths in proportion
MIN_QUALITY = 50
FOUND = ("photograph", "cut_out", "drawing")
PEERS_OF = "second"  # collect.PEER_EVERY
PLOTTED = ("jpeg_20", "thumbnail", "blur_4", "watermark_20", "rotate_1",
           "rotate_4", "crop_2", "crop_5")


def scaled(threshold, bits):
    return threshold * bits // 256


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def bootstrapped(hits, n):
    """The central 95 % of recalls of n scenes drawn again with replacement.

    A scene has one copy by each transform, so the bootstrap's distribution is
    the binomial one, and is summed up rather than drawn. It has no width where
    all scenes or none hit: there the bound is 3/n, at which as clear an answer
    has a chance of 5 %."""
    if n == 0:
        return [0, 1]
    if hits == 0:
        return [0, min(1, 3 / n)]
    if hits == n:
        return [max(0, 1 - 3 / n), 1]
    p, total, low, high = hits / n, 0, None, n
    for k in range(n + 1):
        total += math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) -
                          math.lgamma(n - k + 1) + k * math.log(p) +
                          (n - k) * math.log1p(-p))
        if low is None and total >= 0.025:
            low = k
        if total >= 0.975:
            high = k
            break
    return [(low or 0) / n, high / n]


def upper_bound(hits, n):
    """95 %: the rate at which so few hits or fewer have a chance of 5 %."""
    if n == 0:
        return 1
    low, high = 0.0, float(hits + 20 + 5 * math.sqrt(hits + 1))
    for _ in range(60):
        middle = (low + high) / 2
        term = total = math.exp(-middle)
        for k in range(1, hits + 1):
            term *= middle / k
            total += term
        low, high = (middle, high) if total > 0.05 else (low, middle)
    return min(1, high / n)


def is_pdq(kind):
    return kind.startswith("pdq")


def recall_row(records, kind, transform, bits):
    """Scenes too flat for PDQ are left out of PDQ's rows; a copy that is too
    flat is a miss, and counted."""
    apart, turned, flat, n = [], [], 0, 0
    for record in records:
        if is_pdq(kind) and record["quality"] < MIN_QUALITY:
            continue
        n += 1
        copy = record["copies"][transform]
        if is_pdq(kind) and copy["quality"] < MIN_QUALITY:
            flat += 1
            continue
        original, nearest = copy["distances"][kind]
        apart.append(original)
        turned.append(nearest)
    if n == 0:
        return None
    row = {"scenes": n, "flat": flat / n, "recall": {}, "interval": {},
           "recall_upright": {}}
    for threshold in THRESHOLDS:
        hits = sum(d <= scaled(threshold, bits) for d in turned)
        row["recall"][str(threshold)] = hits / n
        row["interval"][str(threshold)] = bootstrapped(hits, n)
        row["recall_upright"][str(threshold)] = sum(
            d <= scaled(threshold, bits) for d in apart) / n
    if turned:
        row["median"] = percentile(turned, 0.5)
        row["band"] = [percentile(turned, 0.05), percentile(turned, 0.95)]
        row["distances"] = sorted(turned)
    return row


def pairs_of(records, kind):
    """Distances between different pictures: the nearest orientation of one to
    the other as it is, as matching asks."""
    judged = [([int(h, 16) for h in r["hashes"][kind]], r) for r in records
              if not is_pdq(kind) or r["quality"] >= MIN_QUALITY]
    for (a, ra), (b, rb) in itertools.combinations(judged, 2):
        yield min((h ^ b[0]).bit_count() for h in a), ra, rb


def false_row(pairs, bits, pictures):
    distances = [d for d, _, _ in pairs]
    row = {"pictures": pictures, "pairs": len(distances), "within": {},
           "upper": {}, "nearest": min(distances, default=None)}
    for threshold in THRESHOLDS:
        hits = sum(d <= scaled(threshold, bits) for d in distances)
        row["within"][str(threshold)] = hits
        row["upper"][str(threshold)] = upper_bound(hits, len(distances))
    nearest = min(pairs, key=lambda p: p[0], default=None)
    if nearest is not None:
        row["nearest_pair"] = [nearest[1]["name"], nearest[2]["name"]]
    return row


def judged_count(records, kind):
    return sum(not is_pdq(kind) or r["quality"] >= MIN_QUALITY
               for r in records)


def is_judged(record):
    return record["quality"] >= MIN_QUALITY


def judged_pairs(pairs):
    return [p for p in pairs if is_judged(p[1]) and is_judged(p[2])]


def within_class(name, pairs):
    """Flat pictures are told apart from the others by their quality alone."""
    return list(pairs) if name == "flat" else judged_pairs(pairs)


def figures(records, transforms, own_mirrors=()):
    # A drawing that is nothing but transparent is white: no scene.
    everything = [{**r, "class": "flat"} if r["class"] in FOUND and
                  r["quality"] == 0 else r for r in records.values()]
    found = [r for r in everything if r["class"] in FOUND]
    by_class = {}
    for record in everything:
        by_class.setdefault(record["class"], []).append(record)
    bits = found[0]["bits"]
    kinds = list(bits)
    result = {"transforms": dict(transforms), "bits": bits, "recall": {},
              "false_positives": {}, "peers": {}, "scenes": {}, "roc": {},
              "apart": {}, "radius": {}}
    for kind in kinds:
        result["scenes"][kind] = {
            "all": len(found), "judged": judged_count(found, kind)}
        result["recall"][kind] = {
            name: {"all": recall_row(found, kind, name, bits[kind]),
                   "photograph": recall_row(by_class.get("photograph", []),
                                            kind, name, bits[kind])}
            for name, _ in transforms}
        rows = {}
        for name, members in by_class.items():
            rows[name] = false_row(list(pairs_of(members, kind)), bits[kind],
                                   judged_count(members, kind))
        crossed = list(pairs_of(found, kind))
        rows["all found pictures"] = false_row(crossed, bits[kind],
                                               judged_count(found, kind))
        panel = [p for p in pairs_of(
            found + by_class.get("benign_panel", []), kind)
            if (p[1]["class"] == "benign_panel") !=
            (p[2]["class"] == "benign_panel")]
        rows["found pictures against the benign panel"] = false_row(
            panel, bits[kind], judged_count(found, kind))
        result["false_positives"][kind] = rows
        result["roc"][kind] = roc(found, kind, bits[kind], crossed, transforms)
        result["apart"][kind] = sorted(d for d, _, _ in crossed)
        result["radius"][kind] = radius.row(
            found, transforms,
            {"found": judged_pairs(crossed), "panel": judged_pairs(panel),
             **{name: within_class(name, pairs_of(members, kind))
                for name, members in by_class.items()
                if name != "benign_panel"}},
            lambda record, copy, k=kind: None
            if is_pdq(k) and copy["quality"] < MIN_QUALITY
            else copy["distances"][k][1],
            is_judged, whole=True)
    judged = [r for r in found if is_judged(r)]

    def judged_of(name):
        return [r for r in by_class.get(name, []) if is_judged(r)]
    for name in compared.NAMES:
        result["radius"][name] = radius.row(
            found, transforms,
            {"found": list(radius.compared_pairs(name, judged)),
             "panel": list(radius.compared_pairs(name, judged,
                                                 judged_of("benign_panel"))),
             **{c: within_class(c, radius.compared_pairs(name, members))
                for c, members in by_class.items() if c != "benign_panel"}},
            lambda record, copy, n=name: copy["compared"][n],
            is_judged, whole=name == compared.CROP)
    result["peers"] = peers_of(
        [r for r in found if r["name"] not in own_mirrors])
    result["own_mirrors"] = sum(r["name"] in own_mirrors for r in found)
    unseen = [r for r in found if scenes.is_unseen(r["name"])]
    result["trimming"] = {
        name: {"all": recall_row(found, "pdq+trimmed", name, 256),
               "unseen": recall_row(unseen, "pdq+trimmed", name, 256),
               "untrimmed": recall_row(found, "pdq", name, 256)}
        for name in radius.GROUPS["framed"]}
    result["photographs"] = len(by_class.get("photograph", []))
    return result


def roc(found, kind, bits, crossed, transforms):
    """(share of pairs of different pictures, mean recall) at each 1/32 of half
    the width."""
    apart = [d for d, _, _ in crossed]
    near = [r["copies"][name]["distances"][kind][1] for r in found
            for name, _ in transforms]
    return [[sum(d <= t for d in apart) / max(1, len(apart)),
             sum(d <= t for d in near) / max(1, len(near))]
            for t in (bits * step // 64 for step in range(0, 28))]


def peers_of(found):
    """Of each kind, the library's own hashes beside ours: how many copies are
    within 31/256 of their originals, upright, and how many hashes differ; over
    all transforms and of each."""
    rows = {}
    def peer_of(kind):
        return "pdqhash" if kind == "pdq" else \
            "OpenCV" if kind.endswith("-opencv") else "ImageHash"
    for record in found:
        for transform, copy in record["copies"].items():
            for kind, (apart, different) in copy.get("peers", {}).items():
                row = rows.setdefault(kind, {
                    "peer": peer_of(kind), "hashes": 0,
                    "different": 0, "largest": 0, "within": 0,
                    "transforms": {}})
                limit = scaled(31, record["bits"][kind])
                of = row["transforms"].setdefault(transform, {
                    "hashes": 0, "different": 0, "theirs": 0, "ours": 0})
                of["hashes"] += 1
                of["different"] += different != 0
                of["theirs"] += apart <= limit
                of["ours"] += copy["distances"][kind][0] <= limit
                if transform == "grid":
                    continue  # repeats itself: half of the coefficients are 0
                row["hashes"] += 1
                row["different"] += different != 0
                row["largest"] = max(row["largest"], different)
                row["within"] += apart <= limit
    return rows


# --- documents -------------------------------------------------------------

def percent(share):
    return f"{100 * share:.1f}" if 0 < share < 1 else f"{100 * share:.0f}"


def bound(share):
    """In percent, two digits of it."""
    return f"{100 * share:.2g}" if share < 0.995 else "100"


def cell(row, threshold="31"):
    low, high = row["interval"][threshold]
    return (f"{percent(row['recall'][threshold])} "
            f"({percent(low)}-{percent(high)})")


def markdown(result):
    e = result["envelope"]
    pdq = result["scenes"]["pdq"]
    lines = [
        "# Robustness", "",
        "How often an altered copy is still found, and how often different "
        "pictures are taken for one another. Generated by "
        "`./dev evidence robustness`; do not edit.", "",
        f"{pdq['all']} scenes, one file each, that Debian packages install "
        f"({', '.join(e['packages'])}), {pdq['judged']} of them of PDQ quality "
        f"{MIN_QUALITY} and more, {result['photographs']} photographs, at most "
        f"{e['max_side']} pixels a side: the half of the packages' scenes that "
        "a hash of the name chooses. The other half is there to choose rules "
        "and limits by, and no figure here is of it. A "
        "scene has one copy by each transform. In brackets the central 95 % of "
        "the bootstrap by scene (3/n where all or none are found). A copy too "
        "flat for PDQ is a miss. Matching asks all eight orientations; "
        "\"upright\" is the original one alone.", "",
        "![Recall of PDQ against the threshold](robustness.svg)", "",
        "## PDQ at 31 bits, by transform", "",
        "| transform | recall %, all scenes | photographs | upright % | median "
        "bits | 5 to 95 % | too flat % | recall % at 10 | 20 | 40 | 51 |",
        "|---|---|---|---|---|---|---|---|---|---|---|"]
    for name, recipe in result["transforms"].items():
        row = result["recall"]["pdq"][name]["all"]
        photo = result["recall"]["pdq"][name]["photograph"]
        band = row.get("band", ["-", "-"])
        lines.append(
            f"| {name}: {recipe} | {cell(row)} | {cell(photo)} "
            f"| {percent(row['recall_upright']['31'])} "
            f"| {row.get('median', '-')} | {band[0]} to {band[1]} "
            f"| {percent(row['flat'])} " +
            "".join(f"| {percent(row['recall'][t])} "
                    for t in ("10", "20", "40", "51")) + "|")
    kinds = list(result["bits"])
    lines += ["", "## Every kind, recall % at 31/256 of the width", "",
              "Not at equal false positives: the table below has those. "
              "The `-peer` kind is OpenCV's own code, upright. `pdq+` kinds ask "
              "with two hashes of the copy: `match --variant both`, black bars "
              "trimmed by the reference's rule, and plain bars of any colour, "
              "which `match` does unless told `--no-trim`.", "",
              "| transform | " + " | ".join(kinds) + " |",
              "|---|" + "---|" * len(kinds),
              "| threshold, bits | " + " | ".join(
                  str(scaled(31, result["bits"][k])) for k in kinds) + " |"]
    for name in result["transforms"]:
        lines.append(f"| {name} | " + " | ".join(
            percent(result["recall"][k][name]["all"]["recall"]["31"])
            for k in kinds) + " |")
    lines += radius.markdown(result)
    lines += variants(result)
    lines += ["", "## False positives of PDQ", "",
              "Pairs of different pictures within the threshold in any of eight "
              "orientations. The bound is that of independent pairs at 95 % "
              "(0 in n: 3/n); pairs share pictures, so it is a lower limit of "
              "the doubt. Random hashes are not counted: they never collide "
              "and show nothing.", "",
              "| pictures | number | pairs | within 31 | rate below | within 40 "
              "| within 51 | nearest, bits |", "|---|---|---|---|---|---|---|---|"]
    for name, row in result["false_positives"]["pdq"].items():
        lines.append(
            f"| {name} | {row['pictures']} | {row['pairs']} "
            f"| {row['within']['31']} | {row['upper']['31']:.2g} "
            f"| {row['within']['40']} | {row['within']['51']} "
            f"| {row['nearest'] if row['nearest'] is not None else '-'} |")
    lines += ["", "Captions and flat pictures look bad because they are: a line "
              "of text on a plain ground is nearly the same picture with other "
              "words. `min_quality` and the benign panel are there for them.",
              ""]
    lines += false_positives(result)
    lines += beside_libraries(result)
    lines += published(result)
    lines += ["", "The full tables and plots (distances, recall against the "
              "threshold, ROC): the page `results.html` that the command writes "
              "under the build folder. What each kind is: "
              "[hash definitions](hash_definitions.md)."]
    return "\n".join(lines) + "\n"


CLASSES = {"photograph": "photographs", "drawing": "drawings",
           "cut_out": "cut-outs", "screenshot": "screenshots",
           "text_page": "text pages", "caption": "captions",
           "flat": "flat pictures"}


def false_positives(result):
    """Of every kind, by class: at the common share of the width, and at the
    radius of its own."""
    lines = ["## False positives of every kind", "",
             "Share of pairs within 31/256 of the width, in percent; in "
             "brackets the 95 % bound. Flat pictures are under PDQ only where "
             f"their quality is {MIN_QUALITY} and more; other kinds have no "
             "quality.", "",
             "| kind | " + " | ".join(CLASSES.values()) + " | all found "
             "pictures | against the benign panel |",
             "|---|" + "---|" * (len(CLASSES) + 2)]
    columns = (*CLASSES, "all found pictures",
               "found pictures against the benign panel")
    for kind in result["bits"]:
        cells = []
        for column in columns:
            row = result["false_positives"][kind].get(column)
            cells.append("-" if not row or not row["pairs"] else
                         f"{100 * row['within']['31'] / row['pairs']:.3g} "
                         f"({bound(row['upper']['31'])})")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    lines += ["", "The same at each kind's own radius, that of "
              "[the table above](#which-radius-and-what-it-gives): pairs within "
              "it, of all pairs of the class; in brackets the bound, in "
              "percent. Pictures of PDQ quality 50 and more, but for the flat "
              "ones.", "",
              "| kind | radius | " + " | ".join(CLASSES.values()) + " |",
              "|---|---|" + "---|" * len(CLASSES)]
    for kind, each in result["radius"].items():
        if each is None:
            continue
        cells = []
        for name in CLASSES:
            within, pairs = each["pairs"].get(name, (0, 0))
            cells.append(f"{within} of {pairs} "
                         f"({bound(upper_bound(within, pairs))})"
                         if pairs else "-")
        lines.append(f"| {kind} | {radius.shown(kind, each['radius'])} | " +
                     " | ".join(cells) + " |")
    return lines


def beside_libraries(result):
    """The libraries' own hashes of the same copies."""
    peers = result["peers"]
    if not peers:
        return []
    lines = ["", "## Beside the libraries themselves", "",
             "Their own hashes of the same copies, of every "
             f"{PEERS_OF} scene. (Without those that are their own mirror "
             f"image, {result['own_mirrors']} of all, and without the grid, "
             "which repeats itself: half of their coefficients are zero, and "
             "the bits the sign of a rounding error. So are ties of `whash`, and of OpenCV's "
             "Marr-Hildreth over one colour. PDQ's and pHash's coefficients "
             "are sums in floating point: where one all but equals the median, "
             "the order of adding up decides, see "
             "[against the reference](hash_definitions.md#against-the-reference)"
             ".)",
             "", "| kind | library | copies | hashes identical % | unlike ours "
             "| largest distance, bits | copies within 31/256, upright % |",
             "|---|---|---|---|---|---|---|"]
    for kind, row in peers.items():
        alike = 1 - row["different"] / row["hashes"]
        lines.append(f"| {kind} | {row['peer']} | {row['hashes']} "
                     f"| {100 * alike:.4g} | {row['different']} "
                     f"| {row['largest']} "
                     f"| {100 * row['within'] / row['hashes']:.1f} |")
    lines += ["", "By transform: copies within 31/256 of the width by the "
              "library's own hashes, in percent, upright, whatever the "
              "quality; where ours find another share, ours after the stroke.",
              "", "| transform | " + " | ".join(
                  f"{row['peer']}: {kind}" for kind, row in peers.items()) +
              " |", "|---|" + "---|" * len(peers)]
    for name in result["transforms"]:
        cells = []
        for row in peers.values():
            of = row["transforms"][name]
            theirs = percent(of["theirs"] / of["hashes"])
            ours = percent(of["ours"] / of["hashes"])
            cells.append(theirs if of["theirs"] == of["ours"]
                         else f"{theirs} / {ours}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


# Thorn, 2020, "perception" benchmark: 3,854 pictures, recall at a threshold
# chosen for each row so that 99.99 % of what matches is right (54 to 72 bits
# for PDQ); and the rows here that come nearest.
PUBLISHED = (("JPEG, very low quality", "99.90", "jpeg_5"),
             ("resize to a half", "99.84", "half"),
             ("blur", "99.95", "blur_2"),
             ("noise", "99.22", "noise_10"),
             ("watermark", "99.01", "watermark_20"),
             ("turned by 4 degrees", "54.49", "rotate_4"),
             ("5 % cropped", "9.03", "crop_5"),
             ("padded by 20 %", "1.35", "pad_20"))
PUBLISHED_ALL = (("pdq", "77.18"), ("phash256-imagehash", "81.97"))


def published(result):
    """What others measured, beside ours."""
    each = result["radius"]["pdq"]
    if each is None:
        return []
    wide = each["radius"]

    def share(row):
        return percent(sum(d <= wide for d in row.get("distances", [])) /
                       row["scenes"])
    lines = ["", "## Beside published figures", "",
             "The one public table is Thorn's of 2020: other pictures (3,854), "
             "other recipes under the same names, and a threshold chosen for "
             "each row, 54 to 72 bits of PDQ, so that 99.99 % of what matches "
             "is right. So it stands beside ours at 31 bits, which is what is "
             f"deployed, and at {wide}, the radius of equal false positives "
             "above. Today's "
             "code of that benchmark does not give its figures again.", "",
             "| PDQ, recall % | published | ours, at 31 | "
             f"at {wide} | photographs, at 31 | at {wide} |",
             "|---|---|---|---|---|---|"]
    for what, figure, name in PUBLISHED:
        row = result["recall"]["pdq"][name]
        lines.append(
            f"| {what} (`{name}`) | {figure} "
            f"| {percent(row['all']['recall']['31'])} | {share(row['all'])} "
            f"| {percent(row['photograph']['recall']['31'])} "
            f"| {share(row['photograph'])} |")
    lines += ["", "Over all transforms, which are others there than here: " +
              "; ".join(f"{kind} {figure} published, "
                        f"{100 * result['radius'][kind]['recall']['all']:.1f} "
                        f"here at {result['radius'][kind]['radius']}"
                        for kind, figure in PUBLISHED_ALL
                        if result["radius"].get(kind)) + "."]
    return lines


# The rows of README.md's table, and its columns after PDQ's.
HEADLINE = (("JPEG quality 50", "jpeg_50"), ("half the size", "half"),
            ("64-pixel thumbnail", "thumbnail"),
            ("messenger (512 pixels, JPEG twice, WebP)", "messenger"),
            ("grey", "grey"), ("noise, sigma 10", "noise_10"),
            ("mirrored", "mirror"), ("turned by 1 degree", "rotate_1"),
            ("turned by 4 degrees", "rotate_4"),
            ("1 % cropped off each side", "crop_1"),
            ("2 % cropped off each side", "crop_2"),
            ("5 % cropped off each side", "crop_5"),
            ("letterbox", "letterbox"), ("caption on top", "caption"))
HEADLINE_KINDS = ("pdq+trimmed", "phash64-imagehash", "dhash64-imagehash")


def headline(result):
    """The lines of README.md that this result gives."""
    def whole(share):
        return f"{100 * share:.0f}"
    pdq = result["recall"]["pdq"]
    judged = result["scenes"]["pdq"]["judged"]
    photographs = pdq["grey"]["photograph"]["scenes"]
    lines = [f"{judged} scenes from Debian packages ({photographs} are "
             "photographs), the share of copies within 31 bits (7 of 64 for "
             "the 64-bit kinds), in percent, with the 95 % interval for PDQ:"]
    for what, name in HEADLINE:
        row = pdq[name]["all"]
        low, high = row["interval"]["31"]
        cells = [f"{whole(row['recall']['31'])} ({whole(low)}-{whole(high)})"]
        cells += [whole(result["recall"][kind][name]["all"]["recall"]["31"])
                  for kind in HEADLINE_KINDS]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    cells = []
    for kind in ("pdq", *HEADLINE_KINDS):
        row = result["false_positives"][kind]["all found pictures"]
        cells.append(f"{row['within']['31']} of {row['pairs']}")
    lines.append("| *different pictures within it* | " + " | ".join(cells) +
                 " |")
    return lines


def variants(result):
    """What each further way of asking with PDQ adds and costs."""
    lines = ["", "## What asking with a further hash of PDQ adds", "",
             "At 31 bits, beside the picture's own hash: mean recall over all "
             "transforms and over those that frame the picture, and pairs of "
             "different pictures within 31 bits. Time is what it adds to "
             "hashing the picture in eight orientations, as the picture is and "
             "in a letterbox: medians of ratios within this run, the only "
             "figures here that another run changes; of larger pictures it is "
             "a row of `./dev evidence hashes`. Half of the scenes are cut-outs "
             "on white, which is a bar. Decoding the picture takes many times "
             "as long as all of these.", "",
             "| asked with | recall %, all | framed | different pictures, of "
             "the found | of captions | against the benign panel "
             "| time added %, as it is | in a letterbox |",
             "|---|---|---|---|---|---|---|---|"]
    for kind in (k for k in result["bits"] if is_pdq(k)):
        rows = result["recall"][kind]

        def mean(names):
            return sum(rows[n]["all"]["recall"]["31"] for n in names) / \
                len(names)
        false = result["false_positives"][kind]

        def added(kind, framed):
            share = result["time_added"].get(kind, (None, None))[framed]
            return "-" if share is None else f"{100 * share:.0f}"

        def pairs(name):
            row = false.get(name)
            return f"{row['within']['31']} of {row['pairs']}" if row else "-"
        lines.append(
            f"| {kind} | {percent(mean(list(rows)))} "
            f"| {percent(mean(radius.GROUPS['framed']))} "
            f"| {pairs('all found pictures')} | {pairs('caption')} "
            f"| {pairs('found pictures against the benign panel')} "
            f"| {added(kind, 0)} | {added(kind, 1)} |")
    lines += ["", "So `match` asks without bars, and not with `nn512` unless "
              "told `--variant both`: it is for lists whose entries may have "
              "been made by the reference's own file tool.", "",
              "The rule for bars was made while looking at the scenes of five "
              "of the packages, in both halves. Those of the others it had "
              "never met:", "", "| transform | recall % untrimmed | trimmed | "
              "trimmed, scenes the rule had never met |", "|---|---|---|---|"]
    for name, row in result["trimming"].items():
        lines.append(f"| {name} | {cell(row['untrimmed'])} "
                     f"| {cell(row['all'])} | {cell(row['unseen'])} |")
    return lines


def recall_curve(row, bits, most):
    n = row["scenes"]
    distances = row.get("distances", [])
    return [(t, sum(d <= t for d in distances) / n) for t in range(most + 1)]


def plot(result):
    series = {name: recall_curve(result["recall"]["pdq"][name]["all"], 256, 96)
              for name in PLOTTED}
    return chart("Recall of PDQ against the threshold "
                 f"({result['scenes']['pdq']['judged']} scenes)",
                 "threshold, bits of 256 (31 is the authors')", "recall",
                 series, 96) + "\n"


def html(result):
    parts = ["<!doctype html><meta charset='utf-8'><title>Robustness</title>"
             "<style>body{font-family:sans-serif;max-width:1100px;margin:2em "
             "auto}table{border-collapse:collapse;font-size:12px}td,th{border:"
             "1px solid #ddd;padding:2px 6px;text-align:right}td:first-child{"
             "text-align:left}</style><h1>Robustness</h1><p>"
             f"{html_text.escape(str(result['envelope']))}</p>"
             "<p><code>./dev evidence robustness</code></p>", plot(result)]
    parts.append(chart(
        "ROC: mean recall over all transforms", "share of pairs of different "
        "found pictures within the threshold", "mean recall",
        {kind: [(max(x, 1e-6), y) for x, y in points]
         for kind, points in result["roc"].items()}, 1, log_x=True, height=420))
    parts.append(chart(
        "Recall over all transforms against the threshold", "threshold, share "
        "of the width", "mean recall",
        {kind: [(step / 64, y) for step, (_, y) in enumerate(points)]
         for kind, points in result["roc"].items()}, 27 / 64, height=420))
    for kind, bits in result["bits"].items():
        parts.append(f"<h2>{kind}, {bits} bits</h2>")
        half = bits // 2
        parts.append(chart(
            "Distances of copies: share of scenes at most so far", "bits",
            "share", {name: recall_curve(
                result["recall"][kind][name]["all"], bits, half)
                for name in PLOTTED}, half, height=300))
        apart = result["apart"][kind]
        parts.append(chart(
            "Distances of different pictures: share of pairs at most so far",
            "bits", "share", {"pairs of found pictures": [
                (t, sum(d <= t for d in apart) / max(1, len(apart)))
                for t in range(0, half + 1, max(1, half // 64))]},
            half, height=220))
        parts.append("<table><tr><th>transform<th>scenes<th>too flat %" +
                     "".join(f"<th>{scaled(t, bits)} bits" for t in THRESHOLDS) +
                     "<th>upright<th>median<th>5 %<th>95 %</tr>")
        for name in result["transforms"]:
            row = result["recall"][kind][name]["all"]
            band = row.get("band", ["", ""])
            parts.append(
                f"<tr><td>{name}<td>{row['scenes']}<td>{percent(row['flat'])}" +
                "".join(f"<td>{cell(row, str(t))}" for t in THRESHOLDS) +
                f"<td>{percent(row['recall_upright']['31'])}"
                f"<td>{row.get('median', '')}<td>{band[0]}<td>{band[1]}</tr>")
        parts.append("</table><p></p><table><tr><th>different pictures<th>pairs"
                     + "".join(f"<th>within {scaled(t, bits)}<th>rate below"
                               for t in THRESHOLDS) +
                     "<th>nearest<th>of</tr>")
        for name, row in result["false_positives"][kind].items():
            parts.append(
                f"<tr><td>{name}<td>{row['pairs']}" + "".join(
                    f"<td>{row['within'][str(t)]}<td>{row['upper'][str(t)]:.2g}"
                    for t in THRESHOLDS) +
                f"<td>{row['nearest']}<td>"
                f"{html_text.escape(', '.join(row.get('nearest_pair', [])))}"
                "</tr>")
        parts.append("</table>")
    return "\n".join(parts) + "\n"
