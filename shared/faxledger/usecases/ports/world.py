"""What every use case may need: the time, and ways to say what happened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware and in UTC."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class Count(Protocol):
    """Counts what a person must be able to see; names are fixed, labels few and never health data."""

    def __call__(self, name: str, value: int = 1, /, **labels: str) -> None: ...


class Log(Protocol):
    """One line of JSON each, without what is None.

    A line about a fax carries its public id as `fax_id`, one about a submission or an order `submission_id`
    or `order_id`; tests/repository/test_log_lines.py knows what else a line may say.
    """

    def info(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...

    def warning(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...

    def error(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...
