"""How far each feed has been read: one item a feed, `CURSOR#<feed>`."""

from datetime import date, datetime
from typing import Any, Final

from faxledger.domain.coverage import Coverage, Days, FeedProgress, LastReading
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import Value, from_attributes
from faxledger.ledger.table import Table, ledger_errors
from faxledger.ledger.writes import absent, before, either, update_if

VERSION: Final = 1


class DynamoFeedProgresses:
    """Implements `FeedProgresses` on the ledger's table; a progress never expires by TTL."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, feed: str) -> FeedProgress | None:
        """The progress, or None before the first request. Raises `LedgerUnavailable`."""
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.primary("CURSOR", feed), ConsistentRead=True
            )
        return _decoded(from_attributes(answer["Item"])) if "Item" in answer else None

    def write(self, feed: str, progress: FeedProgress) -> None:
        """Keep it, unless one of the same or a later revision stands. Raises `LedgerUnavailable`."""
        update_if(
            self._table,
            keys.primary("CURSOR", feed),
            put=_encoded(progress),
            where=[either(absent("pk"), before("revision", progress.revision))],
        )


def _encoded(progress: FeedProgress) -> dict[str, Value | None]:
    return {
        "version": VERSION,
        "revision": progress.revision,
        "since": progress.since.isoformat(),
        "covered": " ".join(map(str, progress.covered.spans)),
        "asked_at": timestamp(progress.asked_at) if progress.asked_at else None,
        "asked_for": str(progress.asked_for) if progress.asked_for else None,
        "asked_for_older": progress.asked_for_older,
        "most_current": progress.most_current,
        "most_older": progress.most_older,
        "passed_over": progress.passed_over.isoformat() if progress.passed_over else None,
        "because": progress.because,
        "last_readings": " ".join(map(str, progress.last_readings)),
    }


def _decoded(values: dict[str, Any]) -> FeedProgress:
    return FeedProgress(
        since=date.fromisoformat(values["since"]),
        covered=Coverage(tuple(Days.parse(text) for text in values["covered"].split())),
        asked_at=datetime.fromisoformat(values["asked_at"]) if "asked_at" in values else None,
        asked_for=Days.parse(values["asked_for"]) if "asked_for" in values else None,
        asked_for_older=values["asked_for_older"],
        most_current=values["most_current"],
        most_older=values["most_older"],
        passed_over=date.fromisoformat(values["passed_over"]) if "passed_over" in values else None,
        because=values.get("because"),
        # Whoever has written it before this was kept knows of no reading.
        last_readings=tuple(map(LastReading.parse, values.get("last_readings", "").split())),
        revision=values["revision"],
    )
