"""Ids of submissions, which are ours, and how one is found to be a fax."""

import re
from enum import StrEnum


class JoinedBy(StrEnum):
    """How a submission was joined with a job that its provider named only with the status."""

    CODE = "code"
    GUESS = "guess"


_SUBMISSION_ID = re.compile(r"[0-9a-f]{32}-[1-9][0-9]{0,2}")


def is_submission_id(text: str) -> bool:
    """Whether it looks like an id of ours; no provider's id of a fax has been seen to."""
    return _SUBMISSION_ID.fullmatch(text) is not None


def code_of_ours(reference: str | None) -> str | None:
    """The submission's id that a provider has brought back as a reference, however it is written."""
    code = (reference or "").strip().lower()
    return code if is_submission_id(code) else None


def order_code(order_id: str) -> str:
    """What a provider is told of an order, so that its faxes can be told from all others: 64 bits in hex."""
    return order_id[:16]


def order_id_of(submission_id: str) -> str:
    """The order that a submission belongs to, as its id says."""
    return submission_id.rpartition("-")[0]
