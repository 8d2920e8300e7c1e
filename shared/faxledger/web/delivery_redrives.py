"""`POST /deliveries/redrive`: have made after all what was given up or missed (docs/openapi.yaml)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from faxledger.domain.report import DutyState
from faxledger.errors import MalformedInput
from faxledger.usecases.missed import Missed, PlanMissed
from faxledger.usecases.ports.notifying import DeliveryFilter
from faxledger.usecases.redrive import RedriveDeliveries, Redriven
from faxledger.web.delivery_queries import FILTER, filter_of
from faxledger.web.json_bodies import parameters_in
from faxledger.web.parameters import Parameters, truth
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer
from faxledger.web.routing import Answer
from faxledger.web.statements import Document, time_text

_PARTS: Final = FILTER | {"missed", "dry_run", "cursor"}
_MOST_BYTES: Final = 16_384


class DeliveryRedrives:
    """`time_zone` is that of a moment which names none."""

    def __init__(self, redrive: RedriveDeliveries, plan_missed: PlanMissed, time_zone: ZoneInfo) -> None:
        self._redrive = redrive
        self._plan_missed = plan_missed
        self._time_zone = time_zone

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"POST /deliveries/redrive": self._answer}

    def _answer(self, request: Request) -> Response:
        asked = parameters_in(request, _PARTS, most_bytes=_MOST_BYTES)
        which, cursor = filter_of(asked, self._time_zone), asked.get("cursor")
        is_missed, is_dry_run = truth(asked, "missed"), truth(asked, "dry_run")
        if which.state is not DutyState.GIVEN_UP:
            raise MalformedInput("state", "is not given_up: what is pending is tried again by itself")
        if is_missed:
            page = self._plan_missed(_missed(asked, which), cursor=cursor, is_dry_run=is_dry_run)
        else:
            page = self._redrive(which, cursor=cursor, is_dry_run=is_dry_run)
        return json_answer(
            {
                "dry_run": is_dry_run,
                **_counts(page.deliveries),
                "targets": list(_by_target(page.deliveries)),
                "cursor": page.cursor,
            }
        )


def _missed(asked: Parameters, which: DeliveryFilter) -> Missed:
    if "state" in asked:
        raise MalformedInput("state", "is given beside missed: what was missed has no state")
    if which.since is None:
        raise MalformedInput("since", "is missing: say from when on faxes are looked at for what was missed")
    if which.target_id is None and which.route is None:
        raise MalformedInput("target", "is missing, and so is route: say who has missed something")
    return Missed(which.since, which.until, which.target_id, which.route)


def _by_target(redriven: Sequence[Redriven]) -> Iterator[Document]:
    target_id = attrgetter("key.target_id")
    for target, group in groupby(sorted(redriven, key=target_id), target_id):
        of_target = list(group)
        moments = [one.at for one in of_target]
        yield {
            "target": target,
            "channel": of_target[0].channel,
            **_counts(of_target),
            "first_at": time_text(min(moments)),
            "last_at": time_text(max(moments)),
        }


def _counts(redriven: Sequence[Redriven]) -> Document:
    due = [one.due_at for one in redriven if one.due_at is not None]
    return {
        "matched": len(redriven),
        "unwanted": sum(not one.is_wanted for one in redriven),
        "redriven": len(due),
        "due_until": time_text(max(due, default=None)),
    }
