from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.events import EventType, events_between
from faxledger.domain.fax import Direction, FailureClass, FaxId, Source, Status
from faxledger.domain.report import SIGHTING_BYTES, Conflict, Facts, Failure, Fax, Sighting, Unreadable
from tests.fakes.clock import NOON
from tests.fakes.faxes import BUSY, MARK, inbound, outbound, report
from tests.support import canaries

FINAL = {
    Direction.OUTBOUND: {Status.SENT, Status.FAILED},
    Direction.INBOUND: {Status.RECEIVED, Status.RECEIVED_PARTIAL},
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("fax", [outbound(), inbound()])
def test_a_report_holds_only_what_its_direction_can_end_as(fax: FaxId, status: Status) -> None:
    if status in FINAL[fax.direction]:
        assert report(fax, status).status is status
    else:
        with pytest.raises(ValueError, match="do not end as"):
            report(fax, status)


def test_a_report_without_a_final_status_owes_nothing() -> None:
    with pytest.raises(ValueError, match="owes"):
        report(outbound(), None, owes=MARK)


def test_a_report_is_oversize_by_its_bytes() -> None:
    fits = {"a": "x" * (SIGHTING_BYTES - 1)}

    assert not report(outbound(), given=fits).is_oversize
    assert report(outbound(), given=fits | {"b": ""}).is_oversize
    assert report(outbound(), given={"a": "\U0001f4e0" * (SIGHTING_BYTES // 4)}).is_oversize


@pytest.mark.parametrize(
    ("failure", "says_why"),
    [
        (Failure(FailureClass.OTHER), False),
        (Failure(FailureClass.OTHER, "", ""), False),
        (Failure(FailureClass.OTHER, "17"), True),
        (Failure(FailureClass.OTHER, text="?"), True),
        (Failure(FailureClass.BUSY), True),
    ],
)
def test_a_failure_says_why_by_its_class_code_or_words(failure: Failure, *, says_why: bool) -> None:
    assert failure.says_why is says_why


def settled(status: Status = Status.SENT, *, conflict: Conflict | None = None) -> Fax:
    return Fax(
        outbound() if status in FINAL[Direction.OUTBOUND] else inbound(),
        first_status=status,
        settled_at=NOON,
        settled_by=Source.CALLBACK,
        completed_at=NOON - timedelta(minutes=1),
        failure=BUSY if status is Status.FAILED else None,
        conflict=conflict,
    )


OPEN = Fax(outbound(), submitted_at=NOON)
CONFLICT = Conflict(Status.FAILED, Source.POLL, NOON, {})


@pytest.mark.parametrize(
    ("status", "type_"),
    [
        (Status.SENT, EventType.FAX_SENT),
        (Status.FAILED, EventType.FAX_FAILED),
        (Status.RECEIVED, EventType.FAX_RECEIVED),
        (Status.RECEIVED_PARTIAL, EventType.FAX_RECEIVED),
    ],
)
def test_a_settled_fax_is_one_event(status: Status, type_: EventType) -> None:
    for old in (None, OPEN):
        (event,) = events_between(old, settled(status))
        assert (event.type, event.status, event.source) == (type_, status, Source.CALLBACK)
        assert (event.settled_at, event.completed_at) == (NOON, NOON - timedelta(minutes=1))
        assert event.failure_class is (FailureClass.BUSY if status is Status.FAILED else None)


def test_a_new_conflict_is_one_event_that_names_both_sides() -> None:
    (event,) = events_between(settled(), settled(conflict=CONFLICT))

    assert event.type is EventType.FAX_STATUS_CONFLICT
    assert (event.status, event.source) == (Status.SENT, Source.CALLBACK)
    assert (event.other_status, event.other_source) == (Status.FAILED, Source.POLL)


def test_settled_and_contradicted_at_once_is_two_events() -> None:
    events = events_between(None, settled(conflict=CONFLICT))

    assert [event.type for event in events] == [EventType.FAX_SENT, EventType.FAX_STATUS_CONFLICT]
    assert len({event.id for event in events}) == 2


def test_whatever_else_changes_is_no_event() -> None:
    assert events_between(None, OPEN) == ()
    assert events_between(OPEN, OPEN) == ()
    assert events_between(settled(), settled()) == ()
    assert events_between(settled(conflict=CONFLICT), settled(conflict=CONFLICT)) == ()


def test_the_same_fact_has_the_same_id_whenever_it_is_announced() -> None:
    (first,) = events_between(None, settled())
    (again,) = events_between(OPEN, settled())
    (other,) = events_between(None, settled(Status.FAILED))

    assert first.id == again.id
    assert first.id != other.id


def test_what_may_hold_health_data_shows_it_in_no_repr() -> None:
    facts = Facts(to_number=canaries.NUMBER, reference=canaries.SUBJECT)
    given = {"RcptInfo": canaries.NAME, "FaxNumber": canaries.NUMBER}
    failure = Failure(FailureClass.OTHER, text=canaries.NAME)
    said = report(outbound(), Status.FAILED, facts=facts, given=given, failure=failure)
    heard = Sighting(Source.CALLBACK, canaries.NAME, NOON, given, Status.FAILED)
    conflict = Conflict(Status.SENT, Source.POLL, NOON, given)
    fax = Fax(outbound(), facts=facts, sightings=(heard,), conflict=conflict)
    kept = Unreadable("softlinx-callback", "is odd", canaries.NAME.encode())
    assert canaries.found_in(repr((said, facts, failure, heard, conflict, fax, kept))) == []


def seconds(least: float, most: float) -> st.SearchStrategy[timedelta]:
    return st.floats(least, most).map(lambda number: timedelta(seconds=number))


# Of a provider's clock and of each machine of ours, against the true time.
slow_or_fast = seconds(-60, 60)


@given(
    heard_after=seconds(0, 600),
    resent_after=seconds(0, 600),
    lasted=seconds(2, 3600),
    provider=slow_or_fast,
    hearer=slow_or_fast,
    resender=slow_or_fast,
    rounding=seconds(-0.9, 0.9),
    is_bare=st.booleans(),
    again=st.sampled_from([Status.SENT, Status.FAILED]),
)
def test_whichever_clocks_are_wrong_by_a_minute_each_attempt_gets_its_own_completion(
    heard_after: timedelta,
    resent_after: timedelta,
    lasted: timedelta,
    provider: timedelta,
    hearer: timedelta,
    resender: timedelta,
    rounding: timedelta,
    again: Status,
    *,
    is_bare: bool,
) -> None:
    heard = NOON + heard_after
    resent = heard + resent_after
    fax = Fax(
        outbound(),
        first_status=Status.FAILED,
        settled_at=heard + hearer,
        completed_at=None if is_bare else NOON + provider,
        resent_at=resent + resender,
    )

    of_the_first = report(outbound(), Status.FAILED, completed_at=NOON + provider + rounding)
    if not (is_bare and rounding > timedelta()):
        assert not fax.was_over_before(of_the_first)
    of_the_next = report(outbound(), again, completed_at=resent + lasted + provider)
    # Even where a push that was wrong has made the completion of the next out to be that of the first.
    taken_for_it = replace(
        fax, completed_at=of_the_next.completed_at, resent_as=FaxId.parse(f"{outbound()}~2")
    )
    assert taken_for_it.was_over_before(replace(of_the_next, source=Source.POLL, status=Status.SENT))
    # Only of a quick failure after one that named no time can't it be told.
    if not is_bare or again is Status.SENT or resent_after + lasted > timedelta(minutes=4):
        assert fax.was_over_before(of_the_next)
