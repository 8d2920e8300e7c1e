"""Faxes sent through the API: handed over once, whatever fails on the way, and each joined with its job."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from local.show.simulators.softlinx.options import SoftlinxOptions
from local.show.simulators.softlinx.sends import AcceptedSend
from tests.e2e.conftest import OpenTown, Town, drain
from tests.support import plain_http

# Magic numbers of the simulator: goes through, unheard; fails; is refused; is taken without an answer.
SENT, UNHEARD, BUSY, REFUSED, LOST = "12025550100", "12025550101", "12025550001", "12025550009", "12025550201"
PDF, TEXT = b"%PDF-1.4 a letter", b"and a note"
KEPT = SoftlinxOptions(resend_keeps_id=True)


def fax(*numbers: str, **more: Any) -> dict[str, Any]:
    return {
        "provider": "softlinx",
        "recipients": [{"number": number} for number in numbers],
        "documents": [{"type": "application/pdf", "content": b64encode(PDF).decode()}],
        **more,
    }


def submit(town: Town, body: Any, path: str = "/faxes", key: str = "a-first-key") -> list[str]:
    answer = town.post(path, body, key)
    assert answer.status_code == 202, answer.text
    return [submission["id"] for submission in answer.json()["submissions"]]


def found(town: Town, fax_id: str) -> dict[str, Any]:
    document: dict[str, Any] = town.get(f"/faxes/{fax_id}").json()
    return document


def state(town: Town, fax_id: str) -> str:
    document = found(town, fax_id)
    told: str = document.get("state") or document["status"]
    return told


def order(town: Town) -> AcceptedSend:
    (only,) = town.softlinx.sends()
    return only


@pytest.fixture(params=["soap", "rest"])
def both(request: pytest.FixtureRequest, open_town: OpenTown) -> Town:
    """A bundle that speaks one of Softlinx's APIs, and then the other."""
    return open_town(account_id="", parameters={"SoftlinxApi": request.param})


def test_three_recipients_of_whom_one_is_refused_and_one_is_busy(both: Town) -> None:
    submissions = submit(both, fax(UNHEARD, REFUSED, BUSY, reference="case-7"))
    both.wait(minutes=0.5)
    assert [state(both, one) for one in submissions] == ["submitted", "refused", "submitted"]
    listed = both.get("/faxes?status=submitted&reference=case-7").json()["faxes"]
    jobs = [found(both, one)["id"] for one in (submissions[0], submissions[2])]
    assert {one["id"] for one in listed} == set(jobs)
    both.wait(minutes=75)
    assert [state(both, one) for one in submissions] == ["sent", "refused", "failed"]
    # The one settled by the poll, as its callback was lost, and the other by its callback.
    assert [found(both, job)["settled_by"] for job in jobs] == ["poll", "callback"]
    events = {event["detail"]["fax_id"]: event["detail-type"] for event in both.events.heard()}
    refused = f"softlinx.outbound.acme.{submissions[1]}"
    assert events == {jobs[0]: "Fax Sent", jobs[1]: "Fax Failed", refused: "Fax Failed"}


def test_a_document_of_the_request_and_an_uploaded_one_arrive_as_they_were(both: Town) -> None:
    letter = b"%PDF-1.4 " + bytes(range(256)) * 20_000
    asked = {"type": "application/pdf", "size": len(letter), "sha256": sha256(letter).hexdigest()}
    link = both.post("/faxes/uploads", asked, "a-letter-s-upload").json()
    assert link["url"].startswith(f"{both.bundle.aws_url}/{both.bundle.cloud.ref('Documents')}/outgoing/")
    put = plain_http.put(link["url"], content=letter, headers=link["headers"])
    assert put.status_code == 200

    text = {"type": "text/plain", "content": b64encode(TEXT).decode()}
    (submission,) = submit(both, fax(SENT, documents=[{"upload": link["upload"]}, text]))
    both.wait(minutes=15)
    assert [one.content for one in order(both).attachments] == [letter, TEXT]
    assert state(both, submission) == "sent"


def test_a_repeated_request_sends_nothing_twice(both: Town) -> None:
    first = submit(both, fax(SENT))
    assert submit(both, fax(SENT)) == first
    both.wait(minutes=15)
    assert submit(both, fax(SENT)) == first
    both.wait(minutes=15)
    assert order(both).fax_ids
    assert both.post("/faxes", fax(BUSY), "a-first-key").status_code == 409


def test_a_fax_for_later_is_final_later(both: Town) -> None:
    (submission,) = submit(both, fax(SENT, send_after="2026-11-23T20:00:00Z"))
    both.wait(minutes=60)
    assert state(both, submission) == "submitted"
    both.wait(minutes=6.5 * 60)
    assert state(both, submission) == "sent"


def test_a_lost_answer_is_found_again(both: Town) -> None:
    submissions = submit(both, fax(LOST, SENT))
    both.wait(minutes=1)
    assert [state(both, one) for one in submissions] == ["unknown", "unknown"]
    both.wait(minutes=60)
    assert [state(both, one) for one in submissions] == ["sent", "sent"]
    assert [found(both, one)["id"].rpartition(".")[2] for one in submissions] == list(order(both).fax_ids)


def test_a_callback_that_brings_our_code_back_tells_of_a_lost_answer_at_once(both: Town) -> None:
    submissions = submit(both, fax(LOST, SENT))
    both.wait(minutes=1)
    assert [state(both, one) for one in submissions] == ["unknown", "unknown"]
    # Half an hour before it is looked for.
    both.wait(minutes=20)
    documents = [found(both, one) for one in submissions]
    assert [(one["status"], one["joined_by"]) for one in documents] == [("sent", "code")] * 2
    assert [one["id"].rpartition(".")[2] for one in documents] == list(order(both).fax_ids)
    both.wait(minutes=60)
    assert [found(both, one)["id"] for one in submissions] == [one["id"] for one in documents]
    assert both.bundle.log.total("SubmissionUnknown") == 0


@pytest.mark.parametrize("api", ["soap", "rest"])
def test_a_lost_answer_that_can_t_be_told_stays_unknown_and_lies_there_for_a_person(
    open_town: OpenTown, api: str
) -> None:
    town = open_town(account_id="", parameters={"SoftlinxApi": api, "SoftlinxCodeField": "none"})
    (submission,) = submit(town, fax(LOST))
    town.wait(minutes=8 * 60)
    assert state(town, submission) == "unknown"
    # The fax itself is known all the same, as one that somebody has sent.
    (job,) = town.softlinx.jobs()
    assert found(town, job.public_id)["status"] == "sent"
    assert (len(town.softlinx.sends()), town.bundle.log.total("SubmissionUnknown")) == (1, 1)
    (letter,) = drain(town.bundle.aws.client("sqs"), town.queue_named("OrderDeadLetters"))
    assert letter == {"order_id": submission.partition("-")[0]}


# --- sent once more ------------------------------------------------------------------------------------


def resend(town: Town, fax_id: str, number: str, key: str = "a-resend") -> str:
    (submission,) = submit(town, {"number": number}, f"/faxes/{fax_id}/resend", key)
    return submission


def failed_fax(town: Town) -> str:
    """The public id of a fax that was busy, which all have heard of."""
    (submission,) = submit(town, fax(BUSY))
    town.wait(minutes=75)
    document = found(town, submission)
    assert (document["status"], len(document["sightings"])) == ("failed", 1)
    public_id: str = document["id"]
    return public_id


@pytest.mark.parametrize("number", [SENT, UNHEARD])
@pytest.mark.parametrize("api", ["soap", "rest"])
def test_a_resent_fax_with_another_identifier_is_a_job_of_its_own(
    open_town: OpenTown, api: str, number: str
) -> None:
    town = open_town(account_id="", parameters={"SoftlinxApi": api})
    first = failed_fax(town)
    submission = resend(town, first, number)
    town.wait(minutes=2 * 60)
    again = found(town, submission)
    assert (again["status"], again["resends"], again["to_number"]) == ("sent", first, number)
    assert again["settled_by"] == ("poll" if number == UNHEARD else "callback")
    before = found(town, first)
    assert (before["status"], before["resent_as"], before["conflict"]) == ("failed", again["id"], None)
    assert first.rpartition(".")[2] != again["id"].rpartition(".")[2]


@pytest.mark.parametrize(
    ("number", "status", "source"),
    [(SENT, "sent", "callback"), (UNHEARD, "sent", "poll"), (BUSY, "failed", "callback")],
)
def test_a_resent_fax_with_its_own_identifier_is_its_next_attempt(
    open_town: OpenTown, number: str, status: str, source: str
) -> None:
    town = open_town(account_id="", parameters={"SoftlinxApi": "rest"}, softlinx_options=KEPT)
    first = failed_fax(town)
    submission = resend(town, first, number)
    town.wait(minutes=0.5)
    assert state(town, submission) == "submitted"
    town.wait(minutes=2 * 60)
    again = found(town, submission)
    assert again["id"] == f"{first}~2"
    assert (again["status"], again["settled_by"], again["resends"]) == (status, source, first)
    before = found(town, first)
    assert (before["status"], before["conflict"], len(before["sightings"])) == ("failed", None, 1)
    told = [(event["detail-type"], event["detail"]["fax_id"]) for event in town.events.heard()]
    assert told == [("Fax Failed", first), (f"Fax {status.capitalize()}", f"{first}~2")]
    # Every attempt of the simulator's own log is settled here as it is there.
    jobs = {job.public_id: str(job.status) for job in town.softlinx.jobs()}
    assert jobs == {one: found(town, one)["status"] for one in (first, f"{first}~2")}


def test_a_third_attempt_follows_the_second(open_town: OpenTown) -> None:
    town = open_town(account_id="", parameters={"SoftlinxApi": "rest"}, softlinx_options=KEPT)
    first = failed_fax(town)
    resend(town, first, BUSY)
    town.wait(minutes=75)
    assert town.post(f"/faxes/{first}/resend", {}, "another-key").status_code == 409
    submission = resend(town, f"{first}~2", SENT, "a-second-resend")
    town.wait(minutes=75)
    assert (found(town, submission)["id"], state(town, submission)) == (f"{first}~3", "sent")


def test_a_resend_whose_answer_was_lost_is_joined_with_the_attempt_that_came_of_it(
    open_town: OpenTown,
) -> None:
    town = open_town(account_id="", parameters={"SoftlinxApi": "rest"}, softlinx_options=KEPT)
    first = failed_fax(town)
    submission = resend(town, first, LOST)
    town.wait(minutes=20)
    # The fax has gone through by now, and its callback is not misread while nobody knows that it was resent.
    assert state(town, submission) == "unknown"
    assert found(town, f"{first}~2")["status"] == "sent"
    town.wait(minutes=30)
    assert (found(town, submission)["id"], state(town, submission)) == (f"{first}~2", "sent")
    assert found(town, first)["conflict"] is None
