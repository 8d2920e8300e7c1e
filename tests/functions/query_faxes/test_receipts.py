"""`GET /faxes/{id}/receipt`: what can be shown of a fax, over faxes that callbacks have settled."""

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from faxledger.domain.canonical_json import sha256_of
from faxledger.domain.signatures import message_of
from tests.support import canaries
from tests.support.bundle_on_moto import Answer, Event, Stack, event_file, query, softlinx_post
from tests.support.openapi import hold_against_openapi

ROUTE = "GET /faxes/{id}/receipt"
FAX = "softlinx.outbound.acme.33"
NUMBER = "12025550100"


def asked(fax_id: str = FAX) -> Event:
    return query(ROUTE, id=fax_id)


def receipt(stack: Stack, fax_id: str = FAX) -> Answer:
    answer = stack.http("QueryFaxes", asked(fax_id))
    hold_against_openapi(answer, "get", "/faxes/{id}/receipt")
    return answer


def settle(stack: Stack, word: str = "sent", **more: str) -> None:
    fields = {"FaxId": "33", "FaxStatus": word, "CompleteTime": "2026-11-22T10:00:00Z", "FaxNumber": NUMBER}
    assert stack.http("SoftlinxCallback", softlinx_post({**fields, **more})).status == 200


def test_it_shows_what_the_ledger_knows_and_the_hash_of_what_each_source_said(stack: Stack) -> None:
    settle(stack, PagesSent="3", PagesTotal="3")
    settle(stack, "sendFailed", ErrorText="busy")
    answer = receipt(stack)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    said: dict[str, Any] = answer.document
    assert (said["result"], said["to_number"], said["pages"]) == ("transmitted", NUMBER, 3)
    assert said["completed_at"]["utc"] == "2026-11-22T10:00:00.000Z"
    fax = stack.http("QueryFaxes", query("GET /faxes/{id}", id=FAX)).document
    statements = [*fax["sightings"], fax["conflict"]["statements"][1]]
    assert [one["statement"] for one in said["evidence"]] == statements
    assert [one["sha256"] for one in said["evidence"]] == [sha256_of(one) for one in statements]


def test_a_fax_that_has_not_come_to_its_end_has_none_yet(stack: Stack) -> None:
    settle(stack, "sending", Queue="SendFax")
    answer = receipt(stack)
    assert (answer.status, answer.document["field"]) == (409, "id")
    assert "no final status yet" in answer.document["detail"]
    submission = stack.http("SubmitFax", event_file("submit_fax")).document["submissions"][0]["id"]
    for name in (submission, f"softlinx.outbound.acme.{submission}"):
        assert receipt(stack, name).status == 409


def test_a_submission_s_id_leads_to_the_receipt_of_its_fax(stack: Stack) -> None:
    submission = stack.http("SubmitFax", event_file("submit_fax")).document["submissions"][0]["id"]
    settle(stack)
    fax, kept = stack.item(FAX), stack.items(f"SUBMISSION#{submission}")[0]
    assert fax is not None
    stack.table.put_item(Item={**fax, "submission": submission})
    stack.table.put_item(Item={**kept, "fax_id": FAX})
    by_fax, by_submission = receipt(stack), receipt(stack, submission)
    assert by_fax.document == by_submission.document
    assert by_fax.document["id"] == FAX
    assert (by_fax.document["submission"]["id"], len(by_fax.document["sent_sha256"])) == (submission, 1)


def test_a_submission_that_was_refused_has_the_receipt_of_a_fax_that_failed(stack: Stack) -> None:
    submission = stack.http("SubmitFax", event_file("submit_fax")).document["submissions"][0]["id"]
    kept = stack.items(f"SUBMISSION#{submission}")[0]
    refused = {"state": "refused", "state_at": kept["accepted_at"], "failure_class": "rejected"}
    stack.table.put_item(Item={**kept, **refused})
    document = receipt(stack, submission).document
    assert (document["result"], document["settled_by"]) == ("not_transmitted", "handover")
    assert (document["id"], document["evidence"]) == (f"softlinx.outbound.acme.{submission}", [])


@pytest.mark.parametrize("fax_id", ["softlinx.outbound.acme.34", "0123456789abcdef" * 2 + "-1"])
def test_what_nobody_knows_has_none(stack: Stack, fax_id: str) -> None:
    assert receipt(stack, fax_id).status == 404


def test_an_id_that_is_none_is_refused(stack: Stack) -> None:
    assert receipt(stack, NUMBER).status == 400


# --- signed --------------------------------------------------------------------------------------------


@pytest.fixture
def signing(stack: Stack) -> Stack:
    stack.parameters["SignReceipts"] = "true"
    settle(stack)
    return stack


def is_signed(stack: Stack, said: dict[str, Any]) -> bool:
    key = load_der_public_key(stack.public_key("ReceiptKey"))
    assert isinstance(key, EllipticCurvePublicKey)
    try:
        key.verify(b64decode(said["signature"]["value"]), message_of(said), ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def test_a_receipt_is_signed_by_the_stack_s_key_and_a_changed_byte_is_found(signing: Stack) -> None:
    said = receipt(signing).document
    assert said["signature"]["algorithm"] == "ECDSA_SHA_256"
    assert said["signature"]["key_id"].startswith("arn:aws:kms:")
    assert is_signed(signing, said)
    assert not is_signed(signing, {**said, "to_number": NUMBER.replace("0100", "0101")})


def test_one_that_is_longer_than_what_kms_takes_is_signed_as_well(signing: Stack) -> None:
    settle(signing, Remark="x" * 10_000)
    said = receipt(signing).document
    assert len(json.dumps(said)) > 10_000
    assert is_signed(signing, said)


def test_a_page_shows_the_signature(signing: Stack) -> None:
    read = "".join(PageAsRead(page(signing).body).read)
    assert "ECDSA_SHA_256 by arn:aws:kms:" in read


def test_without_the_parameter_nothing_is_signed_and_no_key_is_used(stack: Stack) -> None:
    settle(stack)
    assert receipt(stack).document["signature"] is None
    assert stack.count_of("kms:Sign") == 0


def test_one_that_can_t_be_signed_just_now_is_not_issued(signing: Stack) -> None:
    with signing.out_of_reach("kms"):
        for answer in (receipt(signing), page(signing)):
            assert (answer.status, answer.headers["retry-after"]) == (503, "120")
            assert "can't be signed" in answer.document["detail"]


# --- as a page -----------------------------------------------------------------------------------------


def page(stack: Stack, accept: str = "text/html") -> Answer:
    event = asked()
    event["headers"]["accept"] = accept
    answer = stack.http("QueryFaxes", event)
    hold_against_openapi(answer, "get", "/faxes/{id}/receipt")
    return answer


class PageAsRead(HTMLParser):
    """Which elements and attributes a page has, and what can be read on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.read: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.read.append(data)


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "</style><b>&lt;"]
)
def test_whatever_a_sender_s_machine_calls_itself_is_only_text(stack: Stack, attack: str) -> None:
    settle(stack, TSI=attack, **{f"X{attack}": "1"})
    shown = PageAsRead(page(stack).body)
    assert shown.elements == {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "main",
            "h1",
            "h2",
            "p",
            "section",
            "dl",
            "dt",
            "dd",
            "span",
            "bdi",
        ),
    }
    assert shown.attributes == {"lang", "charset", "name", "content", "http-equiv", "class"}
    assert f"TSI: {attack}" in "".join(shown.read)


def test_a_page_may_load_nothing_and_run_nothing_and_its_style_is_known_by_its_hash(stack: Stack) -> None:
    settle(stack)
    answer = page(stack)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.body, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert answer.headers == {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": f"{policy}; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "vary": "accept",
    }
    assert f'content="{escape(policy)}"' in answer.body
    assert not re.search(r"url\(|@import|https?://", answer.body)


def test_a_page_says_all_that_the_document_says(stack: Stack) -> None:
    settle(stack, PagesSent="2", PagesTotal="3", ProjectCode="case-7")
    settle(stack, "sendFailed", ErrorText="no answer")
    said = receipt(stack).document
    read = "".join(PageAsRead(page(stack).body).read)
    for text in ("Transmitted in part", said["meaning"], FAX, NUMBER, "2 of 3", "case-7", "in contradiction"):
        assert text in read
    for evidence in said["evidence"]:
        assert evidence["sha256"] in read
        assert all(f"{name}: {text}" in read for name, text in evidence["statement"]["given"].items())


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html;q=0.5, application/json;q=0.6", "application/json"),
        ("image/png", "application/problem+json"),
    ],
)
def test_it_comes_in_the_form_that_is_preferred(stack: Stack, accept: str, media_type: str) -> None:
    settle(stack)
    answer = page(stack, accept)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.status == (406 if "problem" in media_type else 200)


def test_nothing_of_a_person_is_logged(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    settle(stack, FaxNumber=canaries.NUMBER, RemoteCsid=canaries.NAME)
    capsys.readouterr()
    for answer in (receipt(stack), page(stack)):
        assert canaries.found_in(answer.body) != []
    assert canaries.found_in(capsys.readouterr().out) == []


def test_a_table_out_of_reach_is_worth_trying_again(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"):
        assert receipt(stack).status == 503
