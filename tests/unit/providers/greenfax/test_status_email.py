"""GreenFax's status emails: what is read, and what hostile mail ends in."""

import re
from base64 import encodebytes
from decimal import Decimal
from itertools import count
from quopri import encodestring
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Report
from faxledger.errors import MalformedInput
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.status import StatusWords
from faxledger.providers.greenfax.status_email import MOST_BYTES, read_status_email

ACCOUNT = GreenFaxAccount("12345", ZoneInfo("America/New_York"))
WORDS = StatusWords(frozenset({"success"}), frozenset({"busy"}))
TEXT = "Hello,\n\nJob ID: 8591334\nStatus: Success\nCost: $0.10\nPages: 2\nFax Number: 12125550102\n"
HTML = (
    "<html><head><style>td: x</style></head><body><p>Hello</p><table>"
    "<tr><td>Job ID:</td><td><b>8591334</b></td></tr><tr><th>Status</th><td>Success</td></tr>"
    "<tr><td>Cost:&nbsp;</td><td>&#36;0.10</td></tr><tr><td>Pages</td><td>2</td></tr></table>"
    "<div>Fax Number: 12125550102</div></body></html>"
)

ROWS = [
    ("Job ID", "8591334"),
    ("Status", "Success"),
    ("Cost", "$0.10"),
    ("Pages", "2"),
    ("Fax Number", "12125550102"),
]
PARAGRAPHS = "<table>{}</table>".format(
    "".join(f"<tr><td><p>{name}:</p></td><td><p>{value}</p></td></tr>" for name, value in ROWS)
)
PAIRS = "".join(f"<div>{name}:</div><div>{value}</div>" for name, value in ROWS)
BOLD_PAIRS = "".join(f"<div><b>{name}</b></div>\n<div><span>{value}</span></div>" for name, value in ROWS)
LAYOUT = "<table><tr><td>{}</td></tr></table>".format(
    "".join(f"<p><b>{name}:</b><br>{value}</p>" for name, value in ROWS)
)


def read(raw: bytes, *, is_truncated: bool = False) -> Report:
    return read_status_email(ACCOUNT, WORDS, raw, is_truncated=is_truncated)


def message(body: bytes, content_type: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> bytes:
    head = f"From: s@greenfax.com\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}"
    return f"{head}\r\n\r\n".encode() + body


def multipart(*parts: bytes, kind: str = "mixed") -> bytes:
    joined = b"".join(b"--x\r\n%b\r\n" % part for part in parts)
    return message(joined + b"--x--\r\n", f'multipart/{kind}; boundary="x"')


PLAIN = message(TEXT.encode())
ANOTHER = message(TEXT.replace("8591334", "7").replace("Success", "Busy").encode())
AS_HTML = message(HTML.encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        PLAIN.replace(b"\r\n", b"\n"),
        AS_HTML,
        message(encodestring(TEXT.encode()), encoding="quoted-printable"),
        message(encodebytes(TEXT.encode()), encoding="base64"),
        message(encodebytes(HTML.encode()), "text/html", "BASE64"),
        message(TEXT.encode(), "text/plain; charset=ISO-8859-1"),
        message(TEXT.encode(), "text/plain; charset=us-ascii"),
        message(TEXT.encode(), "text/plain"),
        message(TEXT.encode(), "TEXT/PLAIN; charset=windows-1252; format=flowed"),
        TEXT.join(["\n", ""]).encode(),
        multipart(PLAIN, AS_HTML, kind="alternative"),
        multipart(AS_HTML),
        multipart(message(b"%PDF-1.4", "application/pdf"), PLAIN),
        multipart(multipart(AS_HTML).replace(b"--x", b"--y").replace(b'"x"', b'"y"'), message(b"hi")),
        multipart(message(b"Your fax went out."), AS_HTML, kind="alternative"),
        message(TEXT.replace("Job ID", "greenfax_job-id").replace("Status", "RESULT").encode()),
        message(TEXT.replace(": ", " :\t").encode()),
        message(TEXT.replace("Job", "  > Job").encode()),
        # A mark before the first label; an end of the head that is left out, as HTML allows.
        message(TEXT.partition("\n\n")[2].encode("utf-8-sig")),
        message(HTML.replace("</head>", "").encode(), "text/html"),
        multipart(PLAIN, message(ANOTHER, "message/rfc822")),
        multipart(message(ANOTHER, "message/rfc822"), AS_HTML),
        # The bytes count, and a label that means nothing, or is wrong, costs nothing.
        message(TEXT.encode(), "text/plain; charset=windows-1256"),
        message(TEXT.encode(), "text/plain; charset=koi8-r"),
        message(TEXT.encode(), "text/plain; charset=gb18030"),
        message(TEXT.encode(), "text/plain; charset=nonsense"),
        message(TEXT.encode(), 'text/plain; charset="utf-8\0"'),
        message("Grüße\n".encode() + TEXT.encode(), "text/plain; charset=us-ascii"),
        message("Grüße\n".encode() + TEXT.encode(), "text/plain; charset=iso-8859-2"),
        message("Grüße\n".encode("latin-1") + TEXT.encode(), "text/plain; charset=us-ascii"),
        message("Grüße\n".encode("latin-1") + TEXT.encode(), "text/plain"),
        message("Grüße\n".encode("latin-1") + TEXT.encode(), "text/plain; charset=utf-8"),
        message("日本\n".encode("shift_jis") + TEXT.encode(), "text/plain; charset=shift_jis"),
        message(TEXT.encode() + b"\x81", "text/plain; charset=windows-1252"),
        message(TEXT.encode() + b"\xff", "text/plain; charset=utf-8"),
        # Other shapes of the same.
        *(message(html.encode(), "text/html") for html in (PARAGRAPHS, PAIRS, BOLD_PAIRS, LAYOUT)),
        message(re.sub("(?m)^([^:]+):", r"*\1:*", TEXT).encode()),
        message(re.sub("(?m)^([^:]+): (.*)", r"**\1**: **\2**", TEXT).encode()),
        message(TEXT.replace(": ", ":\n\n    ").encode()),
        message(TEXT.replace(": ", "\n").encode()),
        message(b"Fax Status\n----------\n" + TEXT.encode()),
    ],
    ids=map(str, count()),
)
def test_a_status_is_read_from_text_or_html_in_any_encoding(raw: bytes) -> None:
    report = read(raw)
    assert str(report.fax) == "greenfax.outbound.12345.8591334"
    assert (report.source, report.word, report.status) == (Source.EMAIL, "Success", Status.SENT)
    assert (report.facts.cost_usd, report.facts.pages) == (Decimal("0.10"), 2)
    assert report.facts.to_number == "12125550102"
    assert {name.casefold() for name in report.given} >= {"cost", "pages", "fax number"}


def test_only_lines_whose_label_means_something_are_kept() -> None:
    report = read(message(b"Dear: Jane Roe\nhttps://greenfax.com\n" + TEXT.encode()))
    assert set(report.given) == {"Job ID", "Status", "Cost", "Pages", "Fax Number"}


@pytest.mark.parametrize(
    ("word", "status"), [("busy", Status.FAILED), ("SUCCESS", Status.SENT), ("sending", None)]
)
def test_the_feed_s_words_are_the_email_s_words(word: str, status: Status | None) -> None:
    assert read(message(TEXT.replace("Success", word).encode())).status is status


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        message(b"Your fax went out."),
        message(b"Status: Success\n"),
        message(b"Job ID: 8591334\n"),
        message(b"Job ID: 85#1334\nStatus: Success\n"),
        message(TEXT.encode() + b"Status: Busy\n"),
        message(TEXT.encode() + b"Job ID: 8591335\n"),
        message(TEXT.encode() + b"JOB-ID: 8591335\n"),
        message(TEXT.encode("utf-16"), "text/plain; charset=utf-16"),
        message(b"+AEo-ob ID: 8591334\nStatus: Success\n", "text/plain; charset=utf-7"),
        message(TEXT.encode(), "text/plain; charset=rot13"),
        message(TEXT.encode(), "text/plain; charset=utf-7"),
        message(TEXT.encode(), "text/plain; charset=utf-16"),
        message(TEXT.encode("cp037"), "text/plain; charset=cp037"),
        message(b"Job ID:\nStatus:\nCost:\n"),
        message(TEXT.replace("Success", "\n").encode()),
        message(b"Job ID:\n8591334\nJob ID:\n8591335\nStatus: Success"),
        message(TEXT.encode(), "application/octet-stream"),
        message(TEXT.encode(), "text/plain\r\nContent-Disposition: attachment"),
        message(b"!!!", encoding="base64"),
        message(HTML.encode()[:60], "text/html"),
        multipart(*[message(b"x")] * 10_000)[:MOST_BYTES],
        multipart(*[PLAIN] * 51),
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000)),
        b"Content-Type: message/rfc822\n\n" * 1000 + PLAIN,
        message(TEXT.encode(), "(" * 30_000),
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: " + b"(" * 60_000 + b"\n\nx\n--x--",
        message(b"<a " * 20_000, "text/html"),
        message(b"<!" * 30_000, "text/html"),
        message(b"x" * MOST_BYTES),
        message(b"a:" + b" " * 50_000 + b"x"),
        # What somebody else has written, and was forwarded, quoted or sent back, is not said by the sender.
        message(PLAIN, "message/rfc822"),
        multipart(message(b"Fwd:"), message(PLAIN, "message/rfc822")),
        multipart(
            message(multipart(PLAIN).replace(b"--x", b"--y").replace(b'"x"', b'"y"'), "message/rfc822")
        ),
        multipart(
            message(TEXT.encode(), "message/delivery-status"), kind="report; report-type=delivery-status"
        ),
        # A bounce says nothing of a fax, wherever in it the status email stands.
        multipart(PLAIN, message(b"Action: failed", "message/delivery-status")),
        multipart(PLAIN, message(b"Subject: x", "text/rfc822-headers")),
        multipart(AS_HTML, message(PLAIN, "message/rfc822"), kind="report; report-type=delivery-status"),
        multipart(PLAIN, kind="report"),
    ],
    ids=map(str, count()),
)
def test_whatever_is_no_status_email_ends_in_a_set_aside(raw: bytes) -> None:
    with pytest.raises(MalformedInput) as refusal:
        read(raw)
    assert "8591334" not in str(refusal.value)


def test_headers_of_any_length_and_number_hurt_nobody() -> None:
    bloated = b"X-Filler: " + b"a" * 20_000 + b"\r\n" + b"A: b\r\n" * 4_000 + PLAIN
    assert read(bloated).status is Status.SENT


def test_of_an_email_that_was_cut_off_the_part_at_the_cut_is_not_believed() -> None:
    whole = multipart(PLAIN, message(b"x" * 1000, "application/pdf"))
    assert read(whole[:-500], is_truncated=True).status is Status.SENT
    with pytest.raises(MalformedInput):
        read(multipart(PLAIN)[:-20], is_truncated=True)
    with pytest.raises(MalformedInput):
        read(PLAIN, is_truncated=True)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_report_or_a_set_aside(raw: bytes) -> None:
    for content_type in ("text/plain", "text/html", "multipart/mixed; boundary=x"):
        for whole in (raw, message(raw, content_type)):
            try:
                read(whole)
            except MalformedInput:
                continue
