from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import pytest

from faxledger.errors import MalformedInput
from faxledger.providers.softlinx.orders import Document, FaxOrder, FaxRecipient, date_text
from faxledger.providers.softlinx.rest.forms import Form
from faxledger.providers.softlinx.send_answers import send_answers

TO = (FaxRecipient("12025550100", name="Jane Canary"),)


def test_every_option_of_the_order_is_sent_when_it_is_chosen() -> None:
    chosen = {field.name: field.name for field in fields(FaxOrder)} | {
        "recipients": TO,
        "documents": (),
        "send_after": datetime(2026, 1, 2, tzinfo=UTC),
    }

    options = FaxOrder(**chosen).options()  # type: ignore[arg-type]

    assert len(options) == len(chosen) - 2
    assert options["ProjectCode2"] == "project_code_2"


def test_a_date_has_seconds_and_an_offset() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))

    assert date_text(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=zone)) == "2026-01-02T03:04:05+05:30"
    assert date_text(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00+00:00"


ODD = Document.of_bytes(b"", file_name="Canary\r\n")
IMPOSSIBLE: dict[str, tuple[str, Callable[[], FaxOrder]]] = {
    "nobody": ("recipients", lambda: FaxOrder(recipients=())),
    "no number": ("recipient", lambda: FaxOrder(recipients=(FaxRecipient(" "),))),
    "a zero byte": ("recipient", lambda: FaxOrder(recipients=(FaxRecipient("1", name="Canary\x00"),))),
    "a header more": ("recipient", lambda: FaxOrder(recipients=(FaxRecipient("1\r\nX: y"),))),
    "no offset": ("send_after", lambda: FaxOrder(recipients=TO, send_after=datetime(2026, 1, 2))),  # noqa: DTZ001
    "a control": ("CoverMessage", lambda: FaxOrder(recipients=TO, cover_message="Canary\x1b")),
    "a line end": ("TSI", lambda: FaxOrder(recipients=TO, tsi="Canary\n")),
    "a file of two lines": ("document", lambda: FaxOrder(recipients=TO, documents=(ODD,))),
    "half a character": ("FaxHeader", lambda: FaxOrder(recipients=TO, header="\ud800")),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_could_not_be_sent_as_it_is_is_no_order(case: str) -> None:
    field, order = IMPOSSIBLE[case]

    with pytest.raises(MalformedInput) as refused:
        order()
    assert refused.value.field == field
    assert "Canary" not in str(refused.value)


def test_no_order_shows_whom_it_is_for() -> None:
    document = Document.of_bytes(b"Canary", file_name="Canary.pdf")
    order = FaxOrder(recipients=TO, documents=(document,), cover_message="Canary")
    handed = send_answers(["2065550100"], [{"FaxId": "1", "ErrorText": "2065550100"}])

    shown = repr((order, order.recipients, order.documents, handed))

    assert "Canary" not in shown
    assert "2025550100" not in shown
    assert "2065550100" not in shown


def test_a_form_is_as_long_as_it_says_and_no_name_breaks_out_of_its_header() -> None:
    document = Document.of_bytes(b"%PDF\r\n", file_name='a"; name="b.pdf')
    body = Form([("FaxNumber", "1"), ("CoverMessage", "ä\n")], (document,), file_field="File").body()

    content = b"".join(body.pieces)

    assert len(content) == body.size
    assert (
        b'name="File"; filename="a%22; name=%22b.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n\r\n--'
        in content
    )
