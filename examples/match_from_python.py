#!/usr/bin/env python3
"""Pictures against a list.

  match_from_python.py LIST.hvs PICTURE…

Prints, for each picture, its outcome and its name, and for each match the list,
the entry and the list's action. Exit 0 nothing matched, 1 something did, 2
usage, 3 the list does not open, 4 something could not be judged.
"""

import sys

import hashvet


def main(snapshot, *pictures):
    matched = failed = False
    with hashvet.Matcher(snapshot) as matcher:
        hashed = [hashvet.hash_picture(picture) for picture in pictures]
        for picture, verdict in zip(pictures, matcher.match_many(hashed)):
            print(verdict.outcome, picture, sep="\t")
            for match in verdict.matches:
                print("", match.list, match.entry, match.action, sep="\t")
            matched |= verdict.outcome == "match"
            # A word that is not known here is no answer either.
            failed |= verdict.outcome not in ("match", "no_match",
                                              "low_quality", "not_sampled")
    return 4 if failed else 1 if matched else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(main(*sys.argv[1:]))
    except hashvet.Error as error:
        print(f"match_from_python: {error}", file=sys.stderr)
        sys.exit(3)
