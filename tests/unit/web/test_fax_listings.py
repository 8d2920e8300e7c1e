"""A page of a listing is never larger than Lambda can answer."""

import json
from zoneinfo import ZoneInfo

from faxledger.domain.fax import FailureClass, Status
from faxledger.domain.report import Facts, Failure
from faxledger.web.fax_listings import MOST_BYTES, FaxListings
from faxledger.web.routing import Router
from tests.fakes.clock import StoppedClock
from tests.fakes.faxes import outbound, report
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryFaxListing
from tests.fakes.observe import LogLines
from tests.support.bundle_on_moto import query

# As many characters as the ledger keeps of a fact, each of them 7 bytes in an answer.
LONG = "\u00e9" * 1_000


def test_200_faxes_with_long_texts_are_two_pages_of_which_none_is_too_large() -> None:
    assert MOST_BYTES == 5 * 1024 * 1024
    ledger, log = InMemoryFaxLedger(StoppedClock()), LogLines()
    facts = Facts(to_number=LONG, from_number=LONG, user=LONG, reference=LONG)
    failure = Failure(FailureClass.OTHER, "1", LONG)
    for number in range(200):
        ledger.settle(report(outbound(number), Status.FAILED, facts=facts, failure=failure))
    listings = FaxListings(InMemoryFaxListing(ledger), {}, ZoneInfo("UTC"), log)
    router = Router(listings.routes, log)

    found: list[str] = []
    pages = 0
    cursor: str | None = ""
    while cursor is not None:
        asked = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        body = router.answer(query("GET /faxes", asked))["body"]
        # As it is sent: a text in JSON.
        assert len(json.dumps(body)) <= MOST_BYTES + 1_000
        page = json.loads(body)
        found += [fax["id"] for fax in page["faxes"]]
        cursor = page["cursor"]
        pages += 1

    assert pages == 2
    assert sorted(found) == sorted(str(outbound(number)) for number in range(200))
