"""What handlers print: kept with its invocation, written to one file, and its metrics counted.

Powertools prints log lines and metrics (EMF) as JSON to `sys.stdout`, which is the terminal's. While a bundle
runs, a stand-in there gives what an invocation prints to that invocation, and all else to the terminal.
"""

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Any, TextIO

_printed: ContextVar[list[str] | None] = ContextVar("printed", default=None)


class _Stdout:
    """One for the whole process, because loggers keep the stream they found when they were made."""

    terminal: TextIO = sys.stdout

    def write(self, text: str) -> int:
        printed = _printed.get()
        if printed is None:
            return self.terminal.write(text)
        printed.append(text)
        return len(text)

    def flush(self) -> None:
        self.terminal.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.terminal, name)


_STDOUT = _Stdout()


@contextmanager
def captured() -> Iterator[None]:
    """While the block runs, what invocations print does not reach the terminal."""
    before = sys.stdout
    _stand_in()
    try:
        yield
    finally:
        sys.stdout = before


@contextmanager
def printing_into(printed: list[str]) -> Iterator[None]:
    """What this thread prints in the block is appended to `printed`."""
    # Whoever else replaces stdout, as pytest does between a test's fixtures and the test, hides no line.
    _stand_in()
    token = _printed.set(printed)
    try:
        yield
    finally:
        _printed.reset(token)


def _stand_in() -> None:
    if sys.stdout is not _STDOUT:
        _STDOUT.terminal = sys.stdout
        sys.stdout = _STDOUT


def redirect_loggers() -> None:
    """Give Powertools' loggers that somebody made before the bundle ran the same stream as the others."""
    for known in logging.Logger.manager.loggerDict.values():
        if isinstance(known, logging.Logger) and hasattr(known, "init"):
            for handler in known.handlers:
                if isinstance(handler, logging.StreamHandler):
                    # Not setStream: it flushes the old stream, which may be closed by now.
                    handler.stream = _STDOUT


class FunctionLog:
    """All invocations' lines in one file, and the sums of their metrics.

    One that `goes_on` counts what stands in the file already.
    """

    def __init__(self, path: Path, *, goes_on: bool = False) -> None:
        self.path = path
        self._lock = Lock()
        self._counted: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self._file = path.open("a+", encoding="utf-8", errors="replace")
        if goes_on:
            self._file.seek(0)
            for line in self._file:
                with suppress(ValueError):  # the last line of a process that was killed
                    self._count(line.partition("\t")[2])

    def keep(self, function: str, text: str) -> None:
        with self._lock:
            for line in text.splitlines():
                self._file.write(f"{function}\t{line}\n")
                self._count(line)
            self._file.flush()

    def total(self, metric: str, **labels: str) -> int:
        """The sum of a metric over all invocations whose labels hold these."""
        with self._lock:
            return sum(
                value
                for (name, dimensions), value in self._counted.items()
                if name == metric and labels.items() <= dict(dimensions).items()
            )

    def close(self) -> None:
        self._file.close()

    def _count(self, line: str) -> None:
        if '"_aws"' not in line:
            return
        entry = json.loads(line)
        for directive in entry["_aws"]["CloudWatchMetrics"]:
            labels = {name: entry[name] for names in directive["Dimensions"] for name in names}
            for metric in directive["Metrics"]:
                value = entry[metric["Name"]]
                self._counted[metric["Name"], tuple(sorted(labels.items()))] += int(
                    sum(value) if isinstance(value, list) else value
                )
