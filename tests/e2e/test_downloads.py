"""Received GreenFax faxes: their documents are fetched from GreenFax and from nobody else."""

from urllib.parse import urlencode

import pytest

from faxledger.domain.fax import Source
from faxledger.domain.report import Duty, DutyState, Fax
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town, drain
from tests.support import plain_http

# Magic numbers of the simulator: goes through; the same, unheard; not there at the first requests, or never.
GOOD, UNHEARD, LATER, NEVER = "12025550100", "12025550101", "12025550202", "12025550203"
DONE, GIVEN_UP = {Duty.STORE: DutyState.DONE}, {Duty.STORE: DutyState.GIVEN_UP}


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    """One provider is enough."""
    return open_town(realm="")


def known(town: Town, job_id: str) -> Fax:
    return town.faxes()[f"greenfax.inbound.12345.{job_id}"]


def test_a_document_is_kept_and_can_be_had_by_a_link_and_the_bus_is_told(town: Town) -> None:
    job_id = town.greenfax.receive(GOOD)
    town.wait(minutes=5)
    fax = known(town, job_id)
    assert (fax.settled_by, fax.duties) == (Source.NOTIFY, DONE)
    assert fax.document is not None
    assert town.documents() == {fax.document.key: town.greenfax.document(job_id)}
    assert fax.document.key in town.get(f"/faxes/{fax.id}/content").headers["location"]
    assert [(event["detail-type"], event["detail"]["fax_id"]) for event in town.events.heard()] == [
        ("Fax Received", str(fax.id))
    ]


def test_a_document_whose_notification_was_lost_is_fetched_after_the_feed(town: Town) -> None:
    job_id = town.greenfax.receive(UNHEARD)
    town.wait(minutes=90)
    assert (known(town, job_id).settled_by, known(town, job_id).duties) == (Source.FEED, DONE)


def test_a_document_that_is_not_there_yet_is_fetched_when_it_is(town: Town) -> None:
    later, never = town.greenfax.receive(LATER), town.greenfax.receive(NEVER)
    town.wait(minutes=40)
    assert known(town, later).duties == DONE
    town.wait(minutes=6 * 60)
    assert known(town, never).duties == GIVEN_UP
    # Ten tries in three hours, and no sweep that comes again and again.
    assert town.greenfax.downloads()[never] == 10
    (letter,) = drain(town.bundle.aws.client("sqs"), town.queue_named("DownloadDeadLetters"))
    assert letter["detail"]["fax_id"] == str(known(town, never).id)


def test_a_hostile_address_is_refused_and_the_feed_s_is_used_instead(town: Town) -> None:
    job_id = town.greenfax.receive(UNHEARD)
    tell(town, job_id, "https://www.greenfax.com@evil.example/")
    town.wait(minutes=1)
    assert (known(town, job_id).duties, town.documents()) == (GIVEN_UP, {})
    town.wait(minutes=150)
    assert known(town, job_id).duties == DONE
    assert list(town.documents().values()) == [town.greenfax.document(job_id)]


def test_an_old_fax_that_is_no_news_is_stored_all_the_same(open_town: OpenTown) -> None:
    town = open_town(realm="", parameters={"TellFrom": "2026-11-30"})
    job_id = town.greenfax.receive(GOOD)
    town.wait(minutes=6 * 60)
    assert town.events.heard() == []
    assert known(town, job_id).duties == DONE


def tell(town: Town, job_id: str, url: str) -> None:
    """Somebody who knows the callback's URL says where a document is."""
    fields = {"greenfax_job_id": job_id, "pages": "1", "sender": GOOD, "download_url": url}
    path = f"/callbacks/greenfax/{ACCOUNTS.greenfax_token}/inbound"
    assert plain_http.get(f"{town.bundle.url}{path}?{urlencode(fields)}").status_code == 200
