"""Made-up health data and secrets, planted where they come in, that may turn up nowhere but in the ledger."""

from collections.abc import Iterable
from typing import Any

from tests.support.ledger_tables import table_properties

NUMBER = "19995550123"
OWN_NUMBER = "19995550456"
NAME = "Canary Birdsong"
SUBJECT = "CanaryBloodCount"
PASSWORD = "canary-pass-4711"
PLANTED = (NUMBER, OWN_NUMBER, NAME, SUBJECT, PASSWORD, "Birdsong")


def found_in(text: str, *more: str) -> list[str]:
    """The canaries, and those of `more`, that can be read in the text."""
    return [canary for canary in (*PLANTED, *more) if canary in text]


def keys_of(items: Iterable[dict[str, Any]]) -> str:
    """Everything of the items that stands in a key of the table or of an index."""
    indexed = {name["AttributeName"] for name in table_properties()["AttributeDefinitions"]}
    return "\n".join(str(item[name]) for item in items for name in sorted(indexed & item.keys()))
