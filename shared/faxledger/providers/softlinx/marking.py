"""Softlinx as a provider that keeps a mark on each fax: marked means handled (doc)."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from faxledger.domain.fax import Direction, FaxId, Provider, Source
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import MalformedInput
from faxledger.providers.softlinx.reports import SoftlinxAccount, report_of
from faxledger.providers.softlinx.soap import Session, SoftlinxSoap
from faxledger.usecases.ports import Offer, OfferedPage


@dataclass(frozen=True, slots=True)
class _Query:
    direction: Direction
    status: str | None


# Failed first, then sent, then inbound, each once an hour (doc). A filter finds only the words it names, so
# once a day outbound faxes are asked for by their mark alone.
_QUERIES = {
    Offer("outbound-failed"): _Query(Direction.OUTBOUND, "sendFailed"),
    Offer("outbound-sent"): _Query(Direction.OUTBOUND, "sent"),
    Offer("inbound"): _Query(Direction.INBOUND, None),
    Offer("outbound-any-status", every=timedelta(days=1)): _Query(Direction.OUTBOUND, None),
}


class SoftlinxMarking:
    """Implements `MarkingProvider` over the API; one administrative user sees everybody's faxes (doc)."""

    name = str(Provider.SOFTLINX)
    offers = tuple(_QUERIES)

    def __init__(self, account: SoftlinxAccount, api: SoftlinxSoap) -> None:
        self._account = account
        self._api = api

    @contextmanager
    def session(self) -> Iterator["SoftlinxMarkingSession"]:
        """One login for everything that is done in it. Raises `ProviderError`."""
        with self._api.session() as session:
            yield SoftlinxMarkingSession(self._account, session)


class SoftlinxMarkingSession:
    """Implements `MarkingSession`."""

    def __init__(self, account: SoftlinxAccount, session: Session) -> None:
        self._account = account
        self._session = session

    def pages(self, offer: Offer) -> Iterator[OfferedPage]:
        """The unmarked faxes of one query; a row that can't be read is set aside beside the others."""
        query = _QUERIES[offer]
        for page in self._session.query(query.direction, mark=False, status=query.status):
            read = [self._read(query.direction, row) for row in page.rows]
            yield OfferedPage(
                reports=tuple(row for row in read if isinstance(row, Report)),
                unreadable=tuple(row for row in read if isinstance(row, Unreadable)),
            )

    def mark(self, fax_id: FaxId) -> None:
        # An attempt of ours (33~2) is the same fax at Softlinx.
        self._session.mark(fax_id.direction, fax_id.job_id.partition("~")[0])

    def _read(self, direction: Direction, row: Mapping[str, str]) -> Report | Unreadable:
        fields = {name.casefold(): value.strip() for name, value in row.items()}
        try:
            return report_of(self._account, direction, Source.POLL, fields, row)
        except MalformedInput as error:
            raw = json.dumps(dict(row), sort_keys=True).encode()
            return Unreadable(origin=f"softlinx-poll-{direction}", problem=str(error), raw=raw)
