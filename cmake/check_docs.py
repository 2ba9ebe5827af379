#!/usr/bin/env python3
"""Holds the documents to the tree: every file they name must exist.

A file is named by a relative link, or by a word in backquotes that begins with
one of the tree's folders. Outputs (build/…) and patterns are left out.

  check_docs.py ROOT    exit 1 with a line for each name of nothing
"""

import pathlib
import re
import sys

FOLDERS = ("src/", "include/", "tests/", "bench/", "cmake/", "docs/",
           "examples/", ".ci/")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([^`\s]+)`")


def names_in(text):
    for match in LINK.finditer(text):
        if "://" not in match.group(1) and not match.group(1).startswith("mailto:"):
            yield match.group(1), True
    for match in QUOTED.finditer(text):
        name = match.group(1)
        if name.startswith(FOLDERS) and not re.search(r"[*<>{}…$]", name):
            yield name.rstrip("/.,:"), False


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    documents = sorted(root.glob("*.md")) + sorted(root.glob("docs/*.md")) + \
        sorted(root.glob("src/**/*.md"))
    missing = []
    checked = 0
    for document in documents:
        for name, is_link in names_in(document.read_text()):
            base = document.parent if is_link else root
            checked += 1
            if not (base / name).exists():
                missing.append(f"{document.relative_to(root)}: names {name}, "
                               "which does not exist")
    print("\n".join(missing) or
          f"docs: {checked} names in {len(documents)} documents, all there")
    return 1 if missing or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
