"""Softlinx as a provider that keeps a mark on each fax: marked means handled (doc)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from faxledger.domain.fax import Direction, Provider, Source, Status
from faxledger.domain.report import DocumentType, Fax, Report, Unreadable
from faxledger.domain.timestamps import timestamp
from faxledger.errors import MalformedInput
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.api import Selection, SoftlinxApi, SoftlinxSession
from faxledger.providers.softlinx.fax_ids import id_at_softlinx
from faxledger.providers.softlinx.reports import report_of
from faxledger.providers.softlinx.status import FINAL_WORDS
from faxledger.providers.values import moment
from faxledger.usecases.ports.marking import Offer, OfferedPage
from faxledger.usecases.ports.retrieving import ArrivingDocument


@dataclass(frozen=True, slots=True)
class _Query:
    direction: Direction
    status: str | None
    mark: bool | None = False


class Mode(StrEnum):
    """How Softlinx wants to be used (doc): by its callbacks with a poll beside them, or by the poll alone."""

    PUSH = "push"
    POLL_ONLY = "poll-only"


# Whether DatetimeAfter includes its own second is open, and others may have been created in it.
_BEFORE = timedelta(seconds=1)
# An item of the table takes 400 kB.
_MOST_RAW_BYTES = 64 * 1024
# However the function is started: never more often than every 10 minutes (doc).
_OFTENEST = timedelta(minutes=10)
# Failed first, then sent (doc).
_ORDER = (Status.FAILED, Status.SENT)
_OUTBOUND_WORDS = sorted(
    FINAL_WORDS[Direction.OUTBOUND], key=lambda word: _ORDER.index(FINAL_WORDS[Direction.OUTBOUND][word])
)
# Whatever was created since the position that somebody has put there: see `Offer`.
_LOOKING_BACK = {
    Offer(f"{direction}-again", looks_back=True): _Query(direction, None, mark=None)
    for direction in Direction
}
LOOK_BACKS = tuple(_LOOKING_BACK)
# The names are those of claims and cursors: one that changes is asked for as if it had never been.
_QUERIES = {
    # Outbound by each final word, then inbound, each once an hour (doc). A filter finds only the word that it
    # names, so once a day outbound faxes are asked for by their mark alone.
    Mode.PUSH: {
        **{Offer(f"outbound-{word.lower()}"): _Query(Direction.OUTBOUND, word) for word in _OUTBOUND_WORDS},
        Offer("inbound"): _Query(Direction.INBOUND, None),
        Offer("outbound-any-status", every=timedelta(days=1)): _Query(Direction.OUTBOUND, None),
        **_LOOKING_BACK,
    },
    # All unmarked outbound faxes in one query, every 10 to 15 minutes (doc).
    Mode.POLL_ONLY: {
        Offer("outbound", every=_OFTENEST): _Query(Direction.OUTBOUND, None),
        Offer("inbound", every=_OFTENEST): _Query(Direction.INBOUND, None),
        **_LOOKING_BACK,
    },
}


def offers_of(mode: Mode) -> tuple[Offer, ...]:
    """What is asked for, in this order."""
    return tuple(_QUERIES[mode])


class SoftlinxMarking:
    """Implements `MarkingProvider` and `RetrievingProvider`; one administrative user sees every fax (doc)."""

    name = str(Provider.SOFTLINX)

    def __init__(
        self,
        account: SoftlinxAccount,
        api: SoftlinxApi,
        mode: Mode = Mode.PUSH,
        document_type: DocumentType = DocumentType.PDF,
    ) -> None:
        self._account = account
        self._api = api
        self._document_type = document_type
        self._queries = _QUERIES[mode]
        self.offers = tuple(self._queries)
        self.marks_faxes = account.marks_faxes

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["SoftlinxMarkingSession"]:
        """One login for everything that is done in it. Raises `ProviderError`."""
        with self._api.session(patience=patience) as session:
            yield SoftlinxMarkingSession(self._account, session, self._queries, self._document_type)


class SoftlinxMarkingSession:
    """Implements `MarkingSession` and `RetrievingSession`."""

    def __init__(
        self,
        account: SoftlinxAccount,
        session: SoftlinxSession,
        queries: Mapping[Offer, _Query],
        document_type: DocumentType,
    ) -> None:
        self._account = account
        self._session = session
        self._queries = queries
        self._document_type = document_type

    def pages(self, offer: Offer, *, after: str | None = None) -> Iterator[OfferedPage]:
        """The faxes of one query; a row that can't be read is set aside beside the others.

        A position is a time of creation. That DatetimeAfter means those is an assumption, so there are
        positions only where no mark of ours ends an offer, and every query would begin with the same faxes.
        """
        query = self._queries[offer]
        created_after = datetime.fromisoformat(after) if after else None
        selection = Selection(mark=query.mark, status=query.status, created_after=created_after)
        is_ended_by_marks = self._account.marks_faxes and not offer.looks_back
        for page in self._session.query(query.direction, selection):
            read = [self._read(query.direction, row) for row in page.rows]
            broken = [_set_aside(query.direction, one.problem, one.raw) for one in page.broken]
            yield OfferedPage(
                reports=tuple(row for row in read if isinstance(row, Report)),
                unreadable=(*(row for row in read if isinstance(row, Unreadable)), *broken),
                # Behind a page that was read backwards there are others that were not read.
                position=None if is_ended_by_marks or page.is_backwards else self._position(page.rows),
            )

    def find(self, fax: Fax) -> Report | Unreadable | None:
        direction = fax.id.direction
        row = self._session.find(direction, id_at_softlinx(fax))
        return None if row is None else self._read(direction, row)

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None:
        self._session.mark(fax.id.direction, id_at_softlinx(fax), is_marked=is_marked)

    @contextmanager
    def document(self, fax: Fax) -> Iterator[ArrivingDocument]:
        form = self._document_type
        with self._session.content(fax.id.direction, id_at_softlinx(fax), form) as content:
            yield ArrivingDocument(self._document_type, content)

    def _position(self, rows: Iterable[Mapping[str, str]]) -> str | None:
        zone = self._account.time_zone
        created = [at for row in rows if (at := moment(row.get("CreateTime"), zone)) is not None]
        return timestamp(max(created) - _BEFORE) if created else None

    def _read(self, direction: Direction, row: Mapping[str, str]) -> Report | Unreadable:
        fields = {name.casefold(): value.strip() for name, value in row.items()}
        try:
            return report_of(self._account, direction, Source.POLL, fields, row)
        except MalformedInput as error:
            return _set_aside(direction, str(error), json.dumps(dict(row), sort_keys=True).encode())


def _set_aside(direction: Direction, problem: str, raw: bytes) -> Unreadable:
    return Unreadable(
        origin=f"softlinx-poll-{direction}",
        problem=problem,
        raw=raw[:_MOST_RAW_BYTES],
        is_truncated=len(raw) > _MOST_RAW_BYTES,
    )
