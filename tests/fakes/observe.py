"""What was counted and logged, to be looked at."""

from collections import Counter
from collections.abc import Mapping


class Counts:
    """Implements `Count`."""

    def __init__(self) -> None:
        self.labelled: list[tuple[str, Mapping[str, str]]] = []
        self.values: list[tuple[tuple[str, Mapping[str, str]], int]] = []
        self._totals: Counter[str] = Counter()

    def __call__(self, name: str, value: int = 1, /, **labels: str) -> None:
        self.labelled.append((name, labels))
        self.values.append(((name, labels), value))
        self._totals[name] += value

    def __getitem__(self, name: str) -> int:
        return self._totals[name]


class LogLines:
    """Implements `Log`; `lines` holds level, message and extras of each, without those that are None."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, Mapping[str, object]]] = []

    def info(self, message: str, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append(("info", message, _said(extra)))

    def warning(self, message: str, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append(("warning", message, _said(extra)))

    def error(self, message: str, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append(("error", message, _said(extra)))


def _said(extra: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in extra.items() if value is not None}
