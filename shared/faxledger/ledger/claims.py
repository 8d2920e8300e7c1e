"""Leave to ask a provider: given to one run at a time, and not before its moment."""

from collections.abc import Callable
from datetime import datetime

from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys, writes
from faxledger.ledger.attributes import from_attributes, to_attribute
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.claims import Claim, StandingClaim


class DynamoClaims:
    """Implements `Claims` on the ledger's table; a claim never expires by TTL."""

    def __init__(self, table: Table, token: Callable[[], str] = writes.random_token) -> None:
        self._table = table
        self._token = token

    def claim(self, what: str, *, now: datetime, until: datetime) -> Claim:
        """Claim `what` until `until` unless it is held past `now`. Raises `LedgerUnavailable`."""
        token = self._token()
        try:
            writes.update(
                self._table,
                keys.primary("CLAIM", what),
                put={"next_at": timestamp(until), "write_token": token, "claimed_at": timestamp(now)},
                where=[writes.either(writes.absent("pk"), writes.not_after("next_at", timestamp(now)))],
            )
        except ConditionFailed as failure:
            held = from_attributes(failure.item)
            next_at = datetime.fromisoformat(held["next_at"])
            return Claim(what, token, is_granted=writes.is_own(failure, token), next_at=next_at)
        return Claim(what, token, is_granted=True, next_at=until)

    def standing(self, what: str) -> StandingClaim | None:
        """The claim that stands, past or not. Raises `LedgerUnavailable`."""
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.primary("CLAIM", what), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        held = from_attributes(answer["Item"])
        return StandingClaim(
            since=datetime.fromisoformat(held["claimed_at"]), until=datetime.fromisoformat(held["next_at"])
        )

    def give_back(self, claim: Claim) -> None:
        """Delete the claim if it is still this one. Raises `LedgerUnavailable`."""
        try:
            with ledger_errors():
                self._table.client.delete_item(
                    TableName=self._table.name,
                    Key=keys.primary("CLAIM", claim.what),
                    ConditionExpression="write_token = :token",
                    ExpressionAttributeValues={":token": to_attribute(claim.token)},
                )
        except ConditionFailed:
            return

    def prolong(self, claim: Claim, until: datetime) -> None:
        """Move the claim's end if it is still this one. Raises `LedgerUnavailable`."""
        writes.update_if(
            self._table,
            keys.primary("CLAIM", claim.what),
            put={"next_at": timestamp(until)},
            where=[writes.equal("write_token", claim.token), writes.before("next_at", timestamp(until))],
        )
