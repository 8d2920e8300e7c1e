"""What the terminal shows while the bundle runs: a live table of faxes, or a line for each change."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
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
# As most ids need at most. Of a longer one the end shows, which tells it from the others.
_WIDTH_OF_AN_ID = 31
# From here on a terminal has room for who said what, beside what a table of 80 columns holds.
_WIDTH_FOR_ALL = 100


class PlainScreen:
    """A line for each thing that becomes known of a fax: for files, pipes and CI."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now

    def say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def begin_with(self, faxes: Iterable[Fax]) -> None:
        """What was known before is no news."""

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

    def begin_with(self, faxes: Iterable[Fax]) -> None:
        """What was known before."""
        known = sorted(faxes, key=lambda fax: (fax.settled_at is not None, fax.settled_at, str(fax.id)))
        with self._lock:
            self._faxes = {str(fax.id): fax for fax in known} | self._faxes

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
        now = self._now()
        noun = "fax" if len(faxes) == 1 else "faxes"
        shown = faxes[-max(3, self._console.height - _LINES_AROUND) :]
        settled = sum(fax.is_settled for fax in faxes)
        is_wide = self._console.width >= _WIDTH_FOR_ALL
        table = Table(
            title=f"{now:%a %d %b %Y, %H:%M:%S} UTC · {len(faxes)} {noun}, {settled} settled",
            title_justify="left",
            box=None,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            expand=True,
        )
        table.add_column("since", no_wrap=True, min_width=6)
        table.add_column("fax", no_wrap=True, min_width=_WIDTH_OF_AN_ID)
        table.add_column("status", no_wrap=True, min_width=9)
        table.add_column("by", no_wrap=True, min_width=8)
        table.add_column("marked", no_wrap=True, min_width=8)
        # As wide as the terminal lets it be, where nothing else is: the other columns keep their width.
        table.add_column("what is wrong", no_wrap=True, min_width=13, ratio=2)
        if is_wide:
            table.add_column("heard from", no_wrap=True, ratio=1)
        for fax in reversed(shown):
            heard = ", ".join([*dict.fromkeys(seen.source for seen in fax.sightings), *_unsettling(fax)])
            table.add_row(
                _since(fax, now),
                _end_of(str(fax.id), _WIDTH_OF_AN_ID),
                Text(_word(fax.status), _STYLE.get(fax.status, "")),
                fax.settled_by or "",
                _MARK.get(fax.duties.get(Duty.MARK), ""),
                Text(", ".join(islice(_wrong(fax, is_wide=is_wide), None if is_wide else 1)), "yellow"),
                *([heard] if is_wide else []),
            )
        return table


_MARK: dict[DutyState | None, str] = {
    DutyState.DONE: "yes",
    DutyState.PENDING: "not yet",
    DutyState.GIVEN_UP: "given up",
}

_NEWS_OF_DUTIES: dict[Duty, dict[DutyState | None, str]] = {
    Duty.MARK: {DutyState.DONE: "marked", DutyState.GIVEN_UP: "its mark is given up"},
    Duty.STORE: {DutyState.GIVEN_UP: "its document is given up"},
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


def _since(fax: Fax, now: datetime) -> str:
    """When it was settled, or else last spoken of: a time of today, or a day."""
    when = fax.settled_at or max((seen.seen_at for seen in fax.unsettling), default=None)
    if when is None:
        return ""
    return f"{when:%H:%M}" if when.date() == now.date() else f"{when:%d %b}"


def _end_of(text: str, width: int) -> str:
    return text if len(text) <= width else "…" + text[1 - width :]


def _wrong(fax: Fax, *, is_wide: bool) -> Iterator[str]:
    """What a person may want to look at, the worst first; who contradicts only where there is room.

    In a narrow terminal there is room for the first alone.
    """
    if fax.conflict:
        yield (
            f"{fax.conflict.source}: {_word(fax.conflict.status)}"
            if is_wide
            else f"or {_word(fax.conflict.status)}?"
        )
    if fax.duties.get(Duty.STORE) is DutyState.GIVEN_UP:
        yield "no document"
    if fax.failure and fax.status is Status.FAILED:
        yield fax.failure.failure_class.replace("_", " ")


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
    for duty, words in _NEWS_OF_DUTIES.items():
        state = new.duties.get(duty)
        if state in words and not (old and old.duties.get(duty) is state):
            news.append(words[state])
    heard = {seen.source for seen in new.sightings} - {seen.source for seen in (old.sightings if old else ())}
    if old and old.is_settled:
        news += [f"{source} says so too" for source in sorted(heard) if not new.conflict]
    known = _unsettling(old) if old else []
    return news + [f"heard {text}" for text in _unsettling(new) if text not in known]


def _unsettling(fax: Fax) -> list[str]:
    return [f"{seen.source} “{seen.word[:20]}”" for seen in fax.unsettling]
