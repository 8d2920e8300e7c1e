"""Emails: plain text and HTML, ids and status words."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from faxledger.adapters.delivery_emails import EmailDeliveries, content_of
from faxledger.domain.events import FaxEvent
from faxledger.domain.submission_ids import JoinedBy
from faxledger.errors import DeliveryFailed
from tests.fakes.events import MAIL, delivery_of
from tests.functions.notify.conftest import FAX, Office
from tests.support import canaries
from tests.support.bundle_on_moto import softlinx_post
from tests.unit.domain.test_events import EVENTS, FAILED, GUESSED

SENDER = "faxes@example.org"


class Ses:
    """Notes what is to be sent, or raises `trouble`."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.sent: list[dict[str, Any]] = []
        self._trouble = trouble

    def send_email(self, **asked: Any) -> None:
        if self._trouble:
            raise self._trouble
        self.sent.append(asked)


def test_an_email_is_sent_from_the_sender_to_the_target() -> None:
    ses = Ses()
    EmailDeliveries(ses, SENDER).deliver(delivery_of(FAILED, MAIL))
    (sent,) = ses.sent
    assert (sent["FromEmailAddress"], sent["Destination"]) == (SENDER, {"ToAddresses": [MAIL.address]})


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"{event.type} {event.source}")
def test_both_forms_hold_the_ids_and_the_status(event: FaxEvent) -> None:
    content = content_of(event)
    text, html = content["Body"]["Text"]["Data"], content["Body"]["Html"]["Data"]
    for fact in (str(event.fax), str(event.status), event.id):
        assert fact in text
        assert fact in html
    assert "$" not in text + html
    assert max(map(len, text.splitlines())) <= 100
    assert str(event.fax) in content["Subject"]["Data"]
    assert "\n" not in content["Subject"]["Data"]


def test_an_email_to_the_sender_says_what_is_only_a_guess() -> None:
    told = content_of(GUESSED)["Body"]["Text"]["Data"]
    assert f"{GUESSED.submission} (a guess, by its destination and time)" in told
    assert "guess" not in content_of(replace(GUESSED, joined_by=JoinedBy.CODE))["Body"]["Text"]["Data"]


@pytest.mark.parametrize(
    "trouble",
    [
        ClientError({"Error": {"Code": "MessageRejected", "Message": canaries.NAME}}, "SendEmail"),
        ConnectTimeoutError(endpoint_url="https://email.example"),
    ],
)
def test_what_ses_does_not_take_is_a_failure_that_tells_no_address(trouble: Exception) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        EmailDeliveries(Ses(trouble), SENDER).deliver(delivery_of(FAILED, MAIL))
    assert canaries.found_in(str(caught.value), MAIL.address) == []


def test_without_a_sender_no_email_goes_out() -> None:
    ses = Ses()
    with pytest.raises(DeliveryFailed, match="NotifySender"):
        EmailDeliveries(ses, "").deliver(delivery_of(FAILED, MAIL))
    assert ses.sent == []


def test_a_failed_fax_is_told_by_email_once_and_without_health_data(office: Office) -> None:
    office.stack.parameters["NotifySender"] = SENDER
    office.stack.verify_sender(SENDER)
    planted = {"FaxNumber": canaries.NUMBER, "RecipientName": canaries.NAME, "Subject": canaries.SUBJECT}
    office.stack.http(
        "SoftlinxCallback", softlinx_post({"FaxId": "33", "FaxStatus": "sendFailed", **planted})
    )
    office.route({"email": "desk@example.org"})
    office.announce()
    office.announce()
    office.run(hours=1)
    (email,) = office.stack.emails()
    assert email.subject == f"Fax failed: {FAX}"
    assert email.destinations["ToAddresses"] == ["desk@example.org"]
    assert canaries.found_in(email.subject + email.body) == []


def test_an_email_that_ses_refuses_is_tried_again(office: Office) -> None:
    office.stack.parameters["NotifySender"] = SENDER
    office.route({"email": "desk@example.org"})
    office.announce()
    office.run(seconds=1)
    (delivery,) = office.deliveries()
    assert delivery["problem"] == "SES answered MessageRejected"
    office.stack.verify_sender(SENDER)
    office.run(minutes=10)
    assert len(office.stack.emails()) == 1
    assert json.dumps(office.dead_letters()) == "[]"
