#!/usr/bin/env python3
"""Holds the documents to the tree.

Every file they name must exist: by a relative link, or by a word in backquotes
that begins with one of the tree's folders. Outputs (build/…) and patterns are
left out. Every page of docs/ must be linked from README.md or ARCHITECTURE.md.

  check_docs.py ROOT                exit 1 with a line for each breach
  check_docs.py ROOT --compile CXX  compiles the ```cpp blocks instead
  check_docs.py ROOT --self-test    planted breaches must be found
"""

import pathlib
import re
import subprocess
import sys
import tempfile

FOLDERS = ("src/", "include/", "tests/", "bench/", "cmake/", "docs/",
           "examples/", ".ci/")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([^`\s]+)`")
CODE = re.compile(r"^```cpp\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def names_in(text):
    for match in LINK.finditer(text):
        if "://" not in match.group(1) and not match.group(1).startswith("mailto:"):
            yield match.group(1), True
    for match in QUOTED.finditer(text):
        name = match.group(1)
        if name.startswith(FOLDERS) and not re.search(r"[*<>{}…$]", name):
            yield name.rstrip("/.,:"), False


def documents_of(root):
    return (sorted(root.glob("*.md")) + sorted(root.glob("docs/*.md")) +
            sorted(root.glob("examples/*.md")) + sorted(root.glob("src/**/*.md")))


def names_of_nothing(root):
    """The breaches, and how many names were looked at."""
    breaches = []
    checked = 0
    for document in documents_of(root):
        for name, is_link in names_in(document.read_text()):
            base = document.parent if is_link else root
            checked += 1
            if not (base / name).exists():
                breaches.append(f"{document.relative_to(root)}: names {name}, "
                                "which does not exist")
    return breaches, checked


def pages_without_a_link(root):
    linked = set()
    for name in ("README.md", "ARCHITECTURE.md"):
        document = root / name
        if document.exists():
            linked.update(target for target, is_link
                          in names_in(document.read_text()) if is_link)
    return [f"docs/{page.name}: no link to it in README.md or ARCHITECTURE.md"
            for page in sorted(root.glob("docs/*.md"))
            if f"docs/{page.name}" not in linked]


def compile_code(root, compiler):
    """The breaches, and how many blocks were compiled."""
    breaches = []
    blocks = [(document, code) for document in documents_of(root)
              for code in CODE.findall(document.read_text())]
    for document, code in blocks:
        done = subprocess.run(
            [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror",
             "-fsyntax-only", f"-I{root / 'include'}", "-x", "c++", "-"],
            input=code, text=True, capture_output=True)
        if done.returncode != 0:
            breaches.append(f"{document.relative_to(root)}: a code block does "
                            f"not compile:\n{done.stderr}")
    return breaches, len(blocks)


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        (root / "README.md").write_text(
            "[gone](docs/gone.md) `src/gone.cc` [there](docs/there.md)\n")
        (root / "docs" / "there.md").write_text("there\n")
        (root / "docs" / "lonely.md").write_text("lonely\n")
        found = names_of_nothing(root)[0] + pages_without_a_link(root)
        assert len(found) == 3, found
        assert "gone.md" in found[0] and "gone.cc" in found[1], found
        assert "lonely.md" in found[2], found
    print("docs: planted breaches found")
    return 0


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    if sys.argv[2:] == ["--self-test"]:
        return self_test()
    if sys.argv[2:3] == ["--compile"]:
        breaches, checked = compile_code(root, sys.argv[3])
        summary = f"docs: {checked} code blocks compile"
    else:
        breaches, checked = names_of_nothing(root)
        breaches += pages_without_a_link(root)
        summary = f"docs: {checked} names, all there; every page is linked"
    print("\n".join(breaches) or summary)
    return 1 if breaches or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
