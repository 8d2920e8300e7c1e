"""Batches whose messages are worked off one by one: one that fails comes again and holds no other."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from faxledger.errors import LedgerUnavailable, MailUnavailable, MalformedInput
from faxledger.triggers.announce_stream import BatchFailures
from faxledger.usecases.ports.world import Count, Log

_OUT_OF_REACH: Final = (LedgerUnavailable, MailUnavailable)
# What reading a document raises that is not as agreed.
_UNREADABLE: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError, MalformedInput)


class SingleMessages:
    """`work_off` is given each message's body; `failed` is counted where something was out of reach."""

    def __init__(
        self, work_off: Callable[[str], None], count: Count, log: Log, *, failed: str | None = None
    ) -> None:
        self._work_off = work_off
        self._count = count
        self._log = log
        self._failed = failed

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        failed = [record["messageId"] for record in event["Records"] if not self._is_done(record["body"])]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _is_done(self, body: str) -> bool:
        try:
            self._work_off(body)
        except _OUT_OF_REACH as error:
            self._log.error("message not worked off", extra={"reason": str(error)})
            if self._failed is not None:
                self._count(self._failed)
        except _UNREADABLE as error:
            self._log.error("message unreadable", extra={"error": type(error).__name__})
            self._count("MessageUnreadable")
        else:
            return True
        return False
