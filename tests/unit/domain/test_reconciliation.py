from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.fax import Direction, Provider, Status
from faxledger.domain.reconciliation import (
    DeafSpan,
    Evidence,
    PushesToCome,
    Reason,
    ReasonCode,
    Reconciliation,
    deaf_spans,
    lateness_of,
    pushes_to_come,
)
from faxledger.domain.report import Fax
from faxledger.domain.spans import Span
from faxledger.domain.tallies import Flow, Minutes, Tally
from tests.fakes.clock import NOON
from tests.fakes.faxes import outbound

MINUTE = timedelta(minutes=1)
AT_NOON = int(NOON.timestamp()) // 60


def minutes(unpushed: dict[int, int], pushes: list[int]) -> Minutes:
    """Faxes and pushes by minutes after noon; each fax was known an hour after noon and its own minute."""
    known_by = {AT_NOON + at: (AT_NOON + at + 60) * 60 for at in unpushed}
    faxes = Counter({AT_NOON + at: count for at, count in unpushed.items()})
    return Minutes(faxes, Counter(faxes), Counter(AT_NOON + at for at in pushes), known_by)


@given(st.lists(st.integers(0, 5_000), min_size=1))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(seconds: list[int]) -> None:
    found = lateness_of(Counter(seconds))
    assert found is not None
    assert (found.faxes, found.worst) == (len(seconds), max(seconds))
    for percent, value in ((50, found.p50), (95, found.p95), (99, found.p99)):
        assert value in seconds
        assert 100 * sum(one <= value for one in seconds) >= percent * len(seconds)
        assert 100 * sum(one < value for one in seconds) < percent * len(seconds)


def test_of_no_faxes_none_was_late() -> None:
    assert lateness_of(Counter()) is None


def test_between_two_pushes_nothing_was_heard_of_what_was_completed() -> None:
    found = deaf_spans(minutes({3: 1, 60: 19, 118: 1}, pushes=[2, 130]))
    known_by = NOON + 178 * MINUTE
    assert found == (DeafSpan(NOON + 3 * MINUTE, NOON + 118 * MINUTE, 21, known_by),)


@pytest.mark.parametrize(
    ("unpushed", "pushes"),
    [
        ({3: 1}, []),
        ({3: 2}, []),
        ({3: 1, 12: 1}, []),
        ({3: 1, 20: 1}, [10]),
        ({3: 1, 20: 1}, [20]),
        ({}, [1, 2]),
    ],
    ids=[
        "one fax",
        "two at once",
        "nine minutes",
        "a push between",
        "a push beside the last",
        "pushes alone",
    ],
)
def test_what_is_short_or_has_a_push_in_it_is_no_deaf_span(
    unpushed: dict[int, int], pushes: list[int]
) -> None:
    assert deaf_spans(minutes(unpushed, pushes)) == ()


def test_each_silence_is_a_span_of_its_own() -> None:
    found = deaf_spans(minutes({0: 1, 10: 1, 30: 1, 50: 1}, pushes=[20]))
    assert [(one.since, one.until) for one in found] == [
        (NOON, NOON + 10 * MINUTE),
        (NOON + 30 * MINUTE, NOON + 50 * MINUTE),
    ]


def test_what_is_repeated_for_so_long_may_still_be_pushed() -> None:
    silent = minutes({0: 2, 180: 3}, pushes=[])
    hours = timedelta(hours=22)
    last = NOON + 181 * MINUTE + hours
    assert pushes_to_come(silent, hours, NOON + hours) == PushesToCome(5, last, 0)
    assert pushes_to_come(silent, hours, NOON + hours + 2 * MINUTE) == PushesToCome(3, last, 2)
    assert pushes_to_come(silent, hours, last) == PushesToCome(0, None, 5)
    assert pushes_to_come(silent, None, NOON) == PushesToCome(0, None, 5)


def reconciliation(tally: Tally, *missing: Reason) -> Reconciliation:
    span = Span(NOON, NOON + timedelta(hours=2))
    return Reconciliation(span, span.until, tally, Evidence(missing=missing))


def test_with_nothing_left_and_nothing_missing_it_is_complete() -> None:
    assert reconciliation(Tally.of([Fax(outbound(), first_status=Status.SENT)])).is_complete


def test_each_thing_that_is_left_is_a_reason() -> None:
    tally = Tally.of([Fax(outbound())])
    tally.set_aside, tally.unreadable_items, tally.open_before = 2, 3, 4
    unread = Reason(ReasonCode.QUERY_NOT_READ, "the query inbound was never read", provider=Provider.SOFTLINX)
    found = reconciliation(tally, unread)
    assert not found.is_complete
    assert [(reason.code, reason.count) for reason in found.reasons] == [
        (ReasonCode.QUERY_NOT_READ, 1),
        (ReasonCode.OPEN, 1),
        (ReasonCode.OPEN_BEFORE, 4),
        (ReasonCode.SET_ASIDE, 2),
        (ReasonCode.ITEM_UNREADABLE, 3),
    ]
    assert found.reasons[1].text == "softlinx outbound: 1 without a final status (1 fax)"


def test_a_span_does_not_end_before_it_has_begun() -> None:
    with pytest.raises(ValueError, match="before it has begun"):
        Span(NOON, NOON)


def test_a_flow_is_read_as_it_is_written() -> None:
    flow = Flow(Provider.GREENFAX, Direction.INBOUND)
    assert Flow.parse(str(flow)) == flow
