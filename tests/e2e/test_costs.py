"""What a GreenFax fax costs, by each of the three sources that say so."""

from urllib.parse import urlencode

from tests.e2e.conftest import ACCOUNTS, OpenTown
from tests.support import plain_http

UNHEARD = "12025550101"


EMAILS = {"StatusEmailRuleSet": "inbound", "StatusEmailRecipient": "fax-status@in.clinic.example"}


def test_every_cost_is_kept_exactly_and_a_difference_is_counted_once(open_town: OpenTown) -> None:
    town = open_town(realm="", parameters=EMAILS)
    job_id = town.greenfax.send(UNHEARD)
    told = {"result": "success", "greenfaxreferenceid": job_id, "cost": "9.990"}
    url = f"{town.bundle.url}/callbacks/greenfax/{ACCOUNTS.greenfax_token}?{urlencode(told)}"
    for _ in range(2):
        assert plain_http.get(url).status_code == 200
    town.wait(minutes=90)

    fax = town.get(f"/faxes/greenfax.outbound.12345.{job_id}").json()
    by_source = {sighting["source"]: sighting["cost_usd"] for sighting in fax["sightings"]}
    assert (fax["cost_usd"], fax["costs_differ"], by_source["notify"]) == ("9.990", True, "9.990")
    assert by_source["feed"] == by_source["email"]
    assert by_source["feed"].startswith("0.")
    assert town.bundle.log.total("CostDifference") == 1
