"""Fuzzes every reader, guided by what its code covers: `python -m tests.fuzz --seconds 1800`.

An input that ends in anything but the reader's own errors, or takes ten seconds, is kept in the reader's
corpus, which the tests replay. What else was found on the way is kept in `.fuzz`, for the next time.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.fuzz.corpus import CORPUS, ROOT

_FOUND: Final = ROOT / ".fuzz"
_READERS: Final = sorted(folder.name for folder in CORPUS.iterdir())
_OPTIONS: Final = (
    "-timeout=10",
    "-rss_limit_mb=2048",
    "-max_len=16384",
    # Long inputs from the beginning: what is found in short ones is soon found.
    "-len_control=10",
    "-print_final_stats=1",
    f"-dict={Path(__file__).parent / 'words.dict'}",
)


def fuzz(reader: str, seconds: int) -> int:
    """How many inputs were found that the reader can't bear."""
    found = _FOUND / reader
    found.mkdir(parents=True, exist_ok=True)
    known = set((CORPUS / reader).iterdir())
    with (_FOUND / f"{reader}.log").open("w") as log:
        subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.target", reader, str(found), str(CORPUS / reader)),
                *_OPTIONS,
                f"-max_total_time={seconds}",
                f"-artifact_prefix={CORPUS / reader}/",
            ],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    said = (_FOUND / f"{reader}.log").read_text("utf-8", "replace")
    runs = re.findall(r"number_of_executed_units: (\d+)", said) or re.findall(r"#(\d+)", said)
    covered = re.findall(r"cov: (\d+)", said)
    new = set((CORPUS / reader).iterdir()) - known
    result = ", ".join(sorted(path.name for path in new)) or "nothing found"
    inputs, edges = (found[-1] if found else "0" for found in (runs, covered))
    sys.stdout.write(f"{reader:14} {inputs:>9} inputs, {edges:>5} edges: {result}\n")
    sys.stdout.flush()
    # One that did not even begin is no success.
    return len(new) or not runs


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=int, default=300, help="how long, all readers together")
    parser.add_argument(
        "readers", nargs="*", metavar="READER", help=f"of {', '.join(_READERS)}; all by default"
    )
    asked = parser.parse_args()
    readers = asked.readers or _READERS
    at_once = os.cpu_count() or 1
    seconds = max(1, asked.seconds * min(at_once, len(readers)) // len(readers))
    with ThreadPoolExecutor(at_once) as pool:
        return 1 if sum(pool.map(lambda reader: fuzz(reader, seconds), readers)) else 0


if __name__ == "__main__":
    sys.exit(main())
