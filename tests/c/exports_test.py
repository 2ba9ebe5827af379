#!/usr/bin/env python3
"""What the library shows is what the header declares, and all that an earlier
library of the same ABI showed.

  exports_test.py LIBRARY HEADER EXPORTS
"""

import re
import subprocess
import sys

library, header, exports = sys.argv[1:]
shown = set()
for line in subprocess.run(["nm", "-D", "--defined-only", library],
                           check=True, capture_output=True,
                           text=True).stdout.splitlines():
    kind, name = line.split()[-2:]
    if kind != "A":  # the version node itself
        shown.add(name.split("@")[0])
declared = set(re.findall(r"\b(hashvet_\w+)\(", re.sub(
    r"//.*", "", open(header).read())))
declared -= {name for name in declared if name.endswith("_callback")}
promised = set(open(exports).read().split())

wrong = ([f"shown and not declared: {name}" for name in shown - declared] +
         [f"declared and not shown: {name}" for name in declared - shown] +
         [f"promised and gone: {name}" for name in promised - shown] +
         [f"new, and not in {exports}: {name}" for name in shown - promised])
print("\n".join(sorted(wrong)) or f"{len(shown)} functions, as promised")
sys.exit(1 if wrong else 0)
