"""The faxes of one realm, and the queries over them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Any

from local.show.simulators.faults import Mishap
from local.show.simulators.jobs import JobDirection, JobStatus
from local.show.simulators.outcomes import FaxOutcome
from local.show.simulators.ports import NO_SHELF, Shelf

# Both directions count from the same number: outgoing fax 1001 and incoming fax 1001 are two faxes (doc).
_FIRST_ID = 1001


@dataclass(frozen=True, slots=True)
class SoftlinxFax:
    """One fax as the provider's log has it; times are UTC.

    `word` is its FaxStatus of the moment. `number` is the one dialled, or of an inbound fax the caller's;
    `own_number` is the realm's own end. `tsi` names the sending machine and `csi` the called one. `options`
    are those of the send, by their own names. `attempt` counts the resends that kept the identifier.
    """

    direction: JobDirection
    fax_id: int
    number: str
    own_number: str
    user: str
    tsi: str
    csi: str
    word: str
    status: JobStatus
    created_at: datetime
    outcome: FaxOutcome
    mishap: Mishap
    completed_at: datetime | None = None
    is_marked: bool = False
    project_code: str = ""
    project_code_2: str = ""
    recipient: str = ""
    retry_count: int = 0
    send_after: datetime | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    is_deleted: bool = False

    @property
    def job_id(self) -> str:
        """The identifier, and which attempt it is if not the first."""
        return str(self.fax_id) if self.attempt == 1 else f"{self.fax_id}~{self.attempt}"


@dataclass(frozen=True, slots=True)
class Query:
    """What a QuerySendFax or QueryReceiveFax asks for; None leaves a field out of it."""

    matches: Callable[[SoftlinxFax], bool]
    sort_key: Callable[[SoftlinxFax], Any]
    is_descending: bool
    limit: int


@dataclass(frozen=True, slots=True)
class QueryPage:
    """`next_reference` is None on the last one."""

    faxes: tuple[SoftlinxFax, ...]
    next_reference: str | None


class UnknownFax(LookupError):
    pass


class UnknownReference(LookupError):
    pass


class SoftlinxFaxes:
    """Whether marking a fax shifts the pages of a query under way is open, hence `pages_shift`.

    Without it a query's first page fixes which faxes the later ones show. With it every page is cut anew
    from what matches at that moment, so that marking while paging skips as many as were marked.
    """

    _MOST_SNAPSHOTS = 64

    def __init__(self, *, pages_shift: bool, shelf: Shelf[SoftlinxFax] = NO_SHELF) -> None:
        self._pages_shift = pages_shift
        self._lock = Lock()
        self._faxes: dict[tuple[JobDirection, int], SoftlinxFax] = {}
        self._earlier_attempts: list[SoftlinxFax] = []
        self._shelf = shelf
        for fax in sorted(shelf.all(), key=lambda fax: fax.attempt):
            if earlier := self._faxes.get((fax.direction, fax.fax_id)):
                self._earlier_attempts.append(earlier)
            self._faxes[fax.direction, fax.fax_id] = fax
        self._ids: dict[JobDirection, Iterator[int]] = {
            direction: count(
                1 + max((id_ for way, id_ in self._faxes if way is direction), default=_FIRST_ID - 1)
            )
            for direction in JobDirection
        }
        self._serials = count(1)
        self._snapshots: dict[str, tuple[JobDirection, tuple[int, ...]]] = {}

    def next_id(self, direction: JobDirection) -> int:
        with self._lock:
            return next(self._ids[direction])

    def add(self, fax: SoftlinxFax) -> None:
        with self._lock:
            self._put(fax)

    def find(self, direction: JobDirection, fax_id: int) -> SoftlinxFax:
        """Raises `UnknownFax`, also for one that was deleted."""
        with self._lock:
            return self._present(direction, fax_id)

    def change(self, direction: JobDirection, fax_id: int, **changes: Any) -> SoftlinxFax:
        """The fax after the change; raises `UnknownFax`."""
        with self._lock:
            fax = replace(self._present(direction, fax_id), **changes)
            self._put(fax)
            return fax

    def begin_attempt(self, fax: SoftlinxFax) -> None:
        """Put the next attempt in the place of the one before; raises `UnknownFax`."""
        with self._lock:
            self._earlier_attempts.append(self._present(fax.direction, fax.fax_id))
            self._put(fax)

    def delete(self, direction: JobDirection, fax_ids: Sequence[int]) -> None:
        """All of them, or with `UnknownFax` none."""
        with self._lock:
            deleted = [replace(self._present(direction, fax_id), is_deleted=True) for fax_id in fax_ids]
            for fax in deleted:
                self._put(fax)

    def ever(self, direction: JobDirection, fax_id: int) -> SoftlinxFax:
        """The fax, even if it was deleted; raises `UnknownFax`."""
        with self._lock:
            try:
                return self._faxes[direction, fax_id]
            except KeyError:
                raise UnknownFax(f"there never was an {direction} fax {fax_id}") from None

    def all(self) -> tuple[SoftlinxFax, ...]:
        """The deleted ones and the earlier attempts too."""
        with self._lock:
            return (*self._earlier_attempts, *self._faxes.values())

    def page(self, direction: JobDirection, query: Query, reference: str | None = None) -> QueryPage:
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
            ids = self._snapshots[serial][1]
            if self._pages_shift:
                ids = tuple(fax.fax_id for fax in self._matching(direction, query))
            end = offset + query.limit
            rows = [self._faxes[direction, fax_id] for fax_id in ids[offset:end]]
        present = tuple(fax for fax in rows if not fax.is_deleted)
        return QueryPage(present, f"{serial}-{end}" if end < len(ids) else None)

    def _put(self, fax: SoftlinxFax) -> None:
        self._shelf.put(f"{fax.direction}/{fax.job_id}", fax)
        self._faxes[fax.direction, fax.fax_id] = fax

    def _present(self, direction: JobDirection, fax_id: int) -> SoftlinxFax:
        fax = self._faxes.get((direction, fax_id))
        if fax is None or fax.is_deleted:
            raise UnknownFax(f"there is no {direction} fax {fax_id}")
        return fax

    def _remember(self, serial: str, direction: JobDirection, ids: tuple[int, ...]) -> None:
        self._snapshots[serial] = (direction, ids)
        while len(self._snapshots) > self._MOST_SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]

    def _matching(self, direction: JobDirection, query: Query) -> list[SoftlinxFax]:
        present = (fax for fax in self._faxes.values() if fax.direction is direction and not fax.is_deleted)
        matching = (fax for fax in present if query.matches(fax))
        return sorted(matching, key=query.sort_key, reverse=query.is_descending)
