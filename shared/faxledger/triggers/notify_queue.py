"""Batches of the notify queue: events of the bus, and errands of our own about single tellings."""

import json
from collections.abc import Mapping
from typing import Any

from faxledger.domain.events import event_of
from faxledger.domain.fax import FaxId
from faxledger.domain.tellings import TellingKey
from faxledger.errors import LedgerUnavailable, MalformedInput
from faxledger.triggers.table_stream import BatchFailures
from faxledger.usecases.notify import PlanTellings, RunErrand
from faxledger.usecases.ports.telling import Errand
from faxledger.usecases.ports.world import Count, Log


class NotifyQueue:
    """An event is planned, an errand is run; one that fails comes again and holds no other."""

    def __init__(self, plan: PlanTellings, run: RunErrand, count: Count, log: Log) -> None:
        self._plan = plan
        self._run = run
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        failed = [record["messageId"] for record in event["Records"] if not self._is_done(record["body"])]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _is_done(self, body: str) -> bool:
        try:
            message = json.loads(body)
            if "errand" in message:
                self._run(_errand_of(message["errand"]))
            else:
                self._plan(event_of(message["detail-type"], message["detail"]))
        except LedgerUnavailable as error:
            self._log.error("message not worked off", extra={"reason": str(error)})
            self._count("NotifyFailed")
        except (KeyError, TypeError, ValueError, MalformedInput) as error:
            self._log.error("message unreadable", extra={"error": type(error).__name__})
            self._count("MessageUnreadable")
        else:
            return True
        return False


def _errand_of(document: Mapping[str, Any]) -> Errand:
    key = TellingKey(FaxId.parse(document["fax_id"]), str(document["event_id"]), str(document["target_id"]))
    after_round = document.get("given_up_in_round")
    return Errand(key, after_round if after_round is None else int(after_round))
