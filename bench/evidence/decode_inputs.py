#!/usr/bin/env python3
"""Of the promises of decoding strangers' pictures, those that CI holds: the
corpus and its damaged copies through the real pool, and through a decoder with
sanitizers where that is built.

  ./dev evidence decode_inputs [--short]     the rest: ./dev evidence decode
"""

import pathlib
import tempfile

from _table import Table
from decode import inputs, sanitized

if __name__ == "__main__":
    promises = Table("decode_inputs")
    with tempfile.TemporaryDirectory() as folder:
        inputs(promises, pathlib.Path(folder))
        sanitized(promises, pathlib.Path(folder))
    promises.finish()
