"""What the terminal shows while the bundle runs: a live table of faxes, or a line for each change."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from faxledger.domain.fax import Status
from faxledger.domain.report import Duty, DutyState, Fax
from faxledger.ledger import items, keys
from local.runtime.stream import Record

_REFRESHES_PER_SECOND = 8
# The table's title and header, the line above it and the cursor's.
_LINES_AROUND = 4
_WIDTH_OF_AN_ID = 31
# From here on a terminal has room for who said something, beside what a table of 80 columns holds.
_WIDTH_FOR_ALL = 100


class PlainScreen:
    """A line for each thing that becomes known of a fax: for files, pipes and CI."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now

    def say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def watch(self, record: Record) -> None:
        old, new = _faxes_of(record)
        if new is not None:
            for news in _news(old, new):
                self.say(f"{self._now():%d %b %H:%M:%S}  {new.id!s:<36}  {news}")

    def finish(self, text: str) -> None:
        """The last word."""
        self.say(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class LiveScreen:
    """The faxes that changed last, in a table that follows them."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now
        self._faxes: dict[str, Fax] = {}
        self._lock = Lock()
        self._live = Live(
            get_renderable=self._table,
            console=console,
            refresh_per_second=_REFRESHES_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def say(self, text: str) -> None:
        self._live.console.print(text, soft_wrap=True, markup=False, highlight=False)

    def finish(self, text: str) -> None:
        """The last word; the table stands still above it."""
        self._live.stop()
        self.say(text)

    def watch(self, record: Record) -> None:
        _, fax = _faxes_of(record)
        if fax is not None:
            with self._lock:
                self._faxes.pop(str(fax.id), None)
                self._faxes[str(fax.id)] = fax

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _table(self) -> Table:
        with self._lock:
            faxes = list(self._faxes.values())
        shown = faxes[-max(3, self._console.height - _LINES_AROUND) :]
        settled = sum(fax.is_settled for fax in faxes)
        is_wide = self._console.width >= _WIDTH_FOR_ALL
        table = Table(
            title=f"{self._now():%a %d %b %Y, %H:%M:%S} UTC · {len(faxes)} faxes, {settled} settled",
            title_justify="left",
            box=None,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            expand=True,
        )
        table.add_column("fax", no_wrap=True, min_width=_WIDTH_OF_AN_ID)
        table.add_column("status", no_wrap=True, min_width=9)
        table.add_column("settled by", no_wrap=True, min_width=10)
        if is_wide:
            table.add_column("heard from", no_wrap=True, ratio=1)
        table.add_column("marked", no_wrap=True, min_width=8)
        # As wide as the terminal lets it be, where nothing else is: the other columns keep their width.
        table.add_column("conflict", no_wrap=True, min_width=16, ratio=None if is_wide else 1)
        for fax in reversed(shown):
            heard = ", ".join([*dict.fromkeys(seen.source for seen in fax.sightings), *_unsettling(fax)])
            conflict = f"{fax.conflict.source}: {_word(fax.conflict.status)}" if fax.conflict else ""
            table.add_row(
                str(fax.id),
                Text(_word(fax.status), _STYLE.get(fax.status, "")),
                fax.settled_by or "",
                *([heard] if is_wide else []),
                _MARK.get(fax.duties.get(Duty.MARK), ""),
                Text(conflict, "yellow"),
            )
        return table


_MARK: dict[DutyState | None, str] = {
    DutyState.DONE: "yes",
    DutyState.PENDING: "not yet",
    DutyState.GIVEN_UP: "given up",
}

Screen = PlainScreen | LiveScreen

_STYLE = {
    Status.SENT: "green",
    Status.RECEIVED: "green",
    Status.FAILED: "red",
    Status.RECEIVED_PARTIAL: "yellow",
}


def screen_for(console: Console, now: Callable[[], datetime]) -> Screen:
    return LiveScreen(console, now) if console.is_terminal else PlainScreen(console, now)


def _word(status: Status | None) -> str:
    return "partial" if status is Status.RECEIVED_PARTIAL else str(status)


def _faxes_of(record: Record) -> tuple[Fax | None, Fax | None]:
    change: dict[str, Any] = record["dynamodb"]
    old, new = change.get("OldImage"), change.get("NewImage")
    if not keys.is_fax(change["Keys"]) or not new or set(new) <= set(change["Keys"]):
        return None, None
    return (items.decode(old) if old else None), items.decode(new)


def _news(old: Fax | None, new: Fax) -> list[str]:
    news = []
    if new.is_settled and not (old and old.is_settled):
        reason = f", {new.failure.failure_class}" if new.failure else ""
        news.append(f"{new.status} by {new.settled_by}{reason}")
    if new.conflict and not (old and old.conflict):
        news.append(f"conflict: {new.conflict.status} by {new.conflict.source}")
    if _is_marked(new) and not (old and _is_marked(old)):
        news.append("marked")
    heard = {seen.source for seen in new.sightings} - {seen.source for seen in (old.sightings if old else ())}
    if old and old.is_settled:
        news += [f"{source} says so too" for source in sorted(heard) if not new.conflict]
    known = _unsettling(old) if old else []
    return news + [f"heard {text}" for text in _unsettling(new) if text not in known]


def _is_marked(fax: Fax) -> bool:
    return fax.duties.get(Duty.MARK) is DutyState.DONE


def _unsettling(fax: Fax) -> list[str]:
    return [f"{seen.source} “{seen.word[:20]}”" for seen in fax.unsettling]
