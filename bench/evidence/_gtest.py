"""Runs named tests of the release build, and reads what they counted."""

import json
import os
import pathlib
import subprocess
import tempfile

from _table import ROOT

# Tests run these programs on the tree that they are tests of.
RELEASE = pathlib.Path(os.environ.get("HASHVET_BUILD_TREE",
                                      ROOT / "build" / "release"))


class Tests:
    """What became of the tests that a filter names.

    passed   every one ran and passed, and there was at least one
    count    how many there were
    counted  the numbers they recorded, each name's added up
    output   what they printed
    """

    def __init__(self, program, tests, env=None):
        with tempfile.TemporaryDirectory() as scratch:
            report = pathlib.Path(scratch) / "report.json"
            done = subprocess.run(
                [RELEASE / program, f"--gtest_filter={tests}",
                 f"--gtest_output=json:{report}"], cwd=ROOT,
                capture_output=True, text=True,
                env={**os.environ, **(env or {})})
            try:
                suites = json.loads(report.read_text())["testsuites"]
            except (OSError, ValueError):
                suites = []
        self.output = done.stdout
        cases = [case for suite in suites for case in suite["testsuite"]]
        self.count = len(cases)
        self.passed = done.returncode == 0 and self.count > 0 and all(
            case["status"] == "RUN" and case["result"] == "COMPLETED"
            for case in cases)
        self.counted = {}
        for case in cases:
            for name, value in case.items():
                if isinstance(value, str) and value.isdigit():
                    self.counted[name] = (self.counted.get(name, 0) +
                                          int(value))
        if not self.passed:
            print(done.stdout[-3000:], flush=True)


def bound(failures, trials):
    """Failures in so many trials, with the upper end of the 95 % interval."""
    if trials == 0:
        return "not tried"
    if failures:
        return f"{failures:,} of {trials:,}"
    return f"0 of {trials:,} (below {3 / trials:.1g} with 95 % confidence)"
