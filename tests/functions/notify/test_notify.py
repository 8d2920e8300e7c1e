"""The notify queue: everybody who wants to know is told once, and nobody holds up the others."""

import hmac
import json
from base64 import b64decode, b64encode
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from faxledger.domain.events import EventType, FaxEvent, detail_of
from faxledger.domain.fax import Direction, FaxId, Provider, Source, Status
from faxledger.usecases.notify import RETRY_SCHEDULE
from local.show.simulators.web import HangUp, WebRequest, WebResponse
from tests.functions.notify.conftest import FAX, Office, event_of_the_fax
from tests.support import canaries
from tests.support.bundle_on_moto import SIGNING_KEY, event_file, query, softlinx_post
from tests.support.openapi import hold_against_openapi
from tests.support.template import ROOT

OTHER_FAX = FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", "44")


def pauses(office: Office) -> list[float]:
    moments = [post.at for post in office.receiver.attempts()]
    return [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]


def answers(office: Office) -> list[int | None]:
    return [post.answered for post in office.receiver.attempts()]


def test_the_event_in_events_is_told_and_signed(office: Office) -> None:
    office.route()
    assert office.stack.invoke("Notify", event_file("notify")) == {"batchItemFailures": []}
    office.collect()
    office.run(minutes=1)
    (post,) = office.receiver.attempts()
    event = event_of_the_fax()["detail"]
    assert post.answered == 204
    assert post.id == event["event_id"]
    assert post.document == {"type": "fax.failed", "timestamp": event["at"], "data": event}
    (delivery,) = office.deliveries()
    assert (delivery["duty_deliver"], delivery["attempts"]) == ("done", 1)
    assert "due_key" not in delivery


def test_without_a_route_nobody_is_told(office: Office) -> None:
    office.announce()
    office.run(minutes=10)
    assert office.deliveries() == []
    assert office.waiting == []


def test_a_repeated_event_a_repeated_due_delivery_and_a_look_at_the_table_tell_nobody_twice(
    office: Office,
) -> None:
    office.route()
    office.announce()
    office.announce()
    due_deliveries = [sent for _, sent in office.waiting]
    office.run(minutes=20)
    for due_delivery in due_deliveries * 3:
        office.invoke(due_delivery)
    office.announce()
    office.run(hours=30)
    assert answers(office) == [204]


def test_a_receiver_that_fails_is_asked_again_at_longer_and_longer_pauses_and_then_given_up(
    office: Office,
) -> None:
    office.route()
    office.answer(then=500)
    office.announce()
    office.run(hours=40)
    assert answers(office) == [500] * 8
    # The clock of the table looks every five minutes, and up to a fifth is jitter.
    for pause, wait in zip(pauses(office), RETRY_SCHEDULE, strict=True):
        at_least, jitter = wait.total_seconds(), 0.2 * wait.total_seconds()
        assert at_least <= pause <= at_least + jitter + (302 if wait > timedelta(minutes=15) else 3)
    assert len({(one.id, one.body) for one in office.receiver.attempts()}) == 1
    assert len({one.timestamp for one in office.receiver.attempts()}) == 8
    (delivery,) = office.deliveries()
    assert (delivery["duty_deliver"], delivery["problem"]) == ("given_up", "answered 500")
    answer = office.stack.http("QueryFaxes", query("GET /deliveries"))
    hold_against_openapi(answer, "get", "/deliveries")
    (listed,) = answer.document["deliveries"]
    assert (listed["state"], listed["problem"]) == ("given_up", "answered 500")
    assert listed["route"] == "default"
    assert delivery["planned_at"].startswith(listed["planned_at"].removesuffix("Z"))
    for parameters, found in ((f"target={listed['target']}&route=default", 1), ("route=softlinx/jo", 0)):
        answer = office.stack.http("QueryFaxes", query("GET /deliveries", parameters))
        assert len(answer.document["deliveries"]) == found
    assert delivery["address"] not in answer.body
    assert len(office.dead_letters()) == 1


def test_what_was_given_up_begins_anew_when_its_dead_letter_is_put_back(office: Office) -> None:
    office.route()
    office.answer(then=503)
    office.announce()
    office.run(hours=40)
    (letter,) = office.dead_letters()
    office.answer(500)
    office.invoke(letter)
    office.run(minutes=10)
    assert answers(office)[8:] == [500, 204]
    # The same letter again, by a queue that delivers twice, changes nothing.
    office.invoke(letter)
    office.run(hours=40)
    assert len(office.receiver.attempts()) == 10
    assert office.dead_letters() == []


@pytest.mark.parametrize("status", [100 + 99, 301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_only_2xx_counts(office: Office, status: int) -> None:
    office.route()
    office.answer(status, location=office.receiver.url + "/elsewhere")
    office.announce()
    office.run(seconds=20)
    assert answers(office)[-1] == 204
    assert {delivery.path for delivery in office.receiver.attempts()} == {"/"}


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_counts(office: Office, status: int) -> None:
    office.route()
    office.answer(then=status)
    office.announce()
    office.run(hours=10)
    assert answers(office) == [status]


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("600", 600),
        ("3600", 3600),
        ("Sun, 22 Nov 2026 16:04:05 GMT", 3590),
        ("90000", 86400),  # a day and an hour; a day is the most we wait
        ("1", 5),
        ("-7", 5),
        ("soon", 5),
        ("99999999999999999999", 5),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 5),
        ("Sun, 22 Nov 99999999999999999999 15:04:05 GMT", 5),
        ("Sun, 22 Nov 2026 15:04:05 +99999999999999999999", 5),
        ("Sun, 22 Nov 9999 15:04:05 -2359", 86400),
    ],
)
def test_retry_after_is_honoured(office: Office, retry_after: str, seconds: int) -> None:
    office.route()
    office.answer(429, retry_after=retry_after)
    office.announce()
    office.run(hours=26)
    (pause,) = pauses(office)
    assert seconds <= pause <= seconds + 312
    assert answers(office) == [429, 204]


def test_a_wait_of_more_than_15_minutes_is_in_no_queue(office: Office) -> None:
    office.route()
    office.answer(503, 503, retry_after="1200")
    office.announce()
    office.run(seconds=1)
    assert office.waiting == []
    office.run(minutes=19)
    assert answers(office) == [503]
    office.run(minutes=45)
    assert answers(office) == [503, 503, 204]


def test_a_wait_that_a_queue_can_hold_is_looked_after_by_the_table_when_the_message_is_lost(
    office: Office,
) -> None:
    office.route()
    office.answer(500)
    office.announce()
    office.run(seconds=1)
    office.waiting.clear()
    office.run(minutes=20)
    assert answers(office) == [500, 204]


def test_410_ends_the_delivery_and_disables_the_target_until_the_route_is_put_again(office: Office) -> None:
    office.route(office.hook("/gone"), office.hook("/here"))
    office.receiver.behaviour = gone_at("/gone")
    office.announce()
    office.run(hours=1)
    assert sorted(answers(office), key=str) == [204, 410]
    (letter,) = office.dead_letters()
    assert letter["delivery"]["given_up_in_round"] == 1
    shown = office.stack.http("EditRoutes", get_default()).document
    assert {target["webhook"].rpartition("/")[2]: target["disabled_at"] for target in shown["targets"]} == {
        "gone": "2026-11-22T15:04:05.000Z",
        "here": None,
    }
    announce_another(office)
    office.run(hours=1)
    assert [one.path for one in office.receiver.attempts()].count("/gone") == 1
    office.route(office.hook("/gone"), office.hook("/here"))
    office.invoke(letter)
    office.run(hours=1)
    assert [one.path for one in office.receiver.attempts()].count("/gone") == 2


def test_what_waits_for_a_target_that_is_disabled_meanwhile_is_given_up_without_asking(
    office: Office,
) -> None:
    office.route()
    office.answer(500, 410)
    office.announce()
    office.run(seconds=3)
    announce_another(office)
    office.run(hours=40)
    assert answers(office) == [500, 410]
    assert {delivery["duty_deliver"] for delivery in office.deliveries()} == {"given_up"}
    assert len(office.dead_letters()) == 2


def test_a_receiver_that_hangs_up_is_asked_again(office: Office) -> None:
    office.route()
    calls: list[WebRequest] = []

    def hang_up(request: WebRequest, _: object) -> None:
        calls.append(request)
        if len(calls) == 1:
            raise HangUp

    office.receiver.behaviour = hang_up
    office.announce()
    office.run(minutes=1)
    assert answers(office) == [None, 204]


def test_one_dead_receiver_holds_up_nobody(office: Office) -> None:
    office.route(office.hook("/dead"), office.hook("/well"))

    def only_well(request: WebRequest, _: object) -> None:
        if request.path == "/dead":
            raise HangUp

    office.receiver.behaviour = only_well
    office.announce()
    office.run(seconds=1)
    assert {one.path: one.answered for one in office.receiver.attempts()} == {"/dead": None, "/well": 204}


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ("softlinx/Jane@Example.org", "/own"),
        ("softlinx/+1 (202) 555-0191", "/own"),
        ("softlinx/jack", "/default"),
        ("greenfax/jane@example.org", "/default"),
    ],
)
def test_the_route_of_our_own_user_or_number_comes_before_the_default(
    office: Office, route: str, told: str
) -> None:
    office.route(office.hook("/default"))
    office.route(office.hook("/own"), key=route)
    post(office, {"FaxUserId": "jane@example.org", "CallerNumber": "12025550191"})
    office.run(minutes=1)
    assert [one.path for one in office.receiver.attempts()] == [told]


def test_a_route_may_want_some_events_only(office: Office) -> None:
    office.route({**office.hook(), "events": ["fax.sent", "fax.status_conflict"]})
    office.announce()
    office.run(minutes=1)
    assert office.receiver.attempts() == ()


def test_during_a_rotation_every_key_signs(office: Office) -> None:
    new = "bmV3LXNpZ25pbmcta2V5LW9mLXRoZS10ZXN0cy0tLS0tLS0t"
    office.stack.put_secret("NotifySigningKeys", f"{SIGNING_KEY} whsec_{new}")
    office.route()
    office.keys[:] = [new]
    office.announce()
    office.run(minutes=1)
    (post,) = office.receiver.attempts()
    assert (post.answered, len(post.signatures)) == (204, 2)
    office.stack.put_secret("NotifySigningKeys", new)
    office.stack.clock.advance(minutes=5)
    announce_another(office)
    office.run(minutes=1)
    assert [len(one.signatures) for one in office.receiver.attempts()] == [2, 1]


def test_a_signature_is_what_the_specification_says(office: Office) -> None:
    office.route()
    office.announce()
    office.run(minutes=1)
    (one,) = office.receiver.attempts()
    signed = f"{one.id}.{one.timestamp}.".encode() + one.body
    by_hand = hmac.digest(b64decode(SIGNING_KEY), signed, "sha256")
    assert list(one.signatures) == [f"v1,{b64encode(by_hand).decode()}"]
    assert abs(int(one.timestamp) - one.at.timestamp()) < 1


def test_a_host_with_a_key_of_its_own_gets_no_signature_by_another(office: Office) -> None:
    own = "b25lLWhvc3Qtcy1vd24tc2lnbmluZy1rZXktLS0tLS0t"
    office.stack.put_secret(
        "NotifySigningKeys", f"{SIGNING_KEY} 127.0.0.1={own} hooks.example.org={SIGNING_KEY}"
    )
    office.route()
    office.keys[:] = [own]
    office.announce()
    office.run(minutes=1)
    (post,) = office.receiver.attempts()
    assert (post.answered, len(post.signatures)) == (204, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "whsec_",
        "short",
        "not base64 at all, is it?" * 3,
        f"{SIGNING_KEY} {'A' * 33}",  # one letter too many was copied
        f"{SIGNING_KEY} 127.0.0.1=short",
        f"{SIGNING_KEY} 127.0.0.1={'A' * 33}",
        f"hooks.example.org={SIGNING_KEY}",
    ],
)
def test_a_secret_that_can_t_sign_is_a_failure_that_passes(office: Office, text: str) -> None:
    office.stack.put_secret("NotifySigningKeys", text or " ")
    office.route()
    office.announce()
    office.run(seconds=1)
    assert office.receiver.attempts() == ()
    office.stack.put_secret("NotifySigningKeys", SIGNING_KEY)
    office.run(minutes=10)
    assert answers(office) == [204]


def test_what_can_t_be_written_down_comes_again(office: Office) -> None:
    office.route(office.hook("/one"), office.hook("/two"))
    with office.stack.out_of_reach("dynamodb"):
        office.invoke(event_of_the_fax(), failures=1)
    with office.stack.out_of_reach("sqs"):
        office.invoke(event_of_the_fax())
    assert answers(office) == [204]
    office.run(minutes=6)
    assert answers(office) == [204, 204]
    assert {attempt.path for attempt in office.receiver.attempts()} == {"/one", "/two"}


def test_a_lone_target_is_told_in_the_run_that_has_the_event(office: Office) -> None:
    office.route()
    office.announce()
    assert answers(office) == [204]
    assert office.waiting == []
    assert office.stack.count_of("sqs:SendMessage") == 0


def test_of_several_targets_one_is_told_at_once_and_the_others_are_sent_for(office: Office) -> None:
    office.route(*(office.hook(path) for path in ("/one", "/two", "/three")))
    office.announce()
    assert (len(office.receiver.attempts()), len(office.waiting)) == (1, 2)
    office.run(seconds=1)
    assert {attempt.path for attempt in office.receiver.attempts()} == {"/one", "/two", "/three"}


def test_whoever_died_in_a_first_attempt_has_it_made_again(office: Office) -> None:
    office.route()
    office.receiver.behaviour = hang_up
    with office.stack.out_of_reach("dynamodb", "UpdateItem"):
        office.invoke(event_of_the_fax(), failures=1)
    office.receiver.behaviour = lambda _request, _now: None
    office.announce()
    assert answers(office) == [None]
    office.run(minutes=6)
    assert answers(office) == [None, 204]
    assert office.deliveries()[0]["attempts"] == 2


def hang_up(_request: WebRequest, _now: object) -> WebResponse:
    raise HangUp


def sent_for_again(office: Office) -> dict[str, Any]:
    """The message that brings the second attempt; the first was answered by 500."""
    office.route()
    office.answer(500)
    office.announce()
    ((moment, due_delivery),) = office.waiting
    office.waiting.clear()
    office.stack.clock.advance(seconds=(moment - office.stack.clock.now()).total_seconds())
    found: dict[str, Any] = due_delivery
    return found


@pytest.mark.parametrize("is_first", [True, False])
def test_an_answer_that_could_not_be_noted_is_told_again_under_the_same_id(
    office: Office, *, is_first: bool
) -> None:
    if is_first:
        office.route()
        message = event_of_the_fax()
    else:
        message = sent_for_again(office)
    before = len(office.receiver.attempts())

    with ExitStack() as lost:

        def lose_the_table(_: WebRequest, __: object) -> None:
            lost.enter_context(office.stack.out_of_reach("dynamodb", "UpdateItem"))

        office.receiver.behaviour = lose_the_table
        office.invoke(message, failures=1)
    office.receiver.behaviour = lambda _request, _now: None
    office.invoke(message)  # the queue's own repetition, while the attempt might still be under way
    assert len(office.receiver.attempts()) == before + 1
    office.run(minutes=10)
    assert answers(office)[before:] == [204, 204]
    assert len(office.receiver.acted_upon()) == 1


def test_when_the_dead_letter_can_t_be_left_nothing_is_given_up(office: Office) -> None:
    due_delivery = sent_for_again(office)

    with ExitStack() as lost:

        def lose_the_queues(_: WebRequest, __: object) -> WebResponse:
            lost.enter_context(office.stack.out_of_reach("sqs"))
            return WebResponse(410, b"")

        office.receiver.behaviour = lose_the_queues
        office.invoke(due_delivery, failures=1)
        (delivery,) = office.deliveries()
        assert delivery["duty_deliver"] == "pending"
    office.answer(then=410)
    office.run(minutes=10)
    assert office.deliveries()[0]["duty_deliver"] == "given_up"
    # What was sent while nobody answered was sent in vain.
    assert len(office.dead_letters()) == 2


@pytest.mark.parametrize(
    "body",
    [
        "{",
        [],
        7,
        {},
        {"delivery": {}},
        {"delivery": {"fax_id": "x", "event_id": "y", "target_id": "z"}},
        {"detail-type": "Fax Lost", "detail": {}},
        {"detail-type": "Fax Sent", "detail": {"fax_id": FAX}},
    ],
)
def test_a_message_that_can_t_be_read_fails_alone(office: Office, body: Any) -> None:
    office.invoke(body, failures=1)


def test_an_due_delivery_about_nothing_is_done(office: Office) -> None:
    office.invoke({"delivery": {"fax_id": FAX, "event_id": "a" * 32, "target_id": "b" * 16}})


def test_a_fax_that_is_gone_is_told_of_to_nobody(office: Office) -> None:
    office.route()
    for item in office.stack.items("FAX#"):
        office.stack.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    office.announce()
    assert office.waiting == []


def test_nobody_s_name_number_or_address_is_logged_or_sent(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.route(office.hook(f"/{canaries.PASSWORD}?key={canaries.PASSWORD}"))
    office.answer(500)
    post(office, {"FaxNumber": canaries.NUMBER, "RecipientName": canaries.NAME, "Subject": canaries.SUBJECT})
    office.run(minutes=10)
    office.answer(then=410)
    announce_another(office)
    office.run(hours=1)
    printed = capsys.readouterr()
    assert canaries.found_in(printed.out + printed.err) == []
    sent = [json.dumps(office.dead_letters()), *(one.body.decode() for one in office.receiver.attempts())]
    assert canaries.found_in(" ".join(sent)) == []
    assert canaries.found_in(canaries.keys_of(office.deliveries())) == []


def gone_at(path: str) -> Any:
    return lambda request, _: WebResponse(410, b"") if request.path == path else None


def get_default() -> dict[str, Any]:
    return event_file("edit_routes") | {"routeKey": "GET /routes/default"}


def announce_another(office: Office) -> None:
    post(office, {})


def post(office: Office, fields: dict[str, str]) -> None:
    """Another fax is settled and announced."""
    office.stack.http("SoftlinxCallback", softlinx_post({"FaxId": "44", "FaxStatus": "sent", **fields}))
    settled = office.stack.clock.now()
    sent = FaxEvent(
        EventType.FAX_SENT, OTHER_FAX, Status.SENT, settled, source=Source.CALLBACK, settled_at=settled
    )
    office.announce({"detail-type": sent.type, "detail": detail_of(sent)})


DAY = json.loads((ROOT / "docs" / "events" / "day-closed.v1.json").read_text())["examples"][0]


def test_a_closed_day_is_told_once_to_whoever_names_it(office: Office) -> None:
    office.route(office.hook("/faxes"), {**office.hook("/days"), "events": ["day.closed"]})
    office.announce(DAY)
    office.announce(DAY)
    office.run(minutes=10)
    (post,) = office.receiver.attempts()
    detail = DAY["detail"]
    assert (post.path, post.id, post.answered) == ("/days", detail["event_id"], 204)
    assert post.document == {"type": "day.closed", "timestamp": detail["closed_at"], "data": detail}
    (delivery,) = office.deliveries()
    assert (delivery["pk"], delivery["duty_deliver"]) == (f"DELIVERY#{detail['key']}", "done")


def test_a_closed_day_that_could_not_be_told_is_listed_and_told_when_its_letter_is_put_back(
    office: Office,
) -> None:
    office.route({**office.hook("/days"), "events": ["day.closed"]})
    office.answer(then=503)
    office.announce(DAY)
    office.run(hours=40)
    assert answers(office) == [503] * 8
    answer = office.stack.http("QueryFaxes", query("GET /deliveries"))
    hold_against_openapi(answer, "get", "/deliveries")
    (listed,) = answer.document["deliveries"]
    assert (listed["fax"], listed["day"], listed["day_version"]) == (None, "2026-11-26", 1)
    assert (listed["event"], listed["state"]) == ("day.closed", "given_up")
    (letter,) = office.dead_letters()
    assert letter["delivery"]["record"] == DAY["detail"]["key"]
    office.answer()
    office.invoke(letter)
    office.run(minutes=10)
    assert answers(office)[8:] == [204]


@pytest.mark.parametrize("detail", [{}, {**DAY["detail"], "event_id": "0" * 32}])
def test_a_closed_day_that_cannot_be_read_comes_again(office: Office, detail: dict[str, Any]) -> None:
    office.route({**office.hook("/days"), "events": ["day.closed"]})
    office.invoke({**DAY, "detail": detail}, failures=1)
    assert office.deliveries() == []
