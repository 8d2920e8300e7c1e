"""The account tells the mishaps that happened, not those that were drawn."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from local.show.mishaps import mishaps_of
from local.show.simulators.faults import NO_MISHAP, Arrival, Mishap, Veracity
from local.show.simulators.jobs import CallbackAttempt, Job, JobDirection, JobProvider, JobStatus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATE = timedelta(hours=3)


def attempt(said: str = "sent", *, number: int = 1, is_overtaken: bool = False) -> CallbackAttempt:
    return CallbackAttempt("1001", JobDirection.OUTBOUND, NOON, number, said, 200, is_overtaken)


def job(mishap: Mishap, callbacks: Sequence[CallbackAttempt]) -> Job:
    return Job(
        provider=JobProvider.SOFTLINX,
        direction=JobDirection.OUTBOUND,
        account="Acme",
        job_id="1001",
        status=JobStatus.SENT,
        created_at=NOON,
        completed_at=NOON,
        is_marked=False,
        mishap=mishap,
        callbacks=tuple(callbacks),
    )


@pytest.mark.parametrize(
    ("mishap", "callbacks", "happened"),
    [
        (NO_MISHAP, [attempt()], []),
        (NO_MISHAP, [attempt(number=1), attempt(number=2)], []),
        (Mishap(arrival=Arrival.TWICE), [attempt(), attempt()], ["repeated"]),
        (Mishap(arrival=Arrival.UNREACHABLE), [attempt()], ["could not be delivered"]),
        (Mishap(late=LATE), [attempt()], ["late"]),
        (Mishap(is_overtaken=True), [attempt(is_overtaken=True)], ["overtaken"]),
        (Mishap(veracity=Veracity.CONTRADICTION), [attempt("failed")], ["untrue"]),
        (Mishap(veracity=Veracity.RECANTATION), [attempt("sent"), attempt("failed")], ["recanted"]),
        (Mishap(veracity=Veracity.UNKNOWN_WORD), [attempt("?")], ["with an unknown word"]),
    ],
)
def test_what_happened_is_counted(
    mishap: Mishap, callbacks: Sequence[CallbackAttempt], happened: list[str]
) -> None:
    assert mishaps_of([job(mishap, callbacks)]) == Counter(happened)


@pytest.mark.parametrize("veracity", Veracity)
def test_of_a_dropped_callback_nothing_else_happened(veracity: Veracity) -> None:
    for late, is_overtaken in ((LATE, False), (timedelta(0), True)):
        drawn = Mishap(Arrival.DROPPED, late, is_overtaken, veracity)
        assert mishaps_of([job(drawn, [])]) == Counter(["dropped"])


def test_nothing_overtook_the_last_fax_of_the_day() -> None:
    assert mishaps_of([job(Mishap(is_overtaken=True), [attempt()])]) == Counter()


def test_a_callback_that_is_still_to_come_has_met_nothing() -> None:
    drawn = Mishap(Arrival.TWICE, LATE, veracity=Veracity.CONTRADICTION)
    assert mishaps_of([job(drawn, [])]) == Counter()


def test_a_statement_not_recanted_yet_is_no_recantation() -> None:
    assert mishaps_of([job(Mishap(veracity=Veracity.RECANTATION), [attempt()])]) == Counter()
