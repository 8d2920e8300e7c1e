"""What reaches the queue of an email that bounced: which submission it was, and why; never to whom it was."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.outbox import bounce_of
from tests.e2e.conftest import ACCOUNTS, START

RECIPIENT = "12025550301@greenfax.com"
SUBMISSION = "648756287f131a5bf47a6f7f638bd0e0-1"


@pytest.fixture
def bundle(tmp_path: Path) -> Iterator[Bundle]:
    # Nobody reads the queue: the clock is never started.
    clock = VirtualClock(START, speed=math.inf)
    given = {"GreenFaxAccountId": "12345", "GreenFaxSender": "faxes@clinic.example"}
    with Bundle(clock, parameters=given, secrets=ACCOUNTS.secrets(), log=tmp_path / "log") as bundle:
        yield bundle


def queued(bundle: Bundle, **otherwise: Any) -> Any:
    """The message that an event of SES's becomes."""
    tags = {"submission": SUBMISSION, "ses:configuration-set": bundle.cloud.ref("Mailings")}
    detail = {**bounce_of("0100018c", RECIPIENT, tags, START), **otherwise}
    entry = {"Source": "aws.ses", "DetailType": "Email Bounced", "Detail": json.dumps(detail)}
    bundle.aws.client("events").put_events(Entries=[entry])
    answer = bundle.aws.client("sqs").receive_message(QueueUrl=bundle.cloud.ref("BounceQueue"))
    (message,) = answer["Messages"]
    assert RECIPIENT.partition("@")[0] not in message["Body"]
    return json.loads(message["Body"])


def test_a_bounce_leaves_its_recipient_behind(bundle: Bundle) -> None:
    assert queued(bundle) == {
        "event": "Bounce",
        "submission": SUBMISSION,
        "words": ["Permanent", "General", ""],
    }


def test_what_an_event_does_not_have_is_empty(bundle: Bundle) -> None:
    said = queued(bundle, eventType="Reject", bounce={}, reject={"reason": "Bad content"})
    assert said == {"event": "Reject", "submission": SUBMISSION, "words": ["", "", "Bad content"]}
