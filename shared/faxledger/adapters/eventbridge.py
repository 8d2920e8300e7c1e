"""The bundle's event bus."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.adapters.aws import problem_with
from faxledger.domain.closed_days import DayRecord
from faxledger.domain.day_events import announcement_of, day_detail_of
from faxledger.domain.events import EventType, FaxEvent, detail_of
from faxledger.usecases.ports.world import Log

SOURCE = "faxledger"
# PutEvents takes at most so many entries (EventBridge's API reference).
_ENTRIES = 10


class EventBridgeBus:
    """Implements `Bus`; the form of an event is docs/events/fax-event.v1.json."""

    def __init__(self, client: Any, name: str, log: Log) -> None:
        self._client = client
        self._name = name
        self._log = log

    def publish(self, events: Sequence[FaxEvent]) -> frozenset[str]:
        """Put the events on the bus, ten a call; returns the ids of those that were not taken.

        A call succeeds as a whole although single entries failed, so each entry's answer is looked at.
        """
        refused: set[str] = set()
        for start in range(0, len(events), _ENTRIES):
            batch = events[start : start + _ENTRIES]
            try:
                answer = self._client.put_events(Entries=[self._entry(event) for event in batch])
            except (BotoCoreError, ClientError) as error:
                self._log.error("the bus took nothing", extra={"reason": problem_with("EventBridge", error)})
                refused |= {event.id for event in batch}
                continue
            for event, result in zip(batch, answer["Entries"], strict=True):
                if "ErrorCode" in result:
                    self._log.error(
                        "the bus refused an event",
                        extra={"fax_id": str(event.fax), "event_id": event.id, "reason": result["ErrorCode"]},
                    )
                    refused.add(event.id)
        return frozenset(refused)

    def _entry(self, event: FaxEvent) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Time": event.at,
            "Detail": json.dumps(detail_of(event)),
        }


class EventBridgeDayBus:
    """Implements `DayBus`; the form of the event is docs/events/day-closed.v1.json."""

    def __init__(self, client: Any, name: str, log: Log) -> None:
        self._client = client
        self._name = name
        self._log = log

    def publish(self, record: DayRecord) -> bool:
        entry = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": EventType.DAY_CLOSED,
            "Time": record.closed_at,
            "Detail": json.dumps(day_detail_of(announcement_of(record))),
        }
        try:
            (result,) = self._client.put_events(Entries=[entry])["Entries"]
        except (BotoCoreError, ClientError) as error:
            self._log.error("the bus took nothing", extra={"reason": problem_with("EventBridge", error)})
            return False
        if "ErrorCode" in result:
            self._log.error(
                "the bus refused a day", extra={"record": record.version.key, "reason": result["ErrorCode"]}
            )
            return False
        return True
