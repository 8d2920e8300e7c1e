"""Batches of the notify queue: events of the bus, and errands of our own about single tellings."""

import json
from collections.abc import Mapping
from typing import Any

from faxledger.domain.events import event_of
from faxledger.domain.fax import FaxId
from faxledger.domain.tellings import TellingKey
from faxledger.triggers.single_messages import SingleMessages
from faxledger.triggers.table_stream import BatchFailures
from faxledger.usecases.notify import PlanTellings, RunErrand
from faxledger.usecases.ports.telling import Errand
from faxledger.usecases.ports.world import Count, Log


class NotifyQueue:
    """An event is planned, an errand is run; one that fails comes again and holds no other."""

    def __init__(self, plan: PlanTellings, run: RunErrand, count: Count, log: Log) -> None:
        self._plan = plan
        self._run = run
        self._messages = SingleMessages(self._work_off, count, log, failed="NotifyFailed")

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        return self._messages.answer(event)

    def _work_off(self, body: str) -> None:
        message = json.loads(body)
        if "errand" in message:
            self._run(_errand_of(message["errand"]))
        else:
            self._plan(event_of(message["detail-type"], message["detail"]))


def _errand_of(document: Mapping[str, Any]) -> Errand:
    key = TellingKey(FaxId.parse(document["fax_id"]), str(document["event_id"]), str(document["target_id"]))
    after_round = document.get("given_up_in_round")
    return Errand(key, after_round if after_round is None else int(after_round))
