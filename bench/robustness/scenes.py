"""Which pictures the robustness table is made of: one file a scene.

They come from Debian packages, none from this project. A package's further
sizes, codings, day and night versions and mirrored copies of a picture are the
same scene, and left out by name.
"""

import hashlib
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] /
                       "evidence"))
from _pictures import PHOTOGRAPHS  # noqa: E402

# Those whose scenes, of either half, were looked at when the rule that trims
# bars was made; and others.
SEEN = ("plasma-workspace-wallpapers", "libjxl-testdata", "python3-skimage",
        "gnome-backgrounds", "tuxpaint-stamps-default")
UNSEEN = ("lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04",
          "mate-backgrounds", "ukui-wallpapers")
PACKAGES = SEEN + UNSEEN
CUT_OUTS = 190  # of the stamps' photographs, evenly over their list
DRAWINGS = 50   # of the stamps' drawings

# Of the further packages, by looking at each: what a camera saw.
PHOTOGRAPHS_TOO = ("/mate/nature/",) + tuple(
    f"/backgrounds/{name}" for name in
    ("Bridge_by", "Dragonfly_by", "Picture_0B_by", "Picture_1A_by", "Wine_by",
     "aitzgorri_by", "free_by", "friends_by", "greentock_by", "life_by",
     "picosdeeuropa_by", "seeding_by", "sunset_by", "Kleiber_by"))


def is_measured(scene):
    """Half of the scenes, by their name: those that figures are reported of.
    The others are there to choose rules and limits by."""
    return hashlib.sha256(scene.encode()).digest()[0] % 2 == 0


def files_of(package):
    done = subprocess.run(["dpkg", "-L", package], capture_output=True,
                          text=True)
    paths = [pathlib.Path(line) for line in done.stdout.splitlines()
             if re.search(r"\.(png|jpe?g|webp)$", line, re.IGNORECASE)]
    return sorted(p for p in paths if p.is_file() and not p.is_symlink())


def evenly(paths, count):
    return [paths[i * len(paths) // count] for i in range(count)] \
        if len(paths) > count else paths


def scene_of(path):
    """What two files of one scene have in common."""
    text = str(path)
    wallpaper = re.search(r"/wallpapers/([^/]+)/", text)
    if wallpaper:
        return "wallpaper " + wallpaper.group(1)
    if "/mate/" in text:  # several sizes, colours and brightnesses of one
        return "mate " + re.sub(r"_\d+x\d+$|-(Light|Dark|Cold|Warm|Radioactive)"
                                r"(-no-logo)?$", "", path.stem)
    if text.startswith("/usr/share/backgrounds/") and "/gnome/" not in text:
        return "background " + path.stem
    if "/gnome/" in text:
        return "gnome " + re.sub(r"-[dl]$", "", path.stem)
    if "/wide-gamut-tests/" in text:  # each in two colour spaces
        return "jxl gamut " + re.sub(r"^(P3|R2020)-sRGB-", "", path.stem)
    if "/libjxl-testdata/" in text or "/jxl/" in text:
        # codings, colour spaces and crops of one photograph
        return "jxl " + re.split(r"[_.]|-\d+bit", path.stem)[0]
    if "/stamps/" in text:
        return "stamp " + re.sub(r"_?(mirror|flip|mirrored|\d+)$", "",
                                 str(path.with_suffix("")).split("/stamps/")[1])
    return "skimage " + re.split(r"_(left|right|GRAY|RGB|half)", path.stem)[0]


def class_of(path):
    text = str(path)
    if "/stamps/" in text:
        drawn = re.search(r"/(cartoon|symbols|clipart)/", text)
        return "drawing" if drawn else "cut_out"
    seen = (*PHOTOGRAPHS, *PHOTOGRAPHS_TOO, "/raw.pixls/", "/wesaturate/", "/jxl/flower/")
    return "photograph" if any(part in text for part in seen) else "drawing"


def every():
    """(scene, class, path), sorted; the largest file of each scene."""
    best = {}
    for package in PACKAGES:
        for path in files_of(package):
            if "screenshot" in path.name or "/pngsuite/" in str(path):
                continue  # a wallpaper's thumbnail; test patterns
            name = scene_of(path)
            if name not in best or path.stat().st_size > best[name].stat().st_size:
                best[name] = path
    found = sorted((name, class_of(path), path) for name, path in best.items())
    stamps = {kind: [f for f in found
                     if f[1] == kind and f[0].startswith("stamp ")]
              for kind in ("cut_out", "drawing")}
    others = [f for f in found if not f[0].startswith("stamp ")]
    return sorted(others + evenly(stamps["cut_out"], CUT_OUTS) +
                  evenly(stamps["drawing"], DRAWINGS))


def scenes():
    """Those of the measured half."""
    return [scene for scene in every() if is_measured(scene[0])]


def is_unseen(name):
    return name.startswith(("mate ", "background "))
