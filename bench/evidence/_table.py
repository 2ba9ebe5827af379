"""A table of promises: what | figure | bar | ok, one row a promise.

Prints the table, writes it as JSON under build/evidence/, and says by the exit
code whether every promise held. In the short form times are only printed;
correctness, counts and memory decide. In the long form ratios decide too.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Table:
    def __init__(self, name):
        parser = argparse.ArgumentParser(prog=f"./dev evidence {name}")
        parser.add_argument("--short", action="store_true",
                            help="under 90 seconds; times do not decide")
        self.short = parser.parse_args().short
        self.name = name
        self.rows = []

    def add(self, what, figure, bar, ok, timing=False):
        """One promise. ok: True, False, or None where it could not be looked at
        (a peer that is not installed): printed, and never counted as kept."""
        decides = not (timing and self.short)
        word = {True: "yes", False: "NO", None: "not measured"}[ok]
        if not decides and ok is not True:
            word += " (short form: not decided)"
        self.rows.append({"what": what, "figure": figure, "bar": bar,
                          "ok": ok, "decides": decides, "word": word})
        print(f"  {what}: {figure} ({bar}) {word}", file=sys.stderr, flush=True)

    def note(self, what, figure):
        """A figure without a promise: printed, and decides nothing."""
        self.rows.append({"what": what, "figure": figure, "bar": "none",
                          "ok": None, "decides": False, "word": "-"})
        print(f"  {what}: {figure}", file=sys.stderr, flush=True)

    def finish(self):
        columns = ("what", "figure", "bar", "word")
        titles = dict(zip(columns, ("what", "figure", "bar", "ok")))
        rows = [titles] + self.rows
        widths = [max(len(str(row[c])) for row in rows) for c in columns]
        print(f"\nevidence {self.name}: {machine()}")
        for i, row in enumerate(rows):
            cells = (str(row[c]).ljust(w) for c, w in zip(columns, widths))
            print("| " + " | ".join(cells) + " |")
            if i == 0:
                print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
        folder = ROOT / "build" / "evidence"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(
            {"name": self.name, "short": self.short, "machine": machine(),
             "commit": commit(), "rows": self.rows}, indent=2) + "\n")
        fallen = [r for r in self.rows if r["decides"] and r["ok"] is not True]
        promises = [r for r in self.rows if r["bar"] != "none"]
        print(f"\n{len(promises) - len(fallen)} of {len(promises)} rows hold; "
              f"{path.relative_to(ROOT)}")
        sys.exit(1 if fallen else 0)


def machine():
    model = "unknown CPU"
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} processors, {platform.system()}"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT,
                          capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def run_json(command, env=None):
    """The JSON object that the last line of a command's output is, or None."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT,
                          capture_output=True, text=True,
                          env={**os.environ, **(env or {})})
    lines = done.stdout.strip().splitlines()
    try:
        return json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError):
        print(f"  {command[0]}: exit {done.returncode}, no JSON\n"
              f"{done.stdout[-2000:]}{done.stderr[-2000:]}", file=sys.stderr)
        return None


def peers_python():
    """The interpreter of the peers' virtual environment, or None."""
    path = ROOT / ".venv" / "bin" / "python"
    return path if path.exists() else None
