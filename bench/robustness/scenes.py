"""Which pictures the robustness table is made of: one file a scene.

They come from Debian packages, none from this project. A package's further
sizes, codings, day and night versions and mirrored copies of a picture are the
same scene, and left out by name.
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] /
                       "evidence"))
from _pictures import PHOTOGRAPHS  # noqa: E402

PACKAGES = ("plasma-workspace-wallpapers", "libjxl-testdata", "python3-skimage",
            "gnome-backgrounds", "tuxpaint-stamps-default")
CUT_OUTS = 90  # of the stamps' photographs, evenly over their list
DRAWINGS = 30   # of the stamps' drawings


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
    seen = (*PHOTOGRAPHS, "/raw.pixls/", "/wesaturate/", "/jxl/flower/")
    return "photograph" if any(part in text for part in seen) else "drawing"


def scenes():
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
