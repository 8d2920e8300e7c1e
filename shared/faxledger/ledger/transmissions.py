"""Received faxes by who sent them and to which number, so that tries of one transmission are found.

An item of its own for each: `CASE#<keyed hash>` / `<time>#<job id>`. Nobody reads a TSI or a number off a
key, or finds it by trying all there are: the hash takes a random salt, which only the table holds.
"""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

from faxledger.domain.cases import Transmission
from faxledger.domain.fax import FaxId
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import decoder, from_attributes, to_attribute
from faxledger.ledger.reading import Item, items_of, readable
from faxledger.ledger.table import Table, ledger_errors
from faxledger.ledger.writes import update
from faxledger.usecases.ports.world import Clock

_SALT = keys.primary("SALT", "cases")
_SALT_BYTES = 16
# Mostly the first few decide.
_AT_ONCE = 20


class DynamoTransmissions:
    """Implements `Transmissions` on the ledger's table."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._salt: bytes | None = None

    def enter(self, transmission: Transmission) -> None:
        """One write, and one more for a process that does not know the salt. Raises `LedgerUnavailable`."""
        self._salt = self._salt or self._made_salt()
        expiry = self._clock.now() + timedelta(days=self._table.retention_days)
        update(
            self._table,
            {"pk": self._partition(transmission, self._salt), "sk": {"S": _position(transmission)}},
            put={
                "fax": str(transmission.fax),
                "received_at": timestamp(transmission.at),
                "is_whole": transmission.is_whole,
                "expires_at": int(expiry.timestamp()),
            },
        )

    def before(self, transmission: Transmission, within: timedelta) -> Iterator[Transmission]:
        """Newest first. Raises `LedgerUnavailable`."""
        earliest = timestamp(transmission.at - within)
        return self._others(transmission, earliest, _position(transmission), is_forward=False)

    def after(self, transmission: Transmission, within: timedelta) -> Iterator[Transmission]:
        """Oldest first. Raises `LedgerUnavailable`."""
        # `~` sorts behind everything that follows a time.
        latest = f"{timestamp(transmission.at + within)}~"
        return self._others(transmission, _position(transmission), latest, is_forward=True)

    def _others(
        self, transmission: Transmission, first: str, last: str, *, is_forward: bool
    ) -> Iterator[Transmission]:
        self._salt = self._salt or self._known_salt()
        if self._salt is None:
            return
        found = items_of(
            self._table,
            KeyConditionExpression="pk = :partition AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":partition": self._partition(transmission, self._salt),
                ":first": to_attribute(first),
                ":last": to_attribute(last),
            },
            ScanIndexForward=is_forward,
            ConsistentRead=True,
            Limit=_AT_ONCE,
        )
        # BETWEEN includes both ends.
        others = (item for item in found if item["sk"]["S"] != _position(transmission))
        yield from readable(self._table, decoder(partial(_decoded, transmission)), others)

    def _partition(self, transmission: Transmission, salt: bytes) -> dict[str, Any]:
        fax = transmission.fax
        parts = (fax.provider, fax.account, transmission.tsi.casefold(), transmission.destination.casefold())
        digest = blake2b("\0".join(parts).encode(), key=salt, digest_size=16).hexdigest()
        return {"S": f"CASE#{digest}"}

    def _made_salt(self) -> bytes:
        made = secrets.token_hex(_SALT_BYTES)
        return bytes.fromhex(update(self._table, _SALT, fill={"salt": made}, is_wanted=True)["salt"]["S"])

    def _known_salt(self) -> bytes | None:
        with ledger_errors():
            answer = self._table.client.get_item(TableName=self._table.name, Key=_SALT, ConsistentRead=True)
        return bytes.fromhex(answer["Item"]["salt"]["S"]) if "Item" in answer else None


def _position(transmission: Transmission) -> str:
    """By time, and where times are equal by identifier, as a number where it is one."""
    return f"{timestamp(transmission.at)}#{transmission.fax.job_id:>018}"


def _decoded(asked: Transmission, item: Item) -> Transmission:
    values = from_attributes(item)
    return replace(
        asked,
        fax=FaxId.parse(values["fax"]),
        at=moment_of(values["received_at"]),
        is_whole=values["is_whole"],
    )
