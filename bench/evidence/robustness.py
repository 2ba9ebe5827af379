#!/usr/bin/env python3
"""How far altered copies are from their originals, and how often different
pictures are taken for one another: docs/robustness.md, the HTML report and the
figures behind them.

  ./dev evidence robustness           the measured half of the scenes; writes
                                      docs/robustness.md and .svg too
  ./dev evidence robustness --short   every twelfth scene; the documents stay

What was hashed is kept in build/evidence/robustness/scenes.jsonl: a run that
was stopped goes on where it was. The same pictures, packages and build give the
same figures.
"""

import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "robustness"))

import collect  # noqa: E402
import radius  # noqa: E402
import report  # noqa: E402
import scenes  # noqa: E402
from _table import Table, commit, machine, peers_python  # noqa: E402

FOLDER = ROOT / "build" / "evidence" / "robustness"
# What PDQ is made to survive; the other rows of the table are told, not promised.
ORDINARY = ("jpeg_75", "jpeg_50", "webp_60", "grey", "sharpen", "watermark_5")


def main():
    table = Table("robustness")
    module = collect.Module(ROOT / "build" / "release")
    found = scenes.scenes()
    if table.short:
        found = found[::12]
    records = collect.collect(module, found, FOLDER / "scenes.jsonl")
    result = report.figures(records, module.transforms,
                            collect.own_mirrors(module, found))
    result["time_added"] = collect.time_added(module, found)
    result["envelope"] = {"machine": machine(), "commit": commit(),
                          "short": table.short, "max_side": collect.MAX_SIDE,
                          "packages": list(scenes.PACKAGES)}
    name = "short" if table.short else "results"
    (FOLDER / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    (FOLDER / f"{name}.html").write_text(report.html(result))
    if not table.short:
        (ROOT / "docs" / "robustness.md").write_text(report.markdown(result))
        (ROOT / "docs" / "robustness.svg").write_text(report.plot(result))
        lines = report.headline(result)
        (FOLDER / "headline.md").write_text("\n".join(lines) + "\n")
        readme = (ROOT / "README.md").read_text().splitlines()
        missing = [line for line in lines if line not in readme]
        table.add("lines of README.md's table that are not these "
                  "(headline.md, beside the results, has them)",
                  len(missing), "0", not missing)

    hashed = result["scenes"]["pdq"]["judged"]
    table.add("distinct scenes judged under PDQ (quality 50 and more)", hashed,
              ">= 150", hashed >= 150 if not table.short else hashed >= 10)
    slack = 0.1 if table.short else 0  # a scene or two of few
    for transform in ORDINARY:
        row = result["recall"]["pdq"][transform]["all"]
        table.add(f"PDQ recall at 31 bits, {transform}",
                  f"{100 * row['recall']['31']:.1f} %",
                  f">= {95 - 100 * slack:.0f} %",
                  row["recall"]["31"] >= 0.95 - slack)
    row = result["recall"]["pdq+trimmed"]["letterbox"]["all"]
    table.add("recall at 31 bits, letterbox, bars trimmed",
              f"{100 * row['recall']['31']:.1f} %",
              f">= {90 - 100 * slack:.0f} %",
              row["recall"]["31"] >= 0.90 - slack)
    if not table.short:
        row = result["trimming"]["letterbox"]["unseen"]
        table.add("the same, of scenes that the rule for bars was not made by",
                  f"{100 * row['recall']['31']:.1f} % of {row['scenes']}",
                  ">= 90 %", row["recall"]["31"] >= 0.90)
        panel = result["false_positives"]["pdq+trimmed"][
            "found pictures against the benign panel"]
        table.add("PDQ, bars trimmed: found pictures within 31 bits of the "
                  "benign panel",
                  f"{panel['within']['31']} of {panel['pairs']}", "0",
                  panel["within"]["31"] == 0)
        for kind, row in result["radius"].items():
            if row is None:
                continue
            found = row["pairs"]["found"]
            table.note(f"{kind}: radius at which at most 1 in 10,000 pairs "
                       "match, and what it finds",
                       f"{radius.shown(kind, row['radius'])}; "
                       f"{100 * row['recall']['all']:.1f} % of all copies, "
                       f"{found[0]} of {found[1]} pairs")
    for way, shares in result["time_added"].items():
        table.note(f"time that {way} adds to hashing in eight orientations, as "
                   "it is; in a letterbox",
                   "; ".join("-" if share is None else f"{100 * share:.0f} %"
                             for share in shares))
    false = result["false_positives"]["pdq"]["photograph"]
    table.add("PDQ: pairs of different photographs within 31 bits",
              f"{false['within']['31']} of {false['pairs']}", "0",
              false["within"]["31"] == 0)
    for kind, row in result["peers"].items():
        what = f"{kind}: hashes of copies unlike {row['peer']}'s"
        figure = f"{row['different']} of {row['hashes']}"
        if row["different"]:
            figure += f", by at most {row['largest']} bits"
        if kind.startswith(("whash", "marrhildreth")):
            # Bits at ties, which `./dev evidence hashes` tells apart.
            table.note(what, figure + ", at ties")
        elif kind.startswith(("pdq", "phash")):
            # Sums in floating point: where two coefficients at the median are
            # all but equal, the library's order of adding them up decides.
            table.add(what, figure, "<= 0.5 %, by <= 2 bits",
                      row["different"] <= 0.005 * row["hashes"] and
                      row["largest"] <= 2)
        else:
            table.add(what, figure, "0", row["different"] == 0)
    if not result["peers"]:
        table.add("hashes of copies unlike the Python libraries'",
                  "not installed", "0", None if not table.short else True)
    table.finish()


if __name__ == "__main__":
    python = peers_python()
    if python is not None and pathlib.Path(sys.prefix) != python.parents[1]:
        os.execv(python, [str(python), *sys.argv])  # where the libraries are
    main()
