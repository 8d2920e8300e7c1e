"""What GreenFax's HTTP Notify sends, plain and with the whole query string encoded once more."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tests.support.bundle_on_moto import Stack, greenfax_get

OUTBOUND = {
    "result": "success",
    "timestamp": "01/10/2005 02:10:25 PM EST (GMT-5)",
    "destination": "12157018714",
    "pages": "1",
    "duration": "78",
    "userjobcode": "Order:1234",
    "greenfaxreferenceid": "8591334",
    "cost": "0.10",
}


def once(fields: dict[str, str]) -> str:
    return urlencode(fields)


def once_with_spaces_as_percents(fields: dict[str, str]) -> str:
    return urlencode(fields, quote_via=quote)


def twice(fields: dict[str, str]) -> str:
    return quote(urlencode(fields), safe="")


def twice_with_plus(fields: dict[str, str]) -> str:
    return quote_plus(urlencode(fields, quote_via=quote))


def twice_in_lower_hex(fields: dict[str, str]) -> str:
    whole = twice(fields)
    for code in ("3D", "2F", "3A", "2B"):
        whole = whole.replace(f"%{code}", f"%{code.lower()}")
    return whole


def twice_and_taken_for_a_name(fields: dict[str, str]) -> str:
    return twice(fields) + "="


FORMS = pytest.mark.parametrize(
    "form",
    [
        once,
        once_with_spaces_as_percents,
        twice,
        twice_with_plus,
        twice_in_lower_hex,
        twice_and_taken_for_a_name,
    ],
)


def settled(stack: Stack, query: dict[str, str] | str, *, is_inbound: bool = False) -> dict[str, Any]:
    """The one fax there is after the notification."""
    assert stack.http("GreenFaxNotify", greenfax_get(query, is_inbound=is_inbound)).status == 200
    (fax,) = stack.items("FAX#")
    return fax


@FORMS
def test_both_encodings_say_the_same(stack: Stack, form: Callable[[dict[str, str]], str]) -> None:
    fax = settled(stack, form(OUTBOUND))
    expected = {
        "pk": "FAX#greenfax#outbound#12345#8591334",
        "final_status": "sent",
        "settled_by": "notify",
        "completed_at": "2005-01-10T19:10:25.000Z",
        "to_number": "12157018714",
        "reference": "Order:1234",
        "pages": Decimal(1),
        "duration_seconds": Decimal(78),
        "cost_usd": "0.10",
    }
    assert {name: fax[name] for name in expected} == expected
    assert fax["sighting_notify"]["given"] == OUTBOUND


CODES = ("100% sure", "a+b", "50%25", "R&D=fun", "%3D%26", "a=b&c=d", "gr\u00fcn", "", "=", "%", "+", "%2B")


@FORMS
def test_a_value_survives_both_encodings(stack: Stack, form: Callable[[dict[str, str]], str]) -> None:
    for number, code in enumerate(CODES):
        # Not the last value: an `=` at the end may be the gateway's.
        fields = {"userjobcode": code, **OUTBOUND, "greenfaxreferenceid": str(number)} | {"userjobcode": code}
        assert stack.http("GreenFaxNotify", greenfax_get(form(fields))).status == 200
        fax = stack.item(f"greenfax.outbound.12345.{number}")
        assert fax is not None
        assert fax["sighting_notify"]["given"] == fields
        assert fax.get("reference") == (code or None)


@FORMS
def test_an_empty_last_value_survives_both_encodings(
    stack: Stack, form: Callable[[dict[str, str]], str]
) -> None:
    fields = {name: OUTBOUND[name] for name in OUTBOUND if name != "userjobcode"} | {"userjobcode": ""}
    assert settled(stack, form(fields))["sighting_notify"]["given"] == fields


@pytest.mark.parametrize("word", ["success", "SUCCESS", "Success"])
def test_success_in_any_case_is_sent(stack: Stack, word: str) -> None:
    fax = settled(stack, {**OUTBOUND, "result": word})
    assert fax["final_status"] == "sent"
    assert "failure_class" not in fax


@pytest.mark.parametrize(
    ("word", "failure_class"),
    [
        ("busy", "busy"),
        ("No Answer", "no_answer"),
        ("voice", "not_a_fax"),
        ("failed", "other"),
        ("successful", "other"),
        ("queued", "other"),
    ],
)
def test_any_other_word_is_a_failure_and_its_reason(stack: Stack, word: str, failure_class: str) -> None:
    fax = settled(stack, {**OUTBOUND, "result": word})
    assert (fax["final_status"], fax["error_text"], fax["failure_class"]) == ("failed", word, failure_class)


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("01/10/2005 02:10:25 PM EST (GMT-5)", "2005-01-10T19:10:25.000Z"),
        # The number counts, the letters do not.
        ("01/10/2005 02:10:25 PM EST (GMT-8)", "2005-01-10T22:10:25.000Z"),
        ("07/10/2005 02:10:25 PM EST (GMT-4)", "2005-07-10T18:10:25.000Z"),
        ("01/10/2005 02:10:25 PM PST (GMT+5:30)", "2005-01-10T08:40:25.000Z"),
        ("01/10/2005 12:10:25 AM EST (GMT-5)", "2005-01-10T05:10:25.000Z"),
        ("01/10/2005 02:10:25 PM PST", "2005-01-10T19:10:25.000Z"),
        ("01/10/2005 02:10:25 PM", "2005-01-10T19:10:25.000Z"),
        ("31/12/2005 02:10:25 PM EST (GMT-5)", None),
        ("soon", None),
    ],
)
def test_the_offset_of_a_timestamp_counts(stack: Stack, given: str, utc: str | None) -> None:
    fax = settled(stack, {**OUTBOUND, "timestamp": given})
    assert fax.get("completed_at") == utc


@pytest.mark.parametrize(
    ("cost", "kept"),
    [
        ("0.10", "0.10"),
        ("0.1", "0.1"),
        ("1", "1"),
        ("$12.345", "12.345"),
        ("", None),
        ("free", None),
        ("1e3", None),
        ("-1", None),
        ("NaN", None),
    ],
)
def test_the_cost_is_an_exact_decimal(stack: Stack, cost: str, kept: str | None) -> None:
    fax = settled(stack, {**OUTBOUND, "cost": cost})
    assert fax.get("cost_usd") == kept
    assert fax["sighting_notify"].get("unread") == ("cost_usd" if cost and not kept else None)


def test_each_recipient_of_one_reference_leaves_a_trace(stack: Stack) -> None:
    numbers = [f"1215701010{digit}" for digit in range(1, 7)]
    for number in numbers * 2:
        notified = greenfax_get({**OUTBOUND, "destination": number})
        assert stack.http("GreenFaxNotify", notified).status == 200
    (fax,) = stack.items("FAX#")
    sightings = [value for name, value in sorted(fax.items()) if name.startswith("sighting_")]
    assert [sighting["given"]["destination"] for sighting in sightings] == numbers[:4]
    kept = [bytes(item["raw"].value).decode() for item in stack.unreadable()]
    assert sorted(number for raw in kept for number in numbers if number in raw) == numbers[4:]


def test_an_id_is_kept_as_text(stack: Stack) -> None:
    fax = settled(stack, {**OUTBOUND, "greenfaxreferenceid": "00-A_1"})
    assert fax["pk"] == "FAX#greenfax#outbound#12345#00-A_1"


def test_values_equal_but_given_twice_are_fine(stack: Stack) -> None:
    assert settled(stack, urlencode(OUTBOUND) + "&result=success&RESULT=success")["final_status"] == "sent"


INBOUND = {
    "greenfax_job_id": "8591334",
    "inbound_fax_number": "12157018714",
    "fax_timestamp": "01/10/2005 02:10:25 PM EST (GMT-5)",
    "pages": "3",
    "sender": "12155550100",
    "filename": "8591334.pdf",
    "download_url": "https://www.greenfax.com/documents/8591334?key=a%26b",
}


@FORMS
def test_an_inbound_fax_comes_on_its_own_route(stack: Stack, form: Callable[[dict[str, str]], str]) -> None:
    fax = settled(stack, form(INBOUND), is_inbound=True)
    expected = {
        "pk": "FAX#greenfax#inbound#12345#8591334",
        "final_status": "received",
        "completed_at": "2005-01-10T19:10:25.000Z",
        "to_number": "12157018714",
        "from_number": "12155550100",
        "pages": Decimal(3),
    }
    assert {name: fax[name] for name in expected} == expected
    assert fax["sighting_notify"]["given"] == INBOUND


def test_outgoing_and_incoming_of_one_id_are_two_faxes(stack: Stack) -> None:
    stack.http("GreenFaxNotify", greenfax_get(OUTBOUND))
    stack.http("GreenFaxNotify", greenfax_get(INBOUND, is_inbound=True))
    assert len(stack.items("FAX#")) == 2


@pytest.mark.parametrize(("fields", "is_inbound"), [(OUTBOUND, True), (INBOUND, False)])
def test_a_notification_on_the_other_route_lacks_its_id(
    stack: Stack,
    fields: dict[str, str],
    is_inbound: bool,  # noqa: FBT001
) -> None:
    assert stack.http("GreenFaxNotify", greenfax_get(fields, is_inbound=is_inbound)).status == 400
