"""Faxes mailed to GreenFax through SES: each is joined with its status, or has failed."""

from base64 import b64encode
from typing import Any

import pytest

from tests.e2e.conftest import OpenTown, Town

# Magic numbers of the simulator: goes through; goes through unheard; bounces; is lost on the way.
SENT, UNHEARD, BOUNCED, LOST = "12025550100", "12025550101", "12025550301", "12025550302"
PDF = b"%PDF-1.4 a letter"


def fax(*numbers: str, **more: Any) -> dict[str, Any]:
    return {
        "provider": "greenfax",
        "recipients": [{"number": number} for number in numbers],
        "documents": [{"type": "application/pdf", "content": b64encode(PDF).decode()}],
        **more,
    }


def submit(town: Town, body: Any, key: str = "a-first-key") -> list[str]:
    answer = town.post("/faxes", body, key)
    assert answer.status_code == 202, answer.text
    return [submission["id"] for submission in answer.json()["submissions"]]


def found(town: Town, fax_id: str) -> dict[str, Any]:
    document: dict[str, Any] = town.get(f"/faxes/{fax_id}").json()
    return document


def state(town: Town, fax_id: str) -> str:
    document = found(town, fax_id)
    told: str = document.get("state") or document["status"]
    return told


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    return open_town(realm="", parameters={"GreenFaxSender": "faxes@clinic.example"})


def test_of_three_mailed_one_is_joined_one_has_bounced_and_of_one_nothing_is_heard(town: Town) -> None:
    submissions = submit(town, fax(SENT, BOUNCED, LOST, reference="case-7", user="frontdesk"))
    town.wait(minutes=1)
    assert [state(town, one) for one in submissions] == ["handed_over", "refused", "handed_over"]
    town.wait(minutes=30)
    joined = found(town, submissions[0])
    assert (joined["status"], joined["joined_by"], joined["reference"]) == ("sent", "code", "case-7")
    assert (joined["submission"], joined["user"]) == (submissions[0], "frontdesk")
    listed = town.get("/faxes?reference=case-7").json()["faxes"]
    # The joined one stands there as its fax; the others as what they still are.
    assert {one["id"]: one["kind"] for one in listed} == {
        joined["id"]: "fax",
        f"greenfax.outbound.12345.{submissions[1]}": "submission",
        f"greenfax.outbound.12345.{submissions[2]}": "submission",
    }
    bounced = f"greenfax.outbound.12345.{submissions[1]}"
    assert {one["detail"]["fax_id"]: one["detail-type"] for one in town.events.heard()} == {
        bounced: "Fax Failed",
        joined["id"]: "Fax Sent",
    }
    assert len(town.greenfax.emails()) == 2


def test_every_recipient_gets_the_documents_in_an_email_of_its_own(town: Town) -> None:
    submissions = submit(town, fax(SENT, "12025550001"))
    town.wait(minutes=1)
    emails = town.greenfax.emails()
    assert [to for to, _ in emails] == ["12025550100@greenfax.com", "12025550001@greenfax.com"]
    assert [str(message["Subject"]) for _, message in emails] == submissions
    for _, message in emails:
        (part,) = message.iter_attachments()
        assert (part.get_content_type(), part.get_payload(decode=True)) == ("application/pdf", PDF)
    assert submit(town, fax(SENT, "12025550001")) == submissions
    town.wait(minutes=1)
    assert len(town.greenfax.emails()) == 2


def test_a_lost_notification_leaves_a_guess_that_says_so(town: Town) -> None:
    sender = [{"webhook": town.receiver.url + "/sender"}]
    (submission,) = submit(town, fax(UNHEARD, reference="case-8", notify=sender))
    town.wait(minutes=60)
    document = found(town, submission)
    # The feed tells no job code.
    assert (document["status"], document["settled_by"], document["joined_by"]) == ("sent", "feed", "guess")
    assert document["reference"] is None
    (told,) = town.receiver.attempts()
    data = told.document["data"]
    assert (data["submission_id"], data["joined_by"]) == (submission, "guess")


def test_where_two_could_be_meant_nothing_is_guessed(town: Town) -> None:
    first = submit(town, fax(UNHEARD))
    second = submit(town, fax(UNHEARD), "a-second-key")
    town.wait(minutes=60)
    assert [state(town, one) for one in (*first, *second)] == ["handed_over", "handed_over"]
    assert [(f.status, f.submission) for f in town.faxes().values()] == [("sent", None)] * 2
    assert town.bundle.log.total("JoinAmbiguous") == 2
