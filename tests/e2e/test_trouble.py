"""What fails comes again, and what fails for good is kept where a person finds it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from moto.events.models import events_backends

from local.runtime.aws import ACCOUNT, REGION
from local.runtime.functions import Function, Killed
from tests.e2e.conftest import ACCOUNTS, Town, drain
from tests.support import plain_http

SETTLED = "Fax Sent"


def settle(town: Town, *fax_ids: int) -> None:
    """Softlinx calls about each of these faxes."""
    for fax_id in fax_ids:
        url = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
        answer = plain_http.post(url, data={"FaxId": str(fax_id), "FaxStatus": "sent"})
        assert answer.status_code == 200


def announced(town: Town) -> Counter[str]:
    return Counter(
        event["detail"]["fax_id"].rpartition(".")[2]
        for event in town.events.heard()
        if event["detail-type"] == SETTLED
    )


def break_down(function: Function, is_broken: Callable[[Any], bool]) -> None:
    """Have the function's process end at the events for which `is_broken` holds."""

    @contextmanager
    def end(event: Any) -> Iterator[None]:
        if is_broken(event):
            raise Killed
        yield

    function.around = end


def test_a_mark_that_is_refused_is_given_up_after_eight_attempts_and_leaves_no_dead_letter(
    town: Town,
) -> None:
    settle(town, 900001)  # which the simulator has never heard of, so it refuses the mark
    town.wait(minutes=60)
    assert town.get("/faxes/softlinx.outbound.acme.900001").json()["duties"]["mark"]["state"] == "pending"
    town.wait(minutes=60)
    assert drain(town.bundle.aws.client("sqs"), town.queue_named("MarkDeadLetters")) == []
    refused = [
        request
        for request in town.softlinx.requests()
        if request.operation == "ModifySendFax" and request.status_code != "0"
    ]
    assert len(refused) == 8
    pauses = {round((b.at - a.at).total_seconds()) for a, b in pairwise(refused)}
    assert pauses == {720}
    assert town.get("/faxes/softlinx.outbound.acme.900001").json()["duties"]["mark"] == {
        "state": "given_up",
        "failed_tries": 8,
        "last_problem": "ModifySendFax was refused with code 5",
        "next_at": None,
    }


def test_one_refused_mark_holds_up_no_other(town: Town) -> None:
    known = int(town.softlinx.send("12025550100"))
    settle(town, 900001, known)
    # Marks are collected for a minute.
    town.wait(minutes=2)
    faxes = town.faxes()
    assert faxes[f"softlinx.outbound.acme.{known}"].duties == {"mark": "done"}
    assert faxes["softlinx.outbound.acme.900001"].duties == {"mark": "pending"}


def test_a_crash_of_announce_is_repeated(town: Town) -> None:
    crashes = iter([True] * 5)
    break_down(town.bundle.functions["Announce"], lambda _: next(crashes, False))
    settle(town, 901, 902, 903)
    town.wait(minutes=5)
    assert announced(town) == {"901": 1, "902": 1, "903": 1}


def test_a_bus_that_refuses_is_asked_again(town: Town) -> None:
    buses = events_backends[ACCOUNT][REGION].event_buses
    bus = buses.pop(town.bundle.cloud.ref("Bus"))
    settle(town, 901, 902)
    town.wait(minutes=3)
    assert announced(town) == {}
    buses[bus.name] = bus
    town.wait(minutes=5)
    assert announced(town) == {"901": 1, "902": 1}


def test_a_record_that_kills_announce_is_isolated_and_kept_whole(town: Town) -> None:
    break_down(town.bundle.functions["Announce"], lambda event: "#902" in json.dumps(event))
    settle(town, 901, 902, 903, 904)
    town.wait(minutes=60)
    assert set(announced(town)) == {"901", "903", "904"}
    s3, bucket = town.bundle.aws.client("s3"), town.bundle.cloud.ref("FailedRecords")
    (kept,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    document = json.loads(s3.get_object(Bucket=bucket, Key=kept["Key"])["Body"].read())
    (record,) = document["payload"]["Records"]
    assert record["dynamodb"]["NewImage"]["final_status"] == {"S": "sent"}
    assert record["dynamodb"]["Keys"]["pk"]["S"].endswith("#902")
    # The hourly sweep reads it by itself.
    town.wait(minutes=60)
    assert announced(town) == {"901": 1, "902": 1, "903": 1, "904": 1}
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_handler_that_dies_is_answered_500_and_the_next_request_is_served(town: Town) -> None:
    crashes = iter([True])
    break_down(town.bundle.functions["QueryFaxes"], lambda _: next(crashes, False))
    answer = town.get("/faxes")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert town.get("/faxes").status_code == 200
