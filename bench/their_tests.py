#!/usr/bin/env python3
"""python-threatexchange's own index tests on hashvet's adapter, for
bench/evidence/scale.py, which runs it in a virtual environment that has both.

  their_tests.py WHEEL    prints {"passed": [name…], "failed": {name: why}}

The tests are read from a wheel of the package (1.2.4 is the last that has them),
and nothing of them is changed but the imports of what the adapter stands for.
"""

import importlib.util
import json
import pathlib
import re
import sys
import tempfile
import unittest
import zipfile

FILES = ("signal_type/tests/test_pdq_index.py",
         "signal_type/tests/test_pdq_index2.py",
         "tests/hashing/test_pdq_faiss_matcher.py",
         "tests/hashing/test_index_updates.py")
OURS = re.compile(
    r"threatexchange\.signal_type\.pdq\.(pdq_index2?|pdq_faiss_matcher)\b")


def cases_of(module):
    """Its tests; plain functions, too."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    for name, value in vars(module).items():
        if name.startswith("test_") and callable(value):
            suite.addTest(unittest.FunctionTestCase(value, description=name))
    return suite


def name_of(case):
    return case.shortDescription() or case.id().split(".", 1)[-1]


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.passed = []

    def addSuccess(self, test):
        self.passed.append(name_of(test))


def main(wheel):
    result = Result()
    imports = 0
    with tempfile.TemporaryDirectory() as folder, \
            zipfile.ZipFile(wheel) as package:
        for file in FILES:
            text, count = OURS.subn("hashvet.threatexchange",
                                    package.read(f"threatexchange/{file}").decode())
            imports += count
            path = pathlib.Path(folder) / pathlib.Path(file).name
            path.write_text(text)
            spec = importlib.util.spec_from_file_location(path.stem, path)
            module = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = module
            spec.loader.exec_module(module)
            # A base class says that it is none.
            for case in flat(cases_of(module)):
                if getattr(case, "__test__", True):
                    case.run(result)
    if imports < 4:
        sys.exit(f"got {imports} imports of the adapter, want 4")
    return {"passed": result.passed,
            "failed": {name_of(case): why.strip().splitlines()[-1]
                       for case, why in result.failures + result.errors}}


def flat(suite):
    for case in suite:
        if isinstance(case, unittest.TestSuite):
            yield from flat(case)
        else:
            yield case


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
