"""The DynamoDB table: one client, one name, and botocore's errors turned into ours."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.errors import ItemRefused, ItemUnreadable, LedgerUnavailable

# An item over 400 kB, a key that is too long or empty, half a surrogate pair (DynamoDB's API reference).
_REFUSED_FOR_GOOD = frozenset({"ValidationException", "SerializationException"})


@dataclass(frozen=True, slots=True)
class Table:
    """A botocore DynamoDB client and the table it speaks to.

    `retention_days` is how long a fax is kept after it was settled, `overdue_hours` how long one may be open
    before somebody is told. `unreadable` is told of each item that is left out of an answer because it can't
    be read.
    """

    client: Any
    name: str
    retention_days: int
    overdue_hours: int
    unreadable: Callable[[ItemUnreadable], None] = lambda _: None


class ConditionFailed(Exception):
    """A conditional write found another item than it asked for: `item`, as it was."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__("the condition of a write failed")
        self.item = item


@contextmanager
def ledger_errors() -> Iterator[None]:
    """Raise `ConditionFailed` for a failed condition, `ItemRefused` for what can't be written whenever it is
    tried, and `LedgerUnavailable` for everything else.
    """
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code == "ConditionalCheckFailedException":
            response: Mapping[str, Any] = error.response
            raise ConditionFailed(response.get("Item", {})) from None
        if code in _REFUSED_FOR_GOOD:
            raise ItemRefused(f"the table answered {code}") from None
        raise LedgerUnavailable(f"the table answered {code}") from None
    except BotoCoreError as error:
        raise LedgerUnavailable(f"the table did not answer: {type(error).__name__}") from None
