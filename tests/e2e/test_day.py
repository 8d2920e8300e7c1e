"""A day of 60 faxes with everything going wrong: every one of them is accounted for."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from faxledger.domain.fax import Source
from faxledger.domain.report import Duty, DutyState, Fax
from local.show.day_account import day_account_of
from local.show.day_account_text import day_account_text
from local.show.simulation import AFTERWARDS, DAY
from local.show.simulators.faults import Arrival, Faults, Veracity
from local.show.simulators.jobs import Job, JobDirection, JobProvider, JobStatus
from tests.e2e.conftest import START, Town, open_towns

JOBS = 60
FAULTS = Faults(
    drop=1 / 3,
    repeat=1 / 3,
    unreachable=0.03,
    delay=0.15,
    reorder=0.15,
    contradict=0.08,
    recant=0.08,
    unknown_word=0.08,
    feed_errors=0.05,
)
PULLS = {Source.POLL, Source.FEED}
SETTLING = {"Fax Sent", "Fax Failed", "Fax Received"}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_towns(tmp_path_factory.mktemp("day")) as open_town:
        town = open_town(jobs=JOBS, seed=3, faults=FAULTS)
        marked_before_settled = []
        # Some moments of the day, at which nothing may be marked that the ledger does not hold.
        for _ in range(13):
            town.wait(minutes=123)
            settled = {name for name, fax in town.faxes().items() if fax.is_settled and not fax.is_unstored}
            marked_before_settled += [
                job.public_id
                for job in town.softlinx.jobs()
                if job.is_marked and job.public_id not in settled
            ]
        assert marked_before_settled == []
        assert town.clock.now() >= START + DAY + AFTERWARDS
        yield town


def jobs_and_faxes(day: Town) -> list[tuple[Job, Fax]]:
    faxes = day.faxes()
    return [(job, faxes[job.public_id]) for job in day.simulation.jobs()]


def test_the_day_has_all_its_mishaps(day: Town) -> None:
    mishaps = [job.mishap for job in day.simulation.jobs()]
    arrivals = Counter(mishap.arrival for mishap in mishaps)
    assert len(mishaps) == JOBS
    assert arrivals[Arrival.DROPPED] > JOBS / 4
    assert arrivals[Arrival.TWICE] + arrivals[Arrival.THRICE] > JOBS / 4
    assert {mishap.veracity for mishap in mishaps} == set(Veracity)
    assert any(mishap.is_overtaken for mishap in mishaps)
    assert any(mishap.late for mishap in mishaps)


def test_every_fax_is_final_in_the_ledger_and_no_other_is_there(day: Town) -> None:
    jobs = {job.public_id for job in day.simulation.jobs()}
    settled = {name for name, fax in day.faxes().items() if fax.is_settled}
    assert settled == jobs == set(day.faxes())


def test_every_fax_has_the_status_that_was_reported_first(day: Town) -> None:
    for job, fax in jobs_and_faxes(day):
        expected = job.status if fax.settled_by in PULLS else pushed(job)[0][1]
        assert str(fax.first_status) == expected, job


def test_a_second_status_shows_as_a_conflict(day: Town) -> None:
    conflicts = 0
    for job, fax in jobs_and_faxes(day):
        claimed = {status for _, status in pushed(job)}
        claimed |= {job.status for seen in fax.sightings if seen.source in PULLS}
        pull_spoke = fax.conflict is not None and fax.conflict.source in PULLS
        claimed |= {job.status} if pull_spoke else set()
        assert (fax.conflict is not None) == (len(claimed) > 1), job
        conflicts += fax.conflict is not None
    assert conflicts > 0


def test_every_fax_is_announced_once_and_every_conflict_too(day: Town) -> None:
    heard = day.events.heard()
    settled = [event["detail"]["fax_id"] for event in heard if event["detail-type"] in SETTLING]
    disputed = [event["detail"]["fax_id"] for event in heard if event["detail-type"] == "Fax Status Conflict"]
    assert sorted(settled) == sorted(job.public_id for job in day.simulation.jobs())
    assert sorted(disputed) == sorted(name for name, fax in day.faxes().items() if fax.conflict)
    assert len(heard) == len(settled) + len(disputed)


def test_softlinx_faxes_are_marked_and_no_others(day: Town) -> None:
    for job, fax in jobs_and_faxes(day):
        is_softlinx = job.provider is JobProvider.SOFTLINX
        assert bool(job.is_marked) is is_softlinx
        owed = {Duty.MARK} if is_softlinx else set()
        owed |= {Duty.STORE} if job.direction is JobDirection.INBOUND else set()
        assert fax.duties == dict.fromkeys(owed, DutyState.DONE)


def test_the_document_of_every_received_fax_is_kept_byte_for_byte(day: Town) -> None:
    received = [(job, fax) for job, fax in jobs_and_faxes(day) if job.direction is JobDirection.INBOUND]
    assert {job.provider for job, _ in received} == set(JobProvider)
    kept = day.documents()
    assert len(kept) == len(received)
    for job, fax in received:
        assert fax.document is not None
        is_softlinx = job.provider is JobProvider.SOFTLINX
        sent = (
            day.softlinx.document("inbound", job.job_id) if is_softlinx else day.greenfax.document(job.job_id)
        )
        assert kept[fax.document.key] == sent


def test_the_feeds_were_asked_at_most_once_in_20_minutes(day: Town) -> None:
    requests = day.greenfax.feed_requests()
    pauses = [later.at - earlier.at for earlier, later in pairwise(requests)]
    assert min(pauses) >= timedelta(minutes=20)
    assert 429 not in {request.status for request in requests}
    assert {request.direction for request in requests} == set(JobDirection)
    # And it did go on asking: a day has 62 times 23 minutes.
    assert len(requests) >= 62


def test_softlinx_was_asked_one_query_at_a_time(day: Town) -> None:
    assert day.softlinx.most_queries_at_once == 1
    logins = [request for request in day.softlinx.requests() if request.operation == "Login"]
    assert len(logins) >= 24


def test_the_account_agrees_with_the_simulators(day: Town) -> None:
    account = day_account_of(day.bundle, day.simulation)
    finished = Counter(fax.first_status for fax in day.faxes().values())
    assert account.statuses == finished
    assert account.lost == ()
    assert account.finished == JOBS
    assert account.settled_by.total() == JOBS
    assert account.rescued.total() >= sum(not job.was_told for job in day.simulation.jobs())
    assert account.duplicates > 0
    assert account.unknown_words > 0
    assert account.owed_marks == account.given_up_marks == 0
    assert account.stored == account.received == len(day.documents())
    text = day_account_text(account)
    assert f"stored {account.stored} of {account.received} received, missing 0" in text
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_the_report_of_the_day_agrees_with_every_fax_there_is(day: Town) -> None:
    # What was handed in last has come to its end some minutes later.
    until = START + DAY + timedelta(minutes=30)
    span = f"from={START:%Y-%m-%dT%H:%MZ}&to={until:%Y-%m-%dT%H:%MZ}"
    report = day.get(f"/reports?{span}").json()
    total, faxes = report["total"], day.faxes().values()
    assert total["faxes"] == total["final"] == JOBS
    assert +Counter(total["statuses"]) == Counter(str(fax.status) for fax in faxes)
    assert +Counter(total["first_told_by"]) == Counter(str(fax.settled_by) for fax in faxes)
    assert total["conflicts"] == {"open": sum(fax.conflict is not None for fax in faxes), "resolved": 0}
    assert sum(total["owed"].values()) == 0
    assert total["late_pushes"]["disagreed"] > 0
    assert (report["is_complete"], report["reasons"]) == (True, [])


def test_nothing_is_left_in_queues_and_nothing_failed_for_good(day: Town) -> None:
    sqs = day.bundle.aws.client("sqs")
    for name in day.bundle.cloud.names_of("AWS::SQS::Queue"):
        counts = sqs.get_queue_attributes(QueueUrl=day.queue_named(name), AttributeNames=["All"])
        assert counts["Attributes"]["ApproximateNumberOfMessages"] == "0"
        assert counts["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"
    bucket = day.bundle.cloud.ref("FailedRecords")
    assert day.bundle.aws.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def pushed(job: Job) -> list[tuple[datetime, JobStatus]]:
    """When which final status was pushed and taken, in order."""
    return [
        (attempt.at, status)
        for attempt in job.callbacks
        if attempt.is_acknowledged and (status := meaning(job, attempt.said)) is not None
    ]


def meaning(job: Job, said: str) -> JobStatus | None:
    """What a status word means, after the providers' own pages and not after the code under test."""
    words = {
        "sent": JobStatus.SENT,
        "success": JobStatus.SENT,
        "sendFailed": JobStatus.FAILED,
        "recvOk": JobStatus.RECEIVED,
        "recvIncomplete": JobStatus.RECEIVED_PARTIAL,
        "": JobStatus.RECEIVED,  # GreenFax's inbound notification has no word
    }
    if said in words:
        return words[said]
    return JobStatus.FAILED if job.provider is JobProvider.GREENFAX else None
