"""Leave to ask a provider: given to one run at a time, and not before its moment."""

import secrets
from collections.abc import Callable
from datetime import datetime

from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import from_attributes, to_attribute
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.claims import Claim, StandingClaim


class DynamoClaims:
    """Implements `Claims` on the ledger's table; a claim never expires by TTL."""

    def __init__(self, table: Table, token: Callable[[], str] = lambda: secrets.token_hex(8)) -> None:
        self._table = table
        self._token = token

    def claim(self, what: str, *, now: datetime, until: datetime) -> Claim:
        """Claim `what` until `until` unless it is held past `now`. Raises `LedgerUnavailable`."""
        token = self._token()
        try:
            self._put(what, token, until, "attribute_not_exists(pk) OR next_at <= :now", now)
        except ConditionFailed as failure:
            held = from_attributes(failure.item)
            # Our own write, repeated by botocore because its answer was lost.
            is_ours = held["write_token"] == token
            return Claim(what, token, is_granted=is_ours, next_at=datetime.fromisoformat(held["next_at"]))
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
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=keys.primary("CLAIM", claim.what),
                    UpdateExpression="SET next_at = :until",
                    ConditionExpression="write_token = :token AND next_at < :until",
                    ExpressionAttributeValues={
                        ":until": to_attribute(timestamp(until)),
                        ":token": to_attribute(claim.token),
                    },
                )
        except ConditionFailed:
            return

    def _put(self, what: str, token: str, until: datetime, condition: str, now: datetime) -> None:
        with ledger_errors():
            self._table.client.update_item(
                TableName=self._table.name,
                Key=keys.primary("CLAIM", what),
                UpdateExpression="SET next_at = :until, write_token = :token, claimed_at = :now",
                ConditionExpression=condition,
                ExpressionAttributeValues={
                    ":until": to_attribute(timestamp(until)),
                    ":token": to_attribute(token),
                    ":now": to_attribute(timestamp(now)),
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
