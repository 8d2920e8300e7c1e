"""What an item of a backup comes back as: nothing in it makes anybody be told, sent or asked once more."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from faxledger.domain.closed_days import DayVersion
from faxledger.domain.deliveries import DeliveryKey
from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.report import Facts
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys, submissions
from faxledger.ledger.attributes import from_attributes, to_attributes
from faxledger.ledger.restoring import Restoration, Restored
from faxledger.usecases.ports.notifying import DueDelivery
from tests.fakes.faxes import outbound
from tests.support.template import raw_template

BACKED_UP = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOST = BACKED_UP + timedelta(hours=2)
NOW = LOST + timedelta(hours=1)
RESTORATION = Restoration(lost_at=LOST, now=NOW)


def restored(key: dict[str, Any], **values: Any) -> dict[str, Any]:
    found = RESTORATION({**key, **to_attributes(values)})
    assert found is not None
    assert not found.replaces
    assert found.item.items() >= key.items()
    return from_attributes({name: value for name, value in found.item.items() if name not in key})


def fax(**values: Any) -> dict[str, Any]:
    return restored(keys.of_fax(outbound(33)), **values)


def due(moment: datetime) -> dict[str, Any]:
    return keys.due_keys(keys.DUE_FAX, str(outbound(33)), moment)


def test_a_fax_says_that_it_came_back_and_is_what_it_was() -> None:
    known = {"final_status": "sent", "duty_mark": "pending", **due(BACKED_UP)}
    assert fax(**known) == {**known, "restored_at": timestamp(NOW)}
    assert items.is_restored(to_attributes({"restored_at": timestamp(NOW)}))


def test_what_has_expired_since_does_not_come_back() -> None:
    key = keys.of_fax(outbound(33))
    assert RESTORATION({**key, **to_attributes({"expires_at": int(NOW.timestamp())})}) is None
    assert RESTORATION({**key, **to_attributes({"expires_at": int(NOW.timestamp()) + 1})}) is not None


def test_a_test_of_callbacks_does_not_come_back() -> None:
    key = keys.primary("TEST", "softlinx-callback")
    assert RESTORATION({**key, **to_attributes({"test": "a", "seen_at": timestamp(BACKED_UP)})}) is None


def test_an_open_fax_that_was_due_before_the_loss_has_been_announced() -> None:
    found = fax(submitted_at=timestamp(BACKED_UP), **due(LOST - timedelta(seconds=1)))
    assert found["overdue_found_at"] == timestamp(LOST)
    assert keys.moment_of(found["due_at"]) == NOW + timedelta(days=7)
    assert "overdue_found_at" not in fax(submitted_at=timestamp(BACKED_UP), **due(LOST))


def test_an_open_submission_that_was_due_before_the_loss_has_been_announced() -> None:
    def found(overdue_at: datetime) -> Submission:
        submission = Submission(
            id="one",
            provider=Provider.SOFTLINX,
            state=SubmissionState.HANDED_OVER,
            accepted_at=BACKED_UP,
            facts=Facts(to_number="12025550100"),
            overdue_at=overdue_at,
        )
        item = {**submissions.key_of("one"), **to_attributes(submissions.encode(submission))}
        back = RESTORATION(item)
        assert back is not None
        return submissions.decode(back.item)

    assert found(LOST).announced_at is None
    announced = found(LOST - timedelta(seconds=1))
    assert (announced.announced_at, announced.look_at) == (LOST, NOW + timedelta(days=7))


@pytest.mark.parametrize("state", ["accepted", "sending", "given_up"])
def test_an_order_without_an_answer_is_one_whose_outcome_is_lost(state: str) -> None:
    order = restored(keys.primary("ORDER", "one"), state=state, asked="{}")
    assert order["state"] == "sending"
    assert order["sending_at"] == order["sending_until"] == timestamp(NOW)
    begun = restored(keys.primary("ORDER", "one"), state=state, sending_at=timestamp(BACKED_UP))
    assert begun["sending_at"] == timestamp(BACKED_UP)


def test_an_order_with_an_answer_is_what_it_was() -> None:
    known = {"state": "answered", "handovers": "[]"}
    assert restored(keys.primary("ORDER", "one"), **known) == known


@pytest.mark.parametrize("subject", [outbound(33), DayVersion(date(2026, 11, 26), 2)])
def test_a_pending_delivery_waits_for_a_person_and_a_made_one_is_what_it_was(
    subject: FaxId | DayVersion,
) -> None:
    key = {"pk": {"S": f"DELIVERY#{subject}"}, "sk": {"S": "an-event#a-target"}}
    known: dict[str, Any] = {
        "channel": "webhook",
        "address": "https://hooks.clinic.example",
        "event": "Fax Sent",
        "body": "{}",
        "attempts": 2,
        "round_number": 1,
        "next_at": timestamp(BACKED_UP),
        "planned_at": timestamp(BACKED_UP),
    }
    pending = to_attributes(
        {**known, "duty_deliver": "pending", "due_key": "delivery#1", "due_at": timestamp(BACKED_UP)}
    )
    back = RESTORATION({**key, **pending})
    assert back is not None
    assert back.letter == DueDelivery(DeliveryKey(subject, "an-event", "a-target"), after_round=1)
    found = from_attributes({name: value for name, value in back.item.items() if name not in key})
    assert found.items() >= known.items()
    assert found["duty_deliver"] == "given_up"
    assert "restored" in found["problem"]
    assert found["status_key"].startswith("delivery#given_up#")
    assert not {"due_key", "due_at"} & found.keys()
    assert restored(key, duty_deliver="done") == {"duty_deliver": "done"}


def test_a_claim_lasts_as_long_as_if_it_had_been_made_now() -> None:
    claim = {"claimed_at": timestamp(BACKED_UP), "next_at": timestamp(BACKED_UP + timedelta(minutes=20))}
    assert restored(keys.primary("CLAIM", "a-feed"), **claim, write_token="one") == {
        "claimed_at": timestamp(NOW),
        "next_at": timestamp(NOW + timedelta(minutes=20)),
        "write_token": "one",
    }


def test_how_far_a_source_was_read_replaces_what_the_table_says() -> None:
    cursor = {**keys.primary("CURSOR", "a-feed"), **to_attributes({"revision": 3})}
    assert RESTORATION(cursor) == Restored(cursor, replaces=True)


CHANGED = {"FAX", "SUBMISSION", "ORDER", "DELIVERY", "CLAIM", "CURSOR"}
UNCHANGED = {"UNREADABLE", "ROUTE", "HEARD", "CASE", "SALT", "TIMELESS", "CLOSED"}
LEFT_OUT = {"TEST"}


def test_what_becomes_of_each_kind_of_item_is_decided_here() -> None:
    """The roles say which kinds there are; of a new one somebody has to think what may have happened."""
    assert set(re.findall(r"'([A-Z]+)#", str(raw_template()["Resources"]))) == CHANGED | UNCHANGED | LEFT_OUT


@pytest.mark.parametrize("kind", sorted(UNCHANGED))
def test_whatever_else_there_is_comes_back_as_it_was(kind: str) -> None:
    assert restored(keys.primary(kind, "one"), what="ever") == {"what": "ever"}
