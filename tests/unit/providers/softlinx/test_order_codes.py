"""Our own code of an order, wherever a source has told it."""

import pytest

from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Fax, Sighting
from faxledger.providers.softlinx.order_codes import order_code_of
from tests.fakes.clock import NOON
from tests.fakes.faxes import outbound

CODE = "0123456789abcdef"


def sighting(name: str, value: str, source: Source = Source.CALLBACK) -> Sighting:
    return Sighting(source, "sent", NOON, {"FaxId": "33", name: value}, Status.SENT)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ProjectCode2", CODE, CODE),
        (" projectcode2", f" {CODE} ", CODE),
        ("ProjectCode2", "case-7", None),
        ("ProjectCode2", CODE.upper(), None),
        ("ProjectCode2", "", None),
        ("ProjectCode", CODE, None),
    ],
)
def test_a_code_is_read_where_it_was_put(name: str, value: str, code: str | None) -> None:
    assert order_code_of(Fax(outbound(), sightings=(sighting(name, value),))) == code


def test_a_further_source_may_tell_what_the_first_did_not() -> None:
    told = (sighting("TSI", "x"), sighting("ProjectCode2", CODE, Source.POLL))
    assert order_code_of(Fax(outbound(), sightings=told)) == CODE
