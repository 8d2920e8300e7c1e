"""`POST /faxes`: what is asked is durable and encrypted before it is accepted, and what is wrong is named."""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.functions.sending.conftest import (
    KEY,
    PDF,
    SENT,
    fax,
    found,
    posted,
    request_to,
    resend,
    submitted,
)
from tests.support import canaries
from tests.support.bundle_on_moto import Answer, Event, Stack, event_file
from tests.support.openapi import hold_against_openapi

LARGE = 4 * 1024 * 1024


def test_the_event_in_events_is_accepted_and_its_message_is_that_of_events(stack: Stack) -> None:
    answer = stack.http("SubmitFax", event_file("submit_fax"))
    assert answer.status == 202
    (message,) = stack.to_be_sent()
    assert message == json.loads(event_file("send_fax")["Records"][0]["body"])
    assert answer.document == {"submissions": [{"id": f"{message['order_id']}-1"}]}


def test_each_recipient_is_a_submission_and_all_is_kept(stack: Stack) -> None:
    submissions = submitted(stack, fax(SENT, "+1 (202) 555-0101", reference="case-7", user="clinic1"))
    assert len(set(submissions)) == 2
    document = found(stack, submissions[1])
    assert (document["state"], document["to_number"]) == ("accepted", "+1 (202) 555-0101")
    assert (document["reference"], document["user"]) == ("case-7", "clinic1")
    assert list(stack.documents().values()) == [PDF]
    assert len(stack.items("ORDER#")) == 1
    assert len(stack.items("SUBMISSION#")) == 2


def test_a_message_and_the_keys_hold_ids_and_nothing_else(stack: Stack) -> None:
    request = fax(canaries.NUMBER, reference=canaries.SUBJECT)
    request["recipients"][0]["name"] = canaries.NAME
    submitted(stack, request, key=f"{canaries.SUBJECT}-{canaries.NUMBER}")
    (message,) = stack.to_be_sent()
    assert set(message) == {"order_id"}
    said = json.dumps(message) + canaries.keys_of(stack.items()) + "".join(stack.documents())
    assert canaries.found_in(said) == []


def test_the_same_key_and_request_have_the_same_answer(stack: Stack) -> None:
    first = submitted(stack, fax(SENT, reference="case-7"))
    # Written in another order, it is the same request.
    again = dict(reversed(fax(SENT, reference="case-7").items()))
    assert submitted(stack, again) == first
    assert submitted(stack, {**again, "idempotency_key": KEY}, key=None) == first
    assert submitted(stack, again, key="another-key") != first


@pytest.mark.parametrize(
    "other",
    [
        fax("12025550101"),
        fax(SENT, reference="case-8"),
        fax(SENT, documents=[{"type": "application/pdf", "content": b64encode(b"other").decode()}]),
    ],
)
def test_the_same_key_with_another_request_is_a_conflict(stack: Stack, other: dict[str, Any]) -> None:
    submitted(stack, fax(SENT))
    answer = posted(stack, other)
    assert (answer.status, answer.document["field"]) == (409, "idempotency_key")
    assert len(stack.documents()) == 1


BAD: list[tuple[Any, str]] = [
    ("", "body"),
    ("{", "body"),
    ("[]", "body"),
    ("null", "body"),
    ('{"provider": "softlinx"}', "recipients"),
    ("[" * 100_000, "body"),
    (fax(provider="other"), "provider"),
    (fax(provider="greenfax"), "provider"),
    (fax(recipients=[]), "recipients"),
    (fax(recipients=[{"number": "x"}]), "recipients[0].number"),
    (fax(recipients=[{"number": SENT}, {"name": "A"}]), "recipients[1].number"),
    (fax(recipients=[{"number": SENT, canaries.NAME: "x"}]), "recipients[0]"),
    (fax(recipients=[{"number": SENT, "name": 7}]), "recipients[0].name"),
    (fax(recipients=[{"number": SENT, "name": "x" * 201}]), "recipients[0].name"),
    (fax(recipients=[{"number": SENT}] * 101), "recipients"),
    (
        fax(recipients=[{"number": SENT} | dict.fromkeys(("name", "company"), "\u8a9e" * 200)] * 100),
        "recipients",
    ),
    (fax(SENT, **{canaries.NAME: "x"}), "body"),
    (fax(SENT, send_after="2026-11-22T10:00:00"), "send_after"),
    (fax(SENT, send_after="tomorrow"), "send_after"),
    (fax(SENT, documents=[]), "body"),
    (fax(SENT, documents=[{"type": "application/pdf"}]), "documents[0]"),
    (fax(SENT, documents=[{"content": "AAAA"}]), "documents[0]"),
    (fax(SENT, documents=[{"type": "x", "content": "AAAA"}]), "documents[0].type"),
    (fax(SENT, documents=[{"type": "application/pdf", "content": "A"}]), "documents[0].content"),
    (fax(SENT, documents=[{"type": "application/pdf", "content": ""}]), "documents[0].content"),
    (fax(SENT, documents=[{"upload": "x"}]), "documents[0].upload"),
    (fax(SENT, documents=[{"upload": "a" * 32}]), "documents[0].upload"),
    (fax(SENT, options={"retry_count": True}), "options.retry_count"),
    (fax(SENT, options={"retry_count": -1}), "options.retry_count"),
    (fax(SENT, options={"has_header": "yes"}), "options.has_header"),
    (fax(SENT, options={"project_code_2": "mine"}), "options.project_code_2"),
    (fax(SENT, options={"tsi": "a\u0000b"}), "options.tsi"),
    (fax(SENT, options={"header": "first\nsecond"}), "options.header"),
    (fax(SENT, options={"cover_message": "a\u0007b"}), "options.cover_message"),
    (fax(SENT, user=" \uffff"), "user"),
    (fax(SENT, reference=""), "reference"),
    (fax(SENT, idempotency_key="another-key"), "idempotency_key"),
]


@pytest.mark.parametrize(("body", "field"), BAD)
def test_what_is_wrong_is_named_and_nothing_of_it_is_said_or_kept(
    stack: Stack, capsys: pytest.CaptureFixture[str], body: Any, field: str
) -> None:
    stack.parameters["GreenFaxSender"] = ""  # so that it is no provider to send through
    answer = posted(stack, body)
    assert (answer.status, answer.document.get("field")) == (400, field)
    assert canaries.found_in(answer.body + capsys.readouterr().out) == []
    assert (stack.items(), stack.documents(), stack.to_be_sent()) == ([], {}, [])


@pytest.mark.parametrize("key", [None, "short", "x" * 129, "with a blank", "ümläut-key"])
def test_a_fax_is_taken_only_under_a_key(stack: Stack, key: str | None) -> None:
    answer = posted(stack, fax(), key)
    assert (answer.status, answer.document["field"]) == (400, "idempotency_key")


def test_no_document_is_needed_where_there_is_a_cover_page(stack: Stack) -> None:
    options = {"has_cover_page": True, "cover_message": "first line\nsecond line"}
    assert len(submitted(stack, fax(SENT, documents=[], options=options))) == 1


def test_documents_in_the_request_hold_four_megabytes_in_all(stack: Stack) -> None:
    def documents(*sizes: int) -> dict[str, Any]:
        contents = [b64encode((b"%%PDF-%d" % one).ljust(size)).decode() for one, size in enumerate(sizes)]
        return fax(SENT, documents=[{"type": "application/pdf", "content": one} for one in contents])

    assert len(json.dumps(documents(LARGE))) < 6 * 1024 * 1024
    assert posted(stack, documents(LARGE // 2, LARGE // 2)).status == 202
    answer = posted(stack, documents(LARGE // 2, LARGE // 2 + 1), key="another-key")
    assert (answer.status, answer.document["field"]) == (400, "documents")


def test_what_is_sent_as_something_else_than_json_fits_into_lambda_as_base64(stack: Stack) -> None:
    def as_base64(size: int) -> Event:
        document = {"type": "application/pdf", "content": b64encode(b"%PDF-".ljust(size)).decode()}
        event = request_to("/faxes", fax(SENT, documents=[document]))
        return event | {"body": b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}

    allowed = as_base64(LARGE * 3 // 4)
    assert len(json.dumps(allowed)) < 6_291_556
    assert stack.http("SubmitFax", allowed).status == 202
    answer = stack.http("SubmitFax", as_base64(LARGE * 3 // 4 + 1))
    assert (answer.status, answer.document["field"]) == (400, "documents")
    assert "application/json" in answer.document["detail"]


@pytest.mark.parametrize(
    ("service", "operation"), [("dynamodb", "PutItem"), ("dynamodb", "GetItem"), ("s3", "*"), ("sqs", "*")]
)
def test_nothing_is_accepted_that_is_not_durable_and_trying_again_helps(
    stack: Stack, service: str, operation: str
) -> None:
    with stack.out_of_reach(service, operation):
        answer = posted(stack, fax())
    assert (answer.status, answer.headers["retry-after"]) == (503, "120")
    assert stack.to_be_sent() == []
    submitted(stack, fax())
    assert len(stack.to_be_sent()) == 1


def test_without_softlinx_there_is_no_way_to_it(stack: Stack) -> None:
    stack.parameters["SoftlinxRealm"] = ""
    answer = posted(stack, fax())
    assert (answer.status, answer.document["field"]) == (400, "provider")


# --- uploads -------------------------------------------------------------------------------------------

LETTER = b"%PDF-1.4 " + b"x" * 1000


def upload_asked(stack: Stack, key: str | None = None, **more: Any) -> Answer:
    asked = {
        "type": "application/pdf",
        "size": len(LETTER),
        "sha256": sha256(LETTER).hexdigest(),
        **more,
    }
    answer = stack.http("SubmitFax", request_to("/faxes/uploads", asked, key=key))
    hold_against_openapi(answer, "post", "/faxes/uploads")
    return answer


def upload(stack: Stack, content: bytes = LETTER) -> str:
    """As whoever got the link does it."""
    link = upload_asked(stack).document
    stack.put_document(
        urlsplit(link["url"]).path.lstrip("/"),
        content,
        ContentType=link["headers"]["content-type"],
        Metadata={"sha256": link["headers"]["x-amz-meta-sha256"]},
    )
    upload_id: str = link["upload"]
    return upload_id


def test_a_link_takes_one_document_and_no_other(stack: Stack) -> None:
    link = upload_asked(stack).document
    query = parse_qs(urlsplit(link["url"]).query)
    signed = set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert signed >= {"content-length", *link["headers"]}
    assert query["X-Amz-Expires"] == ["900"]
    assert urlsplit(link["url"]).path == f"/outgoing/uploads/{link['upload']}"
    assert upload_asked(stack).document["upload"] != link["upload"]


def test_under_one_key_a_document_has_one_upload_and_any_other_another(stack: Stack) -> None:
    uploads = [upload_asked(stack, "order-0001").document["upload"] for _ in range(2)]
    uploads.append(upload_asked(stack, "order-0002").document["upload"])
    uploads.append(upload_asked(stack, "order-0001", sha256="0" * 64).document["upload"])
    assert uploads[0] == uploads[1]
    assert len(set(uploads)) == 3


def test_a_key_of_an_upload_that_is_none_is_refused(stack: Stack) -> None:
    answer = upload_asked(stack, "short")
    assert (answer.status, answer.document["field"]) == (400, "idempotency_key")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"size": 20 * 1024 * 1024 + 1}, "size"),
        ({"size": 0}, "size"),
        ({"sha256": "x"}, "sha256"),
        ({"type": "pdf"}, "type"),
        ({"name": canaries.NAME}, "body"),
    ],
)
def test_a_link_is_given_for_what_may_be_sent(stack: Stack, more: dict[str, Any], field: str) -> None:
    answer = upload_asked(stack, **more)
    assert (answer.status, answer.document["field"]) == (400, field)


def test_an_upload_is_sent_with_what_came_in_the_request(stack: Stack) -> None:
    documents = [{"upload": upload(stack)}, *fax()["documents"]]
    submitted(stack, fax(SENT, documents=documents))
    (order,) = stack.items("ORDER#")
    asked = json.loads(order["asked"])
    assert [one["size"] for one in asked["documents"]] == [len(LETTER), len(PDF)]
    assert asked["documents"][0]["sha256"] == sha256(LETTER).hexdigest()


def test_an_upload_of_another_day_is_stale(stack: Stack) -> None:
    upload_id = upload(stack)
    stack.clock.advance(hours=24 * 366 * 10)
    answer = posted(stack, fax(SENT, documents=[{"upload": upload_id}]))
    assert (answer.status, answer.document["field"]) == (400, "documents[0].upload")


# --- asking for a resend -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fax_id", "body", "key", "status"),
    [
        ("softlinx.outbound.acme.33", "", "a-resend", 409),
        ("no-id", "", "a-resend", 400),
        ("softlinx.outbound.acme.33", "{", "a-resend", 400),
        ("softlinx.outbound.acme.33", {"number": "x"}, "a-resend", 400),
        ("softlinx.outbound.acme.33", "", None, 400),
        ("greenfax.outbound.12345.33", "", "a-resend", 400),
    ],
)
def test_what_can_t_be_resent_is_refused(
    stack: Stack, fax_id: str, body: Any, key: str | None, status: int
) -> None:
    stack.parameters["GreenFaxSender"] = ""
    assert resend(stack, fax_id, body, key).status == status


def test_a_route_that_is_none_is_not_found(stack: Stack) -> None:
    event = request_to("/faxes/uploads/more", {})
    assert stack.http("SubmitFax", event).status == 404


@pytest.mark.parametrize(
    ("notify", "field"),
    [
        ([], "notify"),
        ([{}], "notify[0]"),
        ([{"webhook": "http://127.0.0.1/"}], "notify[0].webhook"),
        ([{"webhook": "https://169.254.169.254/latest/meta-data/"}], "notify[0].webhook"),
        ([{"webhook": "https://a.example.org/"}, {"email": "a@example.org"}], "notify[1].email"),
        ({"webhook": "https://a.example.org/"}, "notify"),
    ],
)
def test_targets_that_can_t_be_told_are_refused_with_the_fax(stack: Stack, notify: Any, field: str) -> None:
    answer = posted(stack, fax(notify=notify))
    assert (answer.status, answer.document["field"]) == (400, field)
    assert stack.items("ORDER#") == []


def test_an_upload_that_is_not_what_it_is_called_is_refused(stack: Stack) -> None:
    document = {"upload": upload(stack, b"hello")}
    answer = posted(stack, fax(SENT, documents=[document]))
    assert (answer.status, answer.document["field"]) == (400, "documents[0].upload")
    assert stack.to_be_sent() == []
