"""Pictures that Debian packages install, told apart by what they show.

Chosen by looking at every picture of the packages once: a photograph is what a
camera saw, whole; drawings, renderings, diagrams and charts are not.
"""

import pathlib
import subprocess

PACKAGES = ("plasma-workspace-wallpapers", "libjxl-testdata", "python3-skimage")

PHOTOGRAPHS = tuple(
    [f"/wallpapers/{name}/contents/images/" for name in
     ("BytheWater", "ColdRipple", "ColorfulCups", "DarkestHour", "EveningGlow",
      "FallenLeaf", "Grey", "Kite", "OneStandsOut", "Path", "summer_1am")] +
    [f"/skimage/data/{name}" for name in
     ("astronaut.png", "brick.png", "camera.png", "chelsea.png",
      "clock_motion.png", "coffee.png", "coins.png", "grass.png", "gravel.png",
      "ihc.png", "moon.png", "motorcycle_left.png", "page.png", "retina.jpg",
      "rocket.jpg", "text.png")] +
    ["/jxl/flower/flower.png.im_", "/wesaturate/500px/cvo9xd_keong_macan_srgb8",
     "/wesaturate/500px/tmshre_riaphotographs_srgb8",
     "/wesaturate/500px/u76c0g_bliznaca_srgb8"])


def installed(endings=(".jpg", ".jpeg", ".png")):
    """Every picture of the packages, sorted by path."""
    files = []
    for package in PACKAGES:
        done = subprocess.run(["dpkg", "-L", package], capture_output=True,
                              text=True)
        files += [pathlib.Path(line) for line in done.stdout.splitlines()
                  if line.lower().endswith(endings)]
    return sorted(f for f in files if f.is_file() and not f.is_symlink())


def photographs():
    return [f for f in installed()
            if any(part in str(f) for part in PHOTOGRAPHS)]
