"""The faxes of one realm, and the queries over them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Any

from local.simulators.faults import Mishap
from local.simulators.jobs import Direction, Status
from local.simulators.outcomes import Outcome

# Both directions count from the same number: outgoing fax 1001 and incoming fax 1001 are two faxes (doc).
_FIRST_ID = 1001


@dataclass(frozen=True, slots=True)
class SoftlinxFax:
    """One fax as the provider's log has it; times are UTC.

    `word` is its FaxStatus of the moment. `number` is the one dialled, or of an inbound fax the caller's;
    `own_number` is the realm's own end. `tsi` names the sending machine and `csi` the called one.
    """

    direction: Direction
    fax_id: int
    number: str
    own_number: str
    user: str
    tsi: str
    csi: str
    word: str
    status: Status
    created_at: datetime
    outcome: Outcome
    mishap: Mishap
    completed_at: datetime | None = None
    is_marked: bool = False
    project_code: str = ""
    project_code_2: str = ""
    recipient: str = ""
    retry_count: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """What a QuerySendFax or QueryReceiveFax asks for; None leaves a field out of it."""

    matches: Callable[[SoftlinxFax], bool]
    sort_key: Callable[[SoftlinxFax], Any]
    is_descending: bool
    limit: int


@dataclass(frozen=True, slots=True)
class Page:
    """`next_reference` is None on the last one."""

    faxes: tuple[SoftlinxFax, ...]
    next_reference: str | None


class UnknownFax(LookupError):
    pass


class UnknownReference(LookupError):
    pass


class Faxes:
    """Whether marking a fax shifts the pages of a query under way is open, hence `pages_shift`.

    Without it a query's first page fixes which faxes the later ones show. With it every page is cut anew
    from what matches at that moment, so that marking while paging skips as many as were marked.
    """

    _MOST_SNAPSHOTS = 64

    def __init__(self, *, pages_shift: bool) -> None:
        self._pages_shift = pages_shift
        self._lock = Lock()
        self._faxes: dict[tuple[Direction, int], SoftlinxFax] = {}
        self._ids: dict[Direction, Iterator[int]] = {direction: count(_FIRST_ID) for direction in Direction}
        self._serials = count(1)
        self._snapshots: dict[str, tuple[Direction, tuple[int, ...]]] = {}

    def next_id(self, direction: Direction) -> int:
        with self._lock:
            return next(self._ids[direction])

    def add(self, fax: SoftlinxFax) -> None:
        with self._lock:
            self._faxes[fax.direction, fax.fax_id] = fax

    def change(self, direction: Direction, fax_id: int, **changes: Any) -> SoftlinxFax:
        """The fax after the change; raises `UnknownFax`."""
        with self._lock:
            try:
                fax = replace(self._faxes[direction, fax_id], **changes)
            except KeyError:
                raise UnknownFax(f"there is no {direction} fax {fax_id}") from None
            self._faxes[direction, fax_id] = fax
            return fax

    def all(self) -> tuple[SoftlinxFax, ...]:
        with self._lock:
            return tuple(self._faxes.values())

    def page(self, direction: Direction, query: Query, reference: str | None = None) -> Page:
        """The first page of a query, or the one `reference` stands for; raises `UnknownReference`.

        Asking twice with one reference gives that page twice.
        """
        with self._lock:
            if reference is None:
                serial, offset = f"Q{next(self._serials)}", 0
                self._remember(
                    serial, direction, tuple(fax.fax_id for fax in self._matching(direction, query))
                )
            else:
                serial, _, position = reference.partition("-")
                offset = int(position) if position.isdecimal() else 0
            if self._snapshots.get(serial, (None,))[0] is not direction:
                raise UnknownReference("the results reference is unknown or has expired")
            if self._pages_shift:
                rows = self._matching(direction, query)
            else:
                rows = [self._faxes[direction, fax_id] for fax_id in self._snapshots[serial][1]]
        end = offset + query.limit
        return Page(tuple(rows[offset:end]), f"{serial}-{end}" if end < len(rows) else None)

    def _remember(self, serial: str, direction: Direction, ids: tuple[int, ...]) -> None:
        self._snapshots[serial] = (direction, ids)
        while len(self._snapshots) > self._MOST_SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]

    def _matching(self, direction: Direction, query: Query) -> list[SoftlinxFax]:
        matching = (fax for fax in self._faxes.values() if fax.direction is direction and query.matches(fax))
        return sorted(matching, key=query.sort_key, reverse=query.is_descending)
