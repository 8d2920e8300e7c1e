"""What DynamoDB says when it does not do what it is asked for, and what this one can't be asked for."""

from collections.abc import Mapping
from typing import Any


class RequestRefused(Exception):
    """DynamoDB's error of this code; `item` is the one that did not meet a condition, where it was wanted."""

    def __init__(self, code: str, message: str, item: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.item = item


class UnknownRequest(Exception):
    """Something that the ledger never asked for yet: DynamoDB may know it, and this one has to learn it."""


def invalid(message: str) -> RequestRefused:
    return RequestRefused("ValidationException", message)
