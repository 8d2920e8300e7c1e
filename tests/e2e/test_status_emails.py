"""GreenFax's status emails beside the bundle, where a receipt rule set was named."""

import pytest

from faxledger.domain.fax import Source, Status
from local.errors import CannotRun
from tests.e2e.conftest import OpenTown

GOOD, BUSY, UNHEARD = "12025550100", "12025550001", "12025550101"
ON = {"StatusEmailRuleSet": "inbound", "StatusEmailRecipient": "fax-status@in.clinic.example"}


def test_an_email_settles_what_no_notification_told(open_town: OpenTown) -> None:
    town = open_town(realm="", parameters=ON)
    told = {number: town.greenfax.send(number) for number in (GOOD, BUSY, UNHEARD)}
    town.wait(minutes=11)
    faxes = {number: town.faxes()[f"greenfax.outbound.12345.{job_id}"] for number, job_id in told.items()}
    assert (faxes[UNHEARD].status, faxes[UNHEARD].settled_by) == (Status.SENT, Source.EMAIL)
    for number, status in ((GOOD, Status.SENT), (BUSY, Status.FAILED)):
        fax = faxes[number]
        assert (fax.status, fax.settled_by, fax.conflict, fax.costs_differ) == (
            status,
            Source.NOTIFY,
            None,
            False,
        )
        assert {sighting.source for sighting in fax.sightings} >= {Source.NOTIFY, Source.EMAIL}
    assert town.get("/faxes?status=failed").json()["faxes"][0]["cost_usd"] is not None


def test_without_a_rule_set_there_is_nothing_of_it(open_town: OpenTown) -> None:
    town = open_town(realm="")
    assert town.bundle.mailbox is None
    assert not town.bundle.cloud.has("StatusEmails")
    assert "GreenFaxEmail" not in town.bundle.functions


@pytest.mark.parametrize("missing", [{"StatusEmailRecipient": ""}, {"GreenFaxAccountId": ""}])
def test_a_rule_set_alone_is_not_enough(open_town: OpenTown, missing: dict[str, str]) -> None:
    with pytest.raises(CannotRun, match="beside StatusEmailRuleSet"):
        open_town(parameters={**ON, **missing})
