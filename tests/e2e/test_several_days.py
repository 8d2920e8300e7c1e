"""Several days of GreenFax on which everything goes wrong: the whole promise, in one run.

On the first the feed's function is killed at each of its steps, runs overlap and are made by hand, and the
bundle is deployed again and again; on the second the feed answers nothing of use; the third is calm.
Meanwhile notifications are lost, 400 days of history worked off, faxes mailed, and hostile addresses planted.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain, count, cycle, pairwise
from zoneinfo import ZoneInfo

import pytest

from cli.main import main
from faxledger.domain.fax import Source
from faxledger.ledger.claims import DynamoClaims
from faxledger.ledger.table import Table
from faxledger.usecases.close_days import LEASE
from local.runtime.functions import Event, Killed
from local.show.simulators.faults import NO_FAULTS, Faults
from local.show.simulators.jobs import Job, JobDirection
from tests.e2e.conftest import START, Town, drain, open_towns
from tests.e2e.test_downloads import GIVEN_UP, tell
from tests.e2e.test_mailing import BOUNCED, LOST, SENT, fax, found, submit
from tests.e2e.test_manual_runs import run_at_once
from tests.support.reaper import Reaper

TABLE = "faxledger-Table"
PERIOD = timedelta(minutes=20)
DAY = timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")
LOSSES = Faults(drop=1 / 2)
FAULTS = replace(LOSSES, feed_errors=0.05, feed_cuts=0.10)
SILENCE = replace(LOSSES, drop=1, feed_errors=1)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=NEW_YORK)

HISTORY_FROM = START.date() - 400 * DAY
# Some, and those around the ends of windows.
HISTORY = {
    JobDirection.OUTBOUND: sorted({*range(0, 394, 20), *range(88, 93), *range(178, 183), *range(388, 394)}),
    JobDirection.INBOUND: [0, 89, 90, 250, 393],
}
PARAMETERS = {
    "GreenFaxHistoryFrom": HISTORY_FROM.isoformat(),
    "TellFrom": "2020-01-01",
    "GreenFaxSender": "faxes@clinic.example",
}
# Each to a number of its own, so that of those that come back without a code one alone can be meant.
MAILED_AND_TOLD = (SENT, "12125550001", "12135550102", "12145550105")
MAILED_AND_UNTOLD = ("12155550101", "12165550107")
MAILED_IN_SILENCE = ("12175550101", "12185550107")

# What an unsigned notification may name, and why it is not fetched.
PLANTED = {
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/": "the address is not https",
    "https://10.0.0.8/fax.pdf": "the address names no host by its plain name",
    "https://www.greenfax.com:8443/fax.pdf": "the address names a port",
    "https://evil.example/fax.pdf": "the address names a host that is not allowed",
    "https://evilgreenfax.com/fax.pdf": "the address names a host that is not allowed",
    "https://www.greenfax.com.evil.example/fax.pdf": "the address names a host that is not allowed",
    "https://www.greenfax.com@evil.example/": "the address is not a plain URL",
}
# What GreenFax's own host may answer, by the caller's number.
BAITS = {
    "12025550204": "the address is not https",
    "12025550205": "the document: it is neither PDF nor TIFF",
    "12025550206": "the document: it is larger than 67108864 bytes",
}


@dataclass
class Days:
    """The town, and what has been done to it."""

    town: Town
    mishaps: Counter[str] = field(default_factory=Counter)
    mailed: list[str] = field(default_factory=list)
    # By whatever stands in an address's place: the job that it came with.
    hostile: dict[str, str] = field(default_factory=dict)
    silent_from: datetime = START
    silent_until: datetime = START
    known_in_silence: set[str] = field(default_factory=set)

    @property
    def requests(self) -> int:
        return len(self.town.greenfax.feed_requests())


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    reaper = Reaper()
    with (
        pytest.MonkeyPatch.context() as patch,
        reaper.at_work(patch),
        open_towns(tmp_path_factory.mktemp("days")) as open_town,
    ):
        days = Days(open_town(realm="", parameters=PARAMETERS, seed=7, faults=LOSSES))
        let_nobody_close_days(days.town)
        for direction, remembered in HISTORY.items():
            for day in remembered:
                days.town.greenfax.remember(direction, noon(HISTORY_FROM + day * DAY))
        days.town.simulation.plan_day(60)
        plant(days)
        days.mailed += mail(days.town, *MAILED_AND_TOLD, *MAILED_AND_UNTOLD, BOUNCED, LOST)
        days.town.wait(minutes=5)
        kill_at_every_step(days, reaper)
        meddle(days, reaper, until=MIDNIGHT - timedelta(hours=1.5))
        stay_silent(days, until=MIDNIGHT + DAY)
        days.town.wait(minutes=26 * 60)
        yield days


def noon(day: date) -> datetime:
    return datetime.combine(day, START.time(), START.tzinfo)


def let_nobody_close_days(town: Town) -> None:
    """As if a run did so all the while: there are 400, of which tests/e2e/test_closed_days.py has some."""
    table = Table(town.bundle.aws.client("dynamodb"), TABLE, retention_days=400, overdue_hours=24)
    lease = DynamoClaims(table).claim(LEASE, now=START, until=START + 30 * DAY)
    assert lease.is_granted


def mail(town: Town, *numbers: str) -> list[str]:
    return submit(town, fax(*numbers), f"mailed-{town.clock.now():%d-%H%M%S}")


def plant(days: Days) -> None:
    """Addresses that nobody may ask: in notifications of anybody's, and in GreenFax's own."""
    for number, url in enumerate(PLANTED, start=901):
        tell(days.town, str(number), url)
        days.hostile[url] = str(number)
    for caller in BAITS:
        days.hostile[caller] = days.town.greenfax.receive(caller)


def kill_at_every_step(days: Days, reaper: Reaper) -> None:
    """Scheduled runs die, each a step later than the one before, until one comes to its end."""
    for is_late in (False, True):
        for step in count(1):
            died, asked = kill(days, reaper, step, is_late=is_late)
            while not (died or asked):
                died, asked = kill(days, reaper, step, is_late=is_late)
            if not died:
                break
            days.mishaps["killed after its request" if asked else "killed before its request"] += 1


def kill(days: Days, reaper: Reaper, step: int, *, is_late: bool) -> tuple[bool, bool]:
    """Let the next run die at a step; whether it did, and whether it had asked."""
    died = []
    before = days.requests

    @contextmanager
    def dying(_: Event) -> Iterator[None]:
        try:
            with reaper.at(step, is_late=is_late):
                yield
        except Killed:
            died.append(step)
            raise

    feed = days.town.bundle.functions["GreenFaxFeed"]
    usual, feed.around = feed.around, dying
    days.town.wait(minutes=23)
    feed.around = usual
    return bool(died), days.requests > before


def meddle(days: Days, reaper: Reaper, *, until: datetime) -> None:
    """Whoever looks after this bundle has a bad day, and GreenFax has one too."""
    town, dice = days.town, random.Random(7)  # noqa: S311 - the same mishaps every time
    town.greenfax.faults = FAULTS
    pauses = chain((0, 1, 18.5, 0.2, 19.5, 20, 7, 11), iter(lambda: dice.uniform(1, 60), None))
    for mishap in cycle(("by hand", "at once", "redeployed", "redeployed while it runs", "killed")):
        town.wait(minutes=next(pauses))
        if town.clock.now() >= until:
            return
        match mishap:
            case "by hand":
                run_at_once(town, "greenfax_feed", times=1)
            case "at once":
                run_at_once(town, "greenfax_feed", "GreenFaxFeed", times=2)
            case "redeployed":
                town.bundle.redeploy()
            case "redeployed while it runs":
                # Both schedules, the old one's last run and the new one's first, and a person.
                town.clock.at(town.clock.now() + timedelta(seconds=20), town.bundle.redeploy)
                run_at_once(town, "greenfax_feed", times=2)
            case "killed":
                kill(days, reaper, dice.randrange(1, 9), is_late=dice.choice((False, True)))
        days.mishaps[mishap] += 1


def stay_silent(days: Days, *, until: datetime) -> None:
    """Nobody is told of anything, and the feed answers nothing of use."""
    town = days.town
    town.greenfax.faults, days.silent_from = SILENCE, town.clock.now()
    town.simulation.plan_day(12)
    days.mailed += mail(town, *MAILED_IN_SILENCE)
    town.wait(minutes=(until - town.clock.now()) / timedelta(minutes=1))
    town.greenfax.faults, days.silent_until = NO_FAULTS, town.clock.now()
    days.known_in_silence = {name for name, known in town.faxes().items() if known.is_settled}


# --- what is true when they are over ----------------------------------------------------------------------


def test_no_two_requests_come_within_20_minutes_whatever_happens(days: Days) -> None:
    requests = days.town.greenfax.feed_requests()
    assert min(later.at - earlier.at for earlier, later in pairwise(requests)) >= PERIOD
    assert {request.status for request in requests} == {200, 500}
    assert "FeedTooSoon" not in days.town.bundle.log.path.read_text()
    assert {request.direction for request in requests} == set(JobDirection)
    # And it went on asking.
    assert len(requests) > 2 * (days.town.clock.now() - START) / timedelta(hours=1)


def test_everything_went_wrong_more_than_once(days: Days) -> None:
    assert min(days.mishaps.values()) > 1
    assert set(days.mishaps) == {
        "killed before its request",
        "killed after its request",
        "by hand",
        "at once",
        "redeployed",
        "redeployed while it runs",
        "killed",
    }


def test_400_days_of_history_are_settled_and_told_to_nobody(days: Days) -> None:
    faxes = days.town.faxes()
    history = [job for job in jobs(days) if job.created_at < noon(HISTORY_FROM + 394 * DAY)]
    assert len(history) == sum(map(len, HISTORY.values()))
    for job in history:
        assert (faxes[job.public_id].is_history, faxes[job.public_id].settled_by) == (True, Source.FEED)
    announced = {event["detail"]["fax_id"] for event in days.town.events.heard()}
    assert announced.isdisjoint(job.public_id for job in history)


def test_no_day_is_left_out_but_those_that_are_too_young(
    days: Days, capsys: pytest.CaptureFixture[str]
) -> None:
    today = days.town.clock.now().astimezone(NEW_YORK).date()
    whole = [{"first": HISTORY_FROM.isoformat(), "last": (today - 3 * DAY).isoformat()}]
    feeds = days.town.get("/feeds").json()["feeds"]
    assert {feed["direction"]: feed["covered"] for feed in feeds} == dict.fromkeys(JobDirection, whole)
    for feed in feeds:
        assert (feed["missing"], feed["passed_over"], feed["back_fill"]["days_read"]) == ([], None, 394)
    assert main(["feeds", "--api-url", days.town.bundle.url]) == 0
    outbound, inbound = capsys.readouterr().out.split("greenfax inbound")
    for said in (outbound, inbound):
        assert f"read         {HISTORY_FROM} to {today - 3 * DAY}\n" in said
        assert "missing      nothing\n" in said
        assert "394 of 394 days" in said


def test_the_provider_was_heard_by_each_way_it_has(days: Days, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "--api-url", days.town.bundle.url]) == 0
    said = capsys.readouterr().out
    assert "notify               last heard 20" in said
    assert "outbound feed        last asked 20" in said


def test_every_job_sent_by_email_is_joined_to_its_status(days: Days) -> None:
    *told, untold, unreachable, bounced, lost, silent, also_silent = days.mailed
    documents = {one: found(days.town, one) for one in days.mailed}
    assert documents[bounced]["state"] == "refused"
    assert "joined_by" not in documents[lost]
    by = {one: document.get("joined_by") for one, document in documents.items() if one not in (bounced, lost)}
    by_guess = dict.fromkeys((untold, unreachable, silent, also_silent), "guess")
    # The feed tells no job code.
    assert by == dict.fromkeys(told, "code") | by_guess
    assert {documents[one]["submission"] for one in by} == set(by)
    failed = {documents[one]["to_number"] for one in by if documents[one]["status"] == "failed"}
    assert failed == {"12125550001"}


def test_what_nothing_was_heard_of_for_a_day_is_overdue_once(days: Days) -> None:
    overdue = [one for one in days.town.events.heard() if one["detail-type"] == "Fax Overdue"]
    *_, lost, silent, also_silent = days.mailed
    # The last two have come back since.
    assert Counter(one["detail"]["fax_id"].rpartition(".")[2] for one in overdue) == {
        lost: 1,
        silent: 1,
        also_silent: 1,
    }


def test_what_no_notification_told_was_found_by_the_feed(days: Days) -> None:
    faxes = days.town.faxes()
    untold = [job for job in jobs(days) if not job.was_told]
    assert len(untold) > 40
    assert {faxes[job.public_id].settled_by for job in untold} == {Source.FEED}
    assert {job.public_id for job in jobs(days)} <= {name for name, one in faxes.items() if one.is_settled}


def test_a_day_without_its_feed_is_made_up_for_by_nothing_but_time(days: Days) -> None:
    silent = {
        job.public_id
        for job in jobs(days)
        if job.completed_at and days.silent_from < job.completed_at < days.silent_until
    }
    assert len(silent) > 10
    assert silent.isdisjoint(days.known_in_silence)
    asked_in_vain = [
        one for one in days.town.greenfax.feed_requests() if days.silent_from < one.at < days.silent_until
    ]
    assert {one.status for one in asked_in_vain} == {500}
    # Every 23 minutes, and a person beside that.
    assert len(asked_in_vain) > 55


def test_hostile_downloads_are_refused_and_named(days: Days) -> None:
    faxes, why = days.town.faxes(), reasons(days)
    for what, reason in {**PLANTED, **BAITS}.items():
        name = received(days.hostile[what])
        assert (faxes[name].duties, why[name]) == (GIVEN_UP, {reason}), what
    unfinished = days.town.get("/faxes?unfinished=true").json()["faxes"]
    # What was mailed and not heard of yet is unfinished as well.
    stores = {one["id"]: one["duties"]["store"]["state"] for one in unfinished if one["kind"] == "fax"}
    assert stores == {received(job_id): "given_up" for job_id in days.hostile.values()}
    letters = drain(days.town.bundle.aws.client("sqs"), days.town.queue_named("DownloadDeadLetters"))
    tried_in_vain = {received(days.hostile[caller]) for caller in ("12025550205", "12025550206")}
    assert {letter["detail"]["fax_id"] for letter in letters} == tried_in_vain


def test_every_other_document_is_kept_byte_for_byte_and_nothing_else(days: Days) -> None:
    inbound = [job.job_id for job in jobs(days) if job.direction is JobDirection.INBOUND]
    good = set(inbound).difference(days.hostile.values())
    assert len(good) > len(HISTORY[JobDirection.INBOUND])
    faxes = days.town.faxes()
    documents = {key: kept for key, kept in days.town.documents().items() if key.startswith("greenfax/")}
    for job_id in good:
        stored = faxes[received(job_id)].document
        assert stored is not None
        assert documents.pop(stored.key) == days.town.greenfax.document(job_id)
    assert documents == {}


def received(job_id: str) -> str:
    return f"greenfax.inbound.12345.{job_id}"


def jobs(days: Days) -> list[Job]:
    """The truth about every fax that has come to its end."""
    return [job for job in days.town.simulation.jobs() if job.completed_at]


def reasons(days: Days) -> dict[str, set[str]]:
    """Why documents could not be had, as the log has it, by the fax's id."""
    found: dict[str, set[str]] = {}
    for line in days.town.bundle.log.path.read_text().splitlines():
        if '"retrieval failed"' in line:
            failure = json.loads(line.partition("\t")[2])
            found.setdefault(failure["fax_id"], set()).add(failure["reason"])
    return found
