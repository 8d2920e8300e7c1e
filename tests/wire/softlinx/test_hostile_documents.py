"""A document that arrives in any odd way arrives whole, or its reader is told that it did not."""

import logging
import traceback
from base64 import b64encode

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import (
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from tests.support.scripted_server import OK, Answer, ScriptedServer, http, output
from tests.wire.softlinx.hurry import AN_EXCHANGE_IS_CUT_SHORT
from tests.wire.softlinx.speakers import Call, Rest, Soap, Speaker, as_json

CANARIES = ("canary-password", "2065550100", "token-1", "Jane Canary")
ECHO = " ".join(CANARIES)
# With what only nearly is a boundary.
DOCUMENT = (
    b"\r\n\n%PDF-1.4\n--b--\r\n--bb\r\n--b-\r\n--b \t-\r\r\n-b\x00\xff" + bytes(range(256)) * 3 + b"\r\n\r\n"
)
INCLUDE = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="{}"/>'
BARE = output("GetSendFaxContent", "{}").partition(b"\r\n\r\n")[2].decode()


def fetched(speaker: Speaker, *, cap_bytes: int = 1_000_000) -> bytes:
    with (
        speaker.api.session() as session,
        session.content(Direction.OUTBOUND, "33", cap_bytes=cap_bytes) as content,
    ):
        return b"".join(content)


def failure_of(speaker: Speaker, *, cap_bytes: int = 1_000_000) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        fetched(speaker, cap_bytes=cap_bytes)
    return raised.value


def envelope(content: str) -> bytes:
    return BARE.format(OK + content).encode()


def part(content: bytes, *headers: str) -> bytes:
    return b"--b\r\n" + "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n" + content + b"\r\n"


def root(href: str = "cid:doc%40x", *, content_id: str = "<root@x>") -> bytes:
    inside = f"<FaxContent>{INCLUDE.format(href)}</FaxContent>"
    return part(
        envelope(inside),
        f"Content-ID: {content_id}",
        'Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"',
    )


def document(content: bytes = DOCUMENT, content_id: str = "<doc@x>", encoding: str = "binary") -> bytes:
    return part(content, f"Content-ID: {content_id}", f"Content-Transfer-Encoding: {encoding}")


TYPE = 'multipart/related; type="application/xop+xml"; start="<root@x>"; start-info="text/xml"; boundary='


def packed(*parts: bytes, content_type: str = TYPE + "b", end: bytes = b"--b--\r\n") -> bytes:
    return http(b"".join(parts) + end, content_type=content_type)


LINES = b64encode(DOCUMENT * 3)
WRAPPED = b"\r\n".join(LINES[start : start + 76] for start in range(0, len(LINES), 76))

RELATED = "multipart/related; "
HOLDS_LINES = f"<FaxContent>{LINES.decode()}</FaxContent>"
HOLDS_WRAPPED = f"<FaxContent>\n{WRAPPED.decode()}\n</FaxContent>"
HOLDS_OTHERWISE = f"<Other><Inner>{INCLUDE.format('cid:doc@x')}</Inner></Other>"
OTHER = document(b"x", "<other@x>")

# Packages of the envelope and DOCUMENT.
PACKED: dict[str, bytes] = {
    "root first": packed(root(), document()),
    "root last": packed(document(), root()),
    "root in the midst": packed(OTHER, root(), document()),
    "other parts about": packed(root(), OTHER, document(), document(b"y", "")),
    "ids without brackets": packed(
        root(content_id="root@x"),
        document(content_id="doc@x"),
        content_type=RELATED + 'start="root@x"; boundary=b',
    ),
    "reference as it is": packed(root("cid:doc@x"), document()),
    "reference in capitals": packed(root("CID:doc%40x"), document()),
    "encoded in both places": packed(root(), document(content_id="<doc%40x>")),
    "preamble and epilogue": packed(b"hello\r\n", root(), document(), end=b"--b--\r\nbye\r\n--b\r\n"),
    "no line end at the end": packed(root(), document(), end=b"--b--"),
    "blanks after the boundary": packed(root().replace(b"--b\r\n", b"--b \t\r\n"), document()),
    "8bit": packed(root(), document(encoding="8bit")),
    "no encoding named": packed(root(), part(DOCUMENT, "Content-ID: <doc@x>")),
    "folded headers": packed(root(), part(DOCUMENT, "Content-ID:\r\n <doc@x>", "X: y\r\n\tz")),
    "in an element of another name": packed(
        part(envelope(HOLDS_OTHERWISE), "Content-ID: <root@x>"), document()
    ),
    **{
        f"content type {number}": packed(root(), document(), content_type=content_type)
        for number, content_type in enumerate(
            (
                RELATED + "boundary=b",
                RELATED + 'start="<root@x>"; boundary="b"',
                RELATED + r'start-info="text/xml; action=\"a;b\""; start="<root@x>"; boundary=b',
                # Quotes that should have been escaped.
                RELATED + 'start-info="text/xml; action="a""; start="<root@x>"; boundary="b"',
                'Multipart/Related ; START="<root@x>" ; Boundary = b',
            )
        )
    },
}
IN_BASE64: dict[str, bytes] = {
    "part": packed(root(), document(WRAPPED, encoding="BASE64")),
    "inline": http(envelope(HOLDS_LINES)),
    "inline in lines": http(envelope(HOLDS_WRAPPED)),
    "inline in a package": packed(part(envelope(HOLDS_LINES), "Content-ID: <root@x>")),
}
GOOD = {
    **{case: (answer, DOCUMENT) for case, answer in PACKED.items()},
    **{case: (answer, DOCUMENT * 3) for case, answer in IN_BASE64.items()},
}


@pytest.mark.parametrize("case", GOOD)
def test_a_document_is_kept_to_the_byte(soap: Soap, case: str) -> None:
    answer, expected = GOOD[case]
    soap.says(Call.CONTENT, answer)

    assert fetched(soap) == expected


def test_any_answer_may_be_packed(server: ScriptedServer, soap: Soap) -> None:
    def wrapped(operation: str, content: str) -> bytes:
        body = output(operation, content).partition(b"\r\n\r\n")[2]
        return packed(part(body, "Content-ID: <root@x>"))

    server.answer("Login", wrapped("Login", f"{OK}<AuthToken>token-2</AuthToken>"))
    server.answer("QuerySendFax", wrapped("QuerySendFax", f"{OK}<FaxInfo><FaxId>33</FaxId></FaxInfo>"))

    with soap.api.session() as session:
        assert session.find(Direction.OUTBOUND, "33") == {"FaxId": "33"}
    assert server.inputs("QuerySendFax")[0]["AuthToken"] == "token-2"


STATUS = "<RequestStatus><StatusCode>9</StatusCode><StatusText>{}</StatusText></RequestStatus>"
REFUSED = output("GetSendFaxContent", STATUS.format(ECHO)).partition(b"\r\n\r\n")[2]
FAULT = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    f"<faultcode>s:Client</faultcode><faultstring>{ECHO}</faultstring></s:Fault></s:Body></s:Envelope>"
).encode()
NIL = ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true">'
INLINE = "<FaxContent>{}</FaxContent>"
BAD: dict[str, tuple[Answer, type[ProviderError]]] = {
    "refusal": (http(REFUSED), ProviderRefused),
    "refusal in a package": (packed(document(), part(REFUSED, "Content-ID: <root@x>")), ProviderRefused),
    "fault with 200": (http(FAULT), ProviderRefused),
    "fault with 500": (http(FAULT, status="500 x"), ProviderRefused),
    "fault in a package with 500": (
        packed(part(FAULT, "Content-ID: <root@x>")).replace(b"200 OK", b"500 x"),
        ProviderRefused,
    ),
    "no root": (packed(document(), document(b"x", "<other@x>")), ProviderAnswerUnreadable),
    "two roots": (packed(root(), root(), document()), ProviderAnswerUnreadable),
    "no such part": (packed(root(), document(content_id="<other@x>")), ProviderAnswerUnreadable),
    "two such parts": (packed(root(), document(), document()), ProviderAnswerUnreadable),
    "two such parts, first": (packed(document(), document(), root()), ProviderAnswerUnreadable),
    "a part before and one after": (packed(document(), root(), document()), ProviderAnswerUnreadable),
    "a reference to elsewhere": (packed(root("http://example.com/"), document()), ProviderAnswerUnreadable),
    "a reference to a file": (packed(root("file:///etc/passwd"), document()), ProviderAnswerUnreadable),
    "two references": (
        packed(
            part(envelope(INLINE.format(INCLUDE.format("cid:doc@x") * 2)), "Content-ID: <root@x>"), document()
        ),
        ProviderAnswerUnreadable,
    ),
    "a reference without parts": (
        http(envelope(INLINE.format(INCLUDE.format("cid:doc@x")))),
        ProviderAnswerUnreadable,
    ),
    "broken off in the document": (packed(root(), document(), end=b""), ProviderAnswerUnreadable),
    "broken off before the end": (packed(root(), document(), end=b"--b\r\nX: y"), ProviderAnswerUnreadable),
    "broken off in the root": (packed(document(), root()[:-90], end=b""), ProviderAnswerUnreadable),
    "no boundary": (
        packed(root(), document(), content_type="multipart/related"),
        ProviderAnswerUnreadable,
    ),
    "another boundary": (packed(root(), document(), content_type=TYPE + "c"), ProviderAnswerUnreadable),
    "unknown encoding": (packed(root(), document(encoding="x-zip")), ProviderAnswerUnreadable),
    "not base64": (packed(root(), document(b"????", encoding="base64")), ProviderAnswerUnreadable),
    "base64 cut off": (packed(root(), document(b"AAAAA", encoding="base64")), ProviderAnswerUnreadable),
    "base64 twice": (packed(root(), document(b"AA==AAAA", encoding="base64")), ProviderAnswerUnreadable),
    "endless part headers": (packed(b"--b\r\n" + b"X: y\r\n" * 9999), ProviderAnswerUnreadable),
    "hundreds of parts": (packed(*[document(b"", f"<{n}>") for n in range(200)]), ProviderAnswerUnreadable),
    "DTD in a package": (
        packed(part(b"<!DOCTYPE x>" + envelope(""), "Content-ID: <root@x>")),
        ProviderAnswerUnreadable,
    ),
    "inline, not base64": (http(envelope(INLINE.format("J\u00e4ne Canary!"))), ProviderAnswerUnreadable),
    "inline, twice": (http(envelope(INLINE.format("AAAA") * 2)), ProviderAnswerUnreadable),
    "inline, truncated": (http(envelope(INLINE.format("AAAA"))[:-9]), ProviderAnswerUnreadable),
    "inline, nil": (
        http(envelope(INLINE.format("AAAA").replace(">", NIL, 1))),
        ProviderAnswerUnreadable,
    ),
    "inline, in an unknown element": (http(envelope("<Other>AAAA</Other>")), ProviderAnswerUnreadable),
    "a crowd around": (http(envelope("<a/>" * 66_000 + INLINE.format("AAAA"))), ProviderAnswerUnreadable),
    "nothing": (http(envelope("")), ProviderAnswerUnreadable),
    "the answer to another question": (http(output("QuerySendFax")), ProviderAnswerUnreadable),
    "a text for a document": (packed(root(), document(b"\r\n <html>")), ProviderAnswerUnreadable),
    "an empty document": (packed(root(), document(b"")), ProviderAnswerUnreadable),
    "an empty inline document": (http(envelope(INLINE.format(""))), ProviderAnswerUnreadable),
    "over the cap": (packed(root(), document(b"x" * 1_000_001)), ProviderAnswerUnreadable),
    "over the cap inline": (
        http(envelope(INLINE.format(b64encode(b"x" * 1_000_001).decode()))),
        ProviderAnswerUnreadable,
    ),
    "over the cap before the root": (packed(document(b"x" * 5_000_000), root()), ProviderAnswerUnreadable),
    "epilogue for ever": (
        packed(root(), document(), end=b"--b--" + b" " * 5_000_000),
        ProviderAnswerUnreadable,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_hostile_package_ends_in_a_typed_error_that_shows_nothing(
    soap: Soap, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, expected = BAD[case]
    soap.says(Call.CONTENT, answer)

    error = failure_of(soap)

    assert type(error) is expected
    refuse_canaries(error, caplog)


EITHER: dict[str, tuple[Answer, type[ProviderError]]] = {
    "HTML with 200": (http(f"<html>{ECHO}</html>", content_type="text/html"), ProviderAnswerUnreadable),
    "HTML that says it is a document": (
        http(f"<html>{ECHO}</html>", content_type="application/pdf"),
        ProviderAnswerUnreadable,
    ),
    "JSON that says it is a document": (
        http(f'\n{{"Error": "{ECHO}"}}', content_type="application/pdf"),
        ProviderAnswerUnreadable,
    ),
    "empty": (http("", content_type="application/pdf"), ProviderAnswerUnreadable),
    "compressed": (http(b"\x1f\x8b", headers="Content-Encoding: gzip\r\n"), ProviderAnswerUnreadable),
    "cut off": (
        lambda connection: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 500\r\n\r\n%PDF"
        ),
        ProviderAnswerUnreadable,
    ),
    "no length": (
        lambda connection: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n%PDF"
        ),
        ProviderAnswerUnreadable,
    ),
    "redirect": (http("", status="302 Found", headers=f"Location: /{ECHO}\r\n"), ProviderAnswerUnreadable),
    "no such address": (http(ECHO, status="404 Not Found"), ProviderAnswerUnreadable),
    "unauthorised": (http(ECHO, status="401 Unauthorized"), LoginRefused),
    "too many requests": (http(ECHO, status="429 x"), ProviderUnavailable),
    "bad gateway": (http(ECHO, status="502 x"), ProviderUnavailable),
    "hung up": (lambda _: None, ProviderUnavailable),
}


@pytest.mark.parametrize("case", EITHER)
def test_a_hostile_answer_in_a_documents_place_ends_in_a_typed_error_that_shows_nothing(
    speaker: Speaker, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, expected = EITHER[case]
    speaker.says(Call.CONTENT, answer)

    error = failure_of(speaker)

    assert type(error) is expected
    refuse_canaries(error, caplog)


REST_BAD: dict[str, tuple[Answer, type[ProviderError]]] = {
    "refusal with 200": (
        as_json(f'{{"RequestStatus": {{"StatusCode": 9, "StatusText": "{ECHO}"}}}}'),
        ProviderRefused,
    ),
    "success without a document": (as_json('{"RequestStatus": {"StatusCode": 0}}'), ProviderAnswerUnreadable),
    "over the cap": (
        http(b"x" * 1_000_001, content_type="application/pdf"),
        ProviderAnswerUnreadable,
    ),
}


@pytest.mark.parametrize("case", REST_BAD)
def test_what_is_no_image_is_told(rest: Rest, case: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer, expected = REST_BAD[case]
    rest.says(Call.CONTENT, answer)

    error = failure_of(rest)

    assert type(error) is expected
    refuse_canaries(error, caplog)


def test_raw_bytes_are_kept_and_both_names_of_the_form_are_given(rest: Rest) -> None:
    rest.says(Call.CONTENT, http(DOCUMENT, content_type="application/octet-stream"))

    assert fetched(rest, cap_bytes=len(DOCUMENT)) == DOCUMENT
    assert rest.server.asked[0].target.endswith("/image?ContentType=pdf&FaxContentType=pdf")


def test_a_reader_who_read_on_after_it_broke_off_is_told_again(soap: Soap) -> None:
    soap.says(Call.CONTENT, packed(root(), document(b"x" * 200_000), end=b""))

    with soap.api.session() as session, session.content(Direction.OUTBOUND, "33") as content:
        for _ in range(2):
            with pytest.raises(ProviderAnswerUnreadable):
                content.read()


@AN_EXCHANGE_IS_CUT_SHORT
def test_a_document_that_drips_is_cut_off(speaker: Speaker) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 5000\r\n\r\n"
    speaker.says(Call.CONTENT, speaker.server.drip(head, b"x"))

    assert type(failure_of(speaker)) is ProviderUnavailable


def refuse_canaries(error: ProviderError, caplog: pytest.LogCaptureFixture) -> None:
    shown = [str(error), repr(error), *traceback.format_exception(error), caplog.text]
    shown += [str(vars(record)) for record in caplog.records]
    assert [canary for canary in CANARIES for text in shown if canary in text] == []
