"""What a receipt says of a fax, and what it never says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.canonical_json import sha256_of
from faxledger.domain.fax import FailureClass, FaxId, Source, Status
from faxledger.domain.report import Conflict, Facts, Failure, Fax, Sighting
from faxledger.domain.submission import Submission
from faxledger.domain.submission_ids import JoinedBy
from faxledger.web.receipt_document import receipt_of
from tests.fakes.clock import NOON
from tests.fakes.faxes import inbound, outbound
from tests.support.filled import filled
from tests.support.openapi import validator_of

NEW_YORK = ZoneInfo("America/New_York")
SAID = Sighting(Source.CALLBACK, "sent", NOON, {"FaxStatus": "sent"}, status=Status.SENT)
SENT = Fax(
    outbound(33),
    first_status=Status.SENT,
    settled_at=NOON,
    settled_by=Source.CALLBACK,
    completed_at=NOON - timedelta(minutes=5),
    facts=Facts(to_number="12025550100", pages=3, pages_total=3),
    sightings=(SAID,),
)


def receipt(
    fax: Fax, *amendments: Amendment, submission: Submission | None = None, zone: ZoneInfo = NEW_YORK
) -> Mapping[str, Any]:
    document = receipt_of(AmendedFax(fax, amendments), submission, zone=zone, now=NOON)
    validator_of({"$ref": "#/components/schemas/Receipt"}).validate(document)
    return document


@pytest.mark.parametrize(
    ("fax", "result", "said"),
    [
        (SENT, "transmitted", "transmitted to the number"),
        (replace(SENT, is_incomplete=True), "transmitted_in_part", "not all of its pages"),
        (replace(SENT, first_status=Status.FAILED), "not_transmitted", "not transmitted"),
        (replace(SENT, id=inbound(7), first_status=Status.RECEIVED), "received", "was received"),
        (replace(SENT, id=inbound(7), first_status=Status.RECEIVED_PARTIAL), "received_in_part", "broke off"),
    ],
)
def test_it_says_in_a_word_and_in_words_what_became_of_the_call(fax: Fax, result: str, said: str) -> None:
    document = receipt(fax)
    assert document["result"] == result
    assert document["meaning"].startswith("The provider states that ")
    assert said in document["meaning"]


def test_of_a_fax_that_went_out_it_never_says_that_anybody_received_it() -> None:
    for fax in (SENT, replace(SENT, is_incomplete=True)):
        assert "does not say that a person has received" in receipt(fax)["meaning"]
    assert "received" not in receipt(replace(SENT, first_status=Status.FAILED))["meaning"]


def test_each_time_is_told_in_utc_and_in_the_zone_of_the_stack() -> None:
    document = receipt(SENT)
    assert document["time_zone"] == "America/New_York"
    assert document["completed_at"] == {
        "utc": "2026-03-10T11:55:00.000Z",
        "local": "2026-03-10T07:55:00-04:00",
    }
    assert receipt(SENT, zone=ZoneInfo("UTC"))["settled_at"]["local"] == "2026-03-10T12:00:00+00:00"
    assert receipt(replace(SENT, completed_at=None))["completed_at"] is None


def test_each_statement_stands_there_word_for_word_with_its_hash() -> None:
    under_way = replace(SAID, source=Source.POLL, word="sending", status=None)
    otherwise = Conflict(Status.FAILED, Source.FEED, NOON + timedelta(hours=1), {"status": "busy"})
    document = receipt(replace(SENT, unsettling=(under_way,), conflict=otherwise))
    kinds = [(one["kind"], one["statement"]["given"]) for one in document["evidence"]]
    assert kinds == [("final", SAID.given), ("not_final", SAID.given), ("conflicting", otherwise.given)]
    for one in document["evidence"]:
        assert one["sha256"] == sha256_of(one["statement"])
        assert one["sha256"] != sha256_of({**one["statement"], "seen_at": "2026-03-10T12:00:01Z"})
    assert document["is_conflict_resolved"] is False
    assert "contradicts" in document["meaning"]


def test_what_a_person_has_put_on_record_is_said_to_be_a_persons_word() -> None:
    conflict = Conflict(Status.FAILED, Source.FEED, NOON, {})
    by_jane = replace(filled(Amendment), status=Status.FAILED, was=Status.SENT, at=NOON)
    fax = replace(SENT, conflict=conflict, amended_status=Status.FAILED, is_incomplete=True)
    document = receipt(fax, by_jane)
    assert (document["status"], document["first_status"]) == ("failed", "sent")
    assert (document["result"], document["is_conflict_resolved"]) == ("not_transmitted", True)
    assert document["meaning"] == "A person has put on record that the fax was not transmitted."
    assert document["amendments"][0]["because"] == by_jane.because


def test_why_a_fax_failed_stands_there_in_our_class_and_in_the_provider_s_words() -> None:
    failure = Failure(FailureClass.BUSY, "17", "the line was busy")
    document = receipt(replace(SENT, first_status=Status.FAILED, failure=failure))
    assert document["failure"] == {"class": "busy", "code": "17", "text": "the line was busy"}


@pytest.mark.parametrize(
    ("this", "resends", "resent_as", "attempts"),
    [
        ("33", None, None, ["33"]),
        ("33", None, "33~2", ["33", "33~2"]),
        ("33~3", "33~2", None, ["33", "33~2", "33~3"]),
        ("41", "33", "42", ["33", "41", "42"]),
        ("41~2", "41", "50", ["41", "41~2", "50"]),
    ],
)
def test_it_names_the_attempts_that_its_fax_knows_of(
    this: str, resends: str | None, resent_as: str | None, attempts: list[str]
) -> None:
    def named(job_id: str | None) -> FaxId | None:
        return outbound(job_id) if job_id else None

    fax = replace(SENT, id=outbound(this), resends=named(resends), resent_as=named(resent_as))
    assert receipt(fax)["attempts"] == [str(outbound(job_id)) for job_id in attempts]


def test_a_guess_is_called_one_and_the_documents_are_those_of_its_submission() -> None:
    guessed = replace(
        filled(Submission, id="0123456789abcdef" * 2 + "-1"),
        joined_by=JoinedBy.GUESS,
        sent_sha256=("a" * 64, "b" * 64),
    )
    document = receipt(SENT, submission=guessed)
    assert document["submission"]["joined_by"] == "guess"
    assert document["sent_sha256"] == ["a" * 64, "b" * 64]
    assert receipt(replace(SENT, sent_sha256=("c" * 64,)), submission=guessed)["sent_sha256"] == ["c" * 64]
