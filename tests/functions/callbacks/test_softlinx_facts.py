"""What Softlinx posts, as its developer pages and the clients in production have it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.bundle_on_moto import Stack, softlinx_post

OUTBOUND = {
    "Queue": "SendFax",
    "FaxId": "0033",
    "FaxStatus": "sendFailed",
    "FaxNumber": "12125550101",
    "FaxUserId": "clinic1",
    "CompleteTime": "2026-11-22T15:03:58Z",
    "Duration": "46",
    "ErrorCode": "0017",
    "ErrorText": "Line busy (50% of tries) + more",
    "PagesSent": "0",
    "ProjectCode": "REF-1001",
    "Realm": "ACME",
    "TSI": "12125550199",
}
INBOUND = {
    "Queue": "ReceiveFax",
    "FaxId": "33",
    "FaxStatus": "recvOk",
    "CallerNumber": "12125550102",
    "DestFaxNumber": "12125550191",
    "ReceivedTime": "2026-11-22T15:03:58Z",
    "PagesReceived": "3",
    "Duration": "90",
    "ErrorCode": "0",
    "ErrorText": "",
    "FaxUserId": "clinic1",
    "TSI": "clinic",
    "Realm": "acme",
}


def settled(stack: Stack, event: dict[str, Any]) -> dict[str, Any]:
    """The one fax there is after the callback."""
    assert stack.http("SoftlinxCallback", event).status == 200
    (fax,) = stack.items("FAX#")
    return fax


def test_an_outbound_fax_is_settled_with_all_that_is_known_of_it(stack: Stack) -> None:
    fax = settled(stack, softlinx_post(OUTBOUND))
    expected = {
        "pk": "FAX#softlinx#outbound#acme#33",
        "final_status": "failed",
        "settled_by": "callback",
        "completed_at": "2026-11-22T15:03:58.000Z",
        "failure_class": "busy",
        "error_code": "0017",
        "error_text": "Line busy (50% of tries) + more",
        "to_number": "12125550101",
        "user": "clinic1",
        "reference": "REF-1001",
        "pages": Decimal(0),
        "duration_seconds": Decimal(46),
        "duty_mark": "pending",
    }
    assert {name: fax[name] for name in expected} == expected
    assert fax["sighting_callback"]["given"] == OUTBOUND


def test_an_inbound_fax_is_settled_and_has_to_be_stored_before_it_is_marked(stack: Stack) -> None:
    fax = settled(stack, softlinx_post(INBOUND))
    expected = {
        "pk": "FAX#softlinx#inbound#acme#33",
        "final_status": "received",
        "completed_at": "2026-11-22T15:03:58.000Z",
        "to_number": "12125550191",
        "from_number": "12125550102",
        "pages": Decimal(3),
    }
    assert {name: fax[name] for name in expected} == expected
    assert (fax["duty_store"], fax["duty_mark"]) == ("pending", "pending")
    assert "due_key" in fax
    assert "failure_class" not in fax


@pytest.mark.parametrize(
    ("word", "pages", "owed"),
    [
        ("recvIncomplete", "0", {"duty_mark"}),
        ("recvIncomplete", "1", {"duty_mark", "duty_store"}),
        ("recvIncomplete", "", {"duty_mark", "duty_store"}),
        ("recvOk", "0", {"duty_mark", "duty_store"}),
    ],
)
def test_a_call_that_broke_off_before_its_first_page_has_no_document(
    stack: Stack, word: str, pages: str, owed: set[str]
) -> None:
    fax = settled(stack, softlinx_post({**INBOUND, "FaxStatus": word, "PagesReceived": pages}))
    assert {name for name in fax if name.startswith("duty_")} == owed


@pytest.mark.parametrize(
    ("word", "pages", "total", "is_incomplete"),
    [
        ("sent", "1", "3", True),
        ("sent", "3", "3", None),
        ("sent", "", "3", None),
        ("sent", "1", "", None),
        ("sendFailed", "1", "3", None),
    ],
)
def test_what_was_sent_without_all_of_its_pages_is_said_to_be_incomplete(
    stack: Stack, word: str, pages: str, total: str, *, is_incomplete: bool | None
) -> None:
    fields = {**OUTBOUND, "FaxStatus": word, "PagesSent": pages, "PagesTotal": total}
    fax = settled(stack, softlinx_post(fields))
    assert fax.get("is_incomplete") is is_incomplete
    assert fax.get("pages_total") == (int(total) if total else None)


def test_faxes_are_not_marked_where_the_deployment_says_so(stack: Stack) -> None:
    stack.parameters["MarkFaxes"] = "false"
    assert "duty_mark" not in settled(stack, softlinx_post(OUTBOUND))


def test_outgoing_33_and_incoming_33_are_two_faxes(stack: Stack) -> None:
    stack.http("SoftlinxCallback", softlinx_post(OUTBOUND))
    stack.http("SoftlinxCallback", softlinx_post(INBOUND))
    assert len(stack.items("FAX#")) == 2


@pytest.mark.parametrize(
    ("word", "queue", "status"),
    [
        ("sent", None, "sent"),
        ("SENT", "SendFax", "sent"),
        ("sendFailed", None, "failed"),
        ("sendfailed", "sendfax", "failed"),
        ("failed", None, "failed"),
        ("Failed", "SENDFAX", "failed"),
        ("recvOk", None, "received"),
        ("RECVOK", "receivefax", "received"),
        ("recvIncomplete", "ReceiveFax", "received_partial"),
        ("recvIncomplete", "Elsewhere", "received_partial"),
    ],
)
def test_final_words_settle_in_any_case(stack: Stack, word: str, queue: str | None, status: str) -> None:
    fields = {"FaxId": "33", "FaxStatus": word} | ({"Queue": queue} if queue else {})
    fax = settled(stack, softlinx_post(fields))
    assert fax["final_status"] == status
    assert fax["sighting_callback"]["word"] == word


def test_the_word_for_the_queue_of_outbound_faxes_can_be_another(stack: Stack) -> None:
    stack.parameters["SoftlinxSendQueue"] = "Outbox"
    fax = settled(stack, softlinx_post({"FaxId": "33", "FaxStatus": "pondering", "Queue": "OUTBOX"}))
    assert fax["pk"] == "FAX#softlinx#outbound#acme#33"


@pytest.mark.parametrize("word", ["queued", "sending", "sent ok", "recvOk", "success", "0", "d\u00e9j\u00e0"])
def test_any_other_word_is_not_final(stack: Stack, word: str) -> None:
    fax = settled(stack, softlinx_post({"FaxId": "33", "FaxStatus": word, "Queue": "SendFax"}))
    assert "final_status" not in fax
    assert fax["unsettling_callback"]["word"] == word
    later = settled(stack, softlinx_post({"FaxId": "33", "FaxStatus": "sent"}))
    assert later["final_status"] == "sent"


def test_only_the_id_and_the_status_are_required_and_names_match_in_any_case(stack: Stack) -> None:
    fax = settled(stack, softlinx_post({"FAXID": "033", "faxstatus": " sent "}))
    assert fax["pk"] == "FAX#softlinx#outbound#acme#33"
    assert fax["sighting_callback"]["given"]["FAXID"] == "033"


def test_unknown_fields_are_kept(stack: Stack) -> None:
    fax = settled(stack, softlinx_post({"FaxId": "33", "FaxStatus": "sent", "Brand New": "x", "#pk": "y"}))
    assert fax["sighting_callback"]["given"]["Brand New"] == "x"


def come_to(stack: Stack, moment: str) -> None:
    """Callbacks come when their fax has come to its end."""
    stack.clock.advance(seconds=(datetime.fromisoformat(moment) - stack.clock.now()).total_seconds())


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-11-22T15:03:58Z", "2026-11-22T15:03:58.000Z"),
        ("2026-07-01T11:03:58-04:00", "2026-07-01T15:03:58.000Z"),
        ("2026-11-22T16:03:58+0100", "2026-11-22T15:03:58.000Z"),
        # Without an offset it is New York's time, in winter, in summer, in the hour that a spring night lacks
        # and in the one that an autumn night has twice.
        ("2026-01-22T10:03:58", "2026-01-22T15:03:58.000Z"),
        ("2026-07-01T11:03:58", "2026-07-01T15:03:58.000Z"),
        ("2026-03-08T02:30:00", "2026-03-08T07:30:00.000Z"),
        ("2026-11-01T01:30:00", "2026-11-01T05:30:00.000Z"),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
def test_times_are_stored_in_utc(stack: Stack, given: str, utc: str | None) -> None:
    if utc:
        come_to(stack, utc)
    fax = settled(stack, softlinx_post({"FaxId": "33", "FaxStatus": "sent", "CompleteTime": given}))
    assert fax.get("completed_at") == utc
    assert fax["sighting_callback"]["given"]["CompleteTime"] == given


def test_the_zone_of_times_without_one_is_a_setting(stack: Stack) -> None:
    stack.parameters["SoftlinxTimeZone"] = "Europe/Berlin"
    come_to(stack, "2026-07-01T09:03:58Z")
    fields = {"FaxId": "33", "FaxStatus": "sent", "CompleteTime": "2026-07-01T11:03:58"}
    assert settled(stack, softlinx_post(fields))["completed_at"] == "2026-07-01T09:03:58.000Z"


def test_numbers_that_are_none_are_left_out(stack: Stack) -> None:
    fax = settled(stack, softlinx_post({**OUTBOUND, "PagesSent": "two", "Duration": "-1"}))
    assert not {"pages", "duration_seconds"} & set(fax)
    assert fax["sighting_callback"]["unread"] == "duration_seconds,pages"


def test_a_time_that_is_none_is_named_as_unread(stack: Stack) -> None:
    fax = settled(stack, softlinx_post({**OUTBOUND, "CompleteTime": "yesterday"}))
    assert fax["sighting_callback"]["unread"] == "completed_at"
    assert fax["sighting_callback"]["given"]["CompleteTime"] == "yesterday"


def test_what_is_left_blank_is_not_unread(stack: Stack) -> None:
    fax = settled(stack, softlinx_post({**OUTBOUND, "CompleteTime": "", "PagesSent": "", "Duration": " "}))
    assert "unread" not in fax["sighting_callback"]


# --- multipart/form-data --------------------------------------------------------------------------------


def multipart(*parts: str, boundary: str = "XX", end: str = "\r\n", closing: str | None = None) -> bytes:
    whole = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    whole += f"--{boundary}--\r\n" if closing is None else closing
    return whole.replace("\r\n", end).encode()


def field(name: str, value: str, *headers: str) -> str:
    return "\r\n".join([f'Content-Disposition: form-data; name="{name}"', *headers, "", value])


ID, SENT = field("FaxId", "33"), field("FaxStatus", "sent")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=XX", multipart(ID, SENT)),
        ('multipart/form-data; boundary="XX"', multipart(ID, SENT)),
        ('Multipart/Form-Data; charset=utf-8; Boundary="X X;=Y"', multipart(ID, SENT, boundary="X X;=Y")),
        ("multipart/form-data; boundary=(.+)*", multipart(ID, SENT, boundary="(.+)*")),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT, end="\n")),
        ("multipart/form-data; boundary=XX", b"preamble\r\n" + multipart(ID, SENT) + b"epilogue"),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT)[:-2]),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT).replace(b'"', b"")),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT).replace(b"--XX\r", b"--XX \t\r")),
        (
            "multipart/form-data; boundary=XX",
            multipart(
                field("FaxId", "33", "Content-Type: text/plain; charset=UTF-8"),
                field("FaxStatus", "sent", "content-type: text/plain", "Content-Transfer-Encoding: 8bit"),
            ),
        ),
        (
            "multipart/form-data; boundary=XX",
            multipart(ID.replace("form-data;", 'form-data; filename="a;b.txt";'), SENT),
        ),
    ],
)
def test_multipart_forms_are_read(stack: Stack, content_type: str, body: bytes) -> None:
    fax = settled(stack, softlinx_post(body, content_type=content_type))
    assert (fax["pk"], fax["final_status"]) == ("FAX#softlinx#outbound#acme#33", "sent")
    assert fax["sighting_callback"]["given"] == {"FaxId": "33", "FaxStatus": "sent"}


def test_a_multipart_value_is_kept_as_it_is(stack: Stack) -> None:
    text = " 50% + --XX --XXX \u00fc= "
    body = multipart(ID, SENT, field("ErrorText", text), field("CSI", ""))
    fax = settled(stack, softlinx_post(body, content_type="multipart/form-data; boundary=XX"))
    assert fax["sighting_callback"]["given"]["ErrorText"] == text
    assert fax["sighting_callback"]["given"]["CSI"] == ""


def test_a_character_in_a_multipart_value_that_decides_nothing_is_replaced(stack: Stack) -> None:
    body = multipart(ID, SENT, field("CSI", "a\x00b"), field("TSI", "M?ller")).replace(b"?", b"\xfc")
    fax = settled(stack, softlinx_post(body, content_type="multipart/form-data; boundary=XX"))
    assert fax["final_status"] == "sent"
    assert fax["sighting_callback"]["given"]["CSI"] == "a\ufffdb"
    assert fax["sighting_callback"]["given"]["TSI"] == "M\ufffdller"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "nonsense"])
def test_forms_are_utf_8_whatever_they_say(stack: Stack, charset: str) -> None:
    content_type = f"application/x-www-form-urlencoded; charset={charset}"
    body = "FaxId=33&FaxStatus=sent&ErrorText=%C3%BC"
    fax = settled(stack, softlinx_post(body, content_type=content_type))
    assert fax["sighting_callback"]["given"]["ErrorText"] == "\u00fc"


@pytest.mark.parametrize(
    ("content_type", "body", "named"),
    [
        ("multipart/form-data", multipart(ID, SENT), "content-type"),
        ("multipart/form-data; boundary=", multipart(ID, SENT), "content-type"),
        ("multipart/form-data; boundary=YY", multipart(ID, SENT), "body"),
        ("multipart/form-data; boundary=XX", b"", "body"),
        # Cut off: what would be missing could be anything.
        ("multipart/form-data; boundary=XX", multipart(ID, SENT, closing=""), "body"),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT, closing="--XX"), "body"),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT, "no field"), "body"),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT, "X-Nothing: here\r\n\r\nvalue"), "body"),
        (
            "multipart/form-data; boundary=XX",
            multipart(ID, SENT, ID.replace("form-data", "attachment")),
            "body",
        ),
        (
            "multipart/form-data; boundary=XX",
            multipart(ID, field("FaxStatus", "c2VudA==", "Content-Transfer-Encoding: base64")),
            "body",
        ),
        ("multipart/form-data; boundary=XX", multipart(ID, SENT, field("FaxId", "34")), "FaxId"),
        ("multipart/form-data; boundary=XX", multipart(ID, field("FaxStatus", "sent\x00")), "FaxStatus"),
        (
            "multipart/form-data; boundary=XX",
            multipart(ID, field("FaxStatus", "sent?")).replace(b"?", b"\xff"),
            "FaxStatus",
        ),
        ("multipart/form-data; boundary=XX", multipart(*[field(f"f{n}", "") for n in range(201)]), "body"),
    ],
)
def test_broken_multipart_forms_are_refused_and_kept(
    stack: Stack, content_type: str, body: bytes, named: str
) -> None:
    answer = stack.http("SoftlinxCallback", softlinx_post(body, content_type=content_type))
    assert (answer.status, answer.document["field"]) == (400, named)
    assert [item["raw"].value for item in stack.unreadable()] == [body]


def test_multiparts_within_multiparts_exhaust_nobody(stack: Stack) -> None:
    nested = "".join(f"--{n}\r\nContent-Type: multipart/mixed; boundary={n + 1}\r\n\r\n" for n in range(1200))
    assert len(nested) < 65_536
    event = softlinx_post(nested, content_type="multipart/form-data; boundary=0")
    assert stack.http("SoftlinxCallback", event).status == 400
