"""Received faxes: their documents are safe before Softlinx is told that they are handled."""

from datetime import timedelta
from itertools import pairwise

import pytest

from faxledger.domain.report import Duty, DutyState, Fax
from local.show.day_account import day_account_of
from local.show.day_account_text import day_account_text
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town, drain
from tests.support import plain_http

# Magic numbers of the simulator: goes through; is not there at the first two requests, or never.
GOOD, UNHEARD, LATER, NEVER = "12025550100", "12025550101", "12025550202", "12025550203"
DONE = {Duty.STORE: DutyState.DONE, Duty.MARK: DutyState.DONE}


def public(fax_id: str) -> str:
    return f"softlinx.inbound.acme.{fax_id}"


def known(town: Town, fax_id: str) -> Fax:
    return town.faxes()[public(fax_id)]


def is_marked(town: Town, fax_id: str) -> bool:
    (job,) = (job for job in town.softlinx.jobs() if job.job_id == fax_id)
    return bool(job.is_marked)


def retrievals(town: Town) -> list[timedelta]:
    """The pauses between requests for documents."""
    asked = [one.at for one in town.softlinx.requests() if one.operation == "GetReceiveFaxContent"]
    return [later - earlier for earlier, later in pairwise(asked)]


@pytest.mark.parametrize("api", ["soap", "rest"])
@pytest.mark.parametrize(("form", "media_type"), [("pdf", "application/pdf"), ("tif", "image/tiff")])
def test_a_document_is_kept_and_can_be_had_by_a_link_byte_for_byte(
    open_town: OpenTown, api: str, form: str, media_type: str
) -> None:
    town = open_town(account_id="", parameters={"SoftlinxApi": api, "SoftlinxDocumentType": form})
    fax_id = town.softlinx.receive(GOOD)
    assert town.get(f"/faxes/{public(fax_id)}/content").status_code == 404
    town.wait(minutes=15)
    fax = known(town, fax_id)
    assert (fax.duties, is_marked(town, fax_id)) == (DONE, True)
    assert fax.document is not None
    document = town.softlinx.document("inbound", fax_id, form)
    assert town.documents() == {fax.document.key: document}
    assert bool(town.softlinx.rest_requests()) is (api == "rest")

    content = town.get(f"/faxes/{public(fax_id)}").json()["content"]
    assert (content["type"], content["size"]) == (media_type, len(document))
    answer = town.get(f"/faxes/{public(fax_id)}/content")
    assert answer.status_code == 307
    link = answer.headers["location"]
    assert link.startswith(f"{town.bundle.aws_url}/")
    path = f"{town.bundle.url}/faxes/{public(fax_id)}/content"
    said = plain_http.get(path, headers={"accept": "application/json"}).json()["url"]
    assert said.partition("?")[0] == link.partition("?")[0]
    fetched = plain_http.get(link)
    assert (fetched.status_code, fetched.content) == (200, document)
    assert fetched.headers["content-type"] == media_type


def test_a_document_that_is_not_there_yet_is_fetched_when_it_is(town: Town) -> None:
    fax_id = town.softlinx.receive(LATER)
    town.wait(minutes=40)
    assert (known(town, fax_id).document, is_marked(town, fax_id)) == (None, False)
    town.wait(minutes=60)
    assert (known(town, fax_id).duties, is_marked(town, fax_id)) == (DONE, True)
    assert list(town.documents().values()) == [town.softlinx.document("inbound", fax_id)]


def test_a_document_that_never_comes_is_given_up_and_left_unmarked(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    fax_id = town.softlinx.receive(NEVER)
    town.wait(minutes=7 * 60)
    assert known(town, fax_id).duties == {Duty.STORE: DutyState.GIVEN_UP, Duty.MARK: DutyState.PENDING}
    assert not is_marked(town, fax_id)
    account = day_account_of(town.bundle, town.simulation)
    assert (account.received, account.stored, account.missing_documents) == (1, 0, (public(fax_id),))
    assert f"missing 1\n               {public(fax_id)}\n" in day_account_text(account)
    assert "marked       0 of 1: 1 not yet\n" in day_account_text(account)
    # Six tries half an hour apart, and none by the polls that are offered the fax every hour.
    assert {round(pause.total_seconds()) for pause in retrievals(town)} == {1800}
    assert len(retrievals(town)) == 5
    sqs = town.bundle.aws.client("sqs")
    (letter,) = drain(sqs, town.queue_named("RetrieveDeadLetters"))
    assert letter["detail"]["fax_id"] == public(fax_id)


def test_a_received_fax_that_no_provider_has_is_no_loss(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    url = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    said = {"FaxId": "900003", "FaxStatus": "recvOk", "Queue": "ReceiveFax", "PagesReceived": "1"}
    assert plain_http.post(url, data=said).status_code == 200
    town.softlinx.receive(GOOD)
    town.wait(minutes=7 * 60)
    account = day_account_of(town.bundle, town.simulation)
    assert (account.received, account.stored, account.made_up, account.missing_documents) == (2, 1, 1, ())
    assert "stored 1 of 2 received, missing 0, made up 1" in day_account_text(account)


def test_the_tries_of_one_transmission_are_one_case(town: Town) -> None:
    faxes = [public(fax_id) for fax_id in town.softlinx.receive_retried(GOOD, tsi="Clinic 7", broken_off=2)]
    other = public(town.softlinx.receive(GOOD, tsi="Clinic 8"))
    town.wait(minutes=30)

    case = {"id": faxes[-1], "faxes": faxes}
    assert [town.get(f"/faxes/{fax}").json()["case"] for fax in (*faxes, other)] == [case, case, case, None]
    told = {event["detail"]["fax_id"]: event["detail"].get("case_id") for event in town.events.heard()}
    assert told == {faxes[0]: None, faxes[1]: None, faxes[2]: faxes[-1], other: None}
    statuses = [town.get(f"/faxes/{fax}").json()["status"] for fax in faxes]
    assert statuses == ["received_partial", "received_partial", "received"]


def test_a_part_whose_callback_was_lost_joins_its_case_by_the_poll(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    town.wait(minutes=10)  # a poll comes first
    broken = public(town.softlinx.receive(UNHEARD, tsi="Clinic 7", breaks_off=True))
    town.wait(minutes=5)
    whole = public(town.softlinx.receive(GOOD, tsi="Clinic 7"))
    town.wait(minutes=90)

    assert town.get(f"/faxes/{broken}").json()["settled_by"] == "poll"
    assert town.get(f"/faxes/{whole}").json()["case"]["faxes"] == [broken, whole]
    (late,) = (event for event in town.events.heard() if event["detail"]["fax_id"] == broken)
    assert late["detail"]["case_id"] == whole


def test_an_old_fax_that_is_no_news_is_stored_all_the_same(open_town: OpenTown) -> None:
    town = open_town(account_id="", parameters={"TellFrom": "2026-11-30"})
    fax_id = town.softlinx.receive(UNHEARD)
    town.wait(minutes=7 * 60)
    assert town.events.heard() == []
    assert (known(town, fax_id).duties, is_marked(town, fax_id)) == (DONE, True)


def test_without_marks_documents_are_kept_and_nothing_is_marked(open_town: OpenTown) -> None:
    town = open_town(account_id="", parameters={"MarkFaxes": "false", "SoftlinxDocumentType": "tif"})
    fax_id = town.softlinx.receive(GOOD)
    town.wait(minutes=15)
    assert (known(town, fax_id).duties, is_marked(town, fax_id)) == ({Duty.STORE: DutyState.DONE}, False)
    assert list(town.documents().values()) == [town.softlinx.document("inbound", fax_id, "tif")]
