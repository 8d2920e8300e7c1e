"""Status emails, as they lie where they were received."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class RawEmail:
    """The beginning of an email, or all of it."""

    raw: bytes
    is_truncated: bool


class StatusEmails(Protocol):
    def fetch(self, message_id: str) -> RawEmail:
        """The email of this id of SES. Raises `MailUnavailable`."""
