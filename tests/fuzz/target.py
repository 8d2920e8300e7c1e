"""One reader under libFuzzer: `python -m tests.fuzz.target READER [libFuzzer's options and folders]`."""

import sys
from importlib import import_module
from typing import Any

# Of a dependency group of its own: there are no wheels for every machine that runs the tests.
atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["faxledger"]):
    from tests.fuzz.readers import READERS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], READERS[sys.argv[1]])
    atheris.Fuzz()
