"""What both callback URLs answer, in the order in which a callback is looked at."""

from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.bundle_on_moto import TOKEN, Answer, Event, Stack, greenfax_get, softlinx_post

Make = Callable[..., Event]
BOTH = pytest.mark.parametrize(
    ("function", "make"),
    [("SoftlinxCallback", softlinx_post), ("GreenFaxNotify", greenfax_get)],
    ids=["softlinx", "greenfax"],
)
GOOD = {
    "SoftlinxCallback": "FaxId=33&FaxStatus=sent",
    "GreenFaxNotify": "result=success&greenfaxreferenceid=33",
}
OK = Answer(200, {"content-type": "text/plain"}, "OK\n")
OTHER_TOKEN = "Z" * 48


def is_problem(answer: Answer, status: int, field: str | None = None) -> bool:
    """Whether the answer is an RFC 9457 document of this status that names this field."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.document
    assert document["status"] == answer.status
    assert set(document) == {"type", "title", "status", "detail"} | ({"field"} if field else set())
    return (answer.status, document.get("field")) == (status, field)


@BOTH
def test_the_event_in_events_settles_a_fax(stack: Stack, function: str, make: Make) -> None:
    assert stack.http(function, make()) == OK
    (fax,) = stack.items("FAX#")
    assert fax["final_status"] in {"failed", "sent"}


@BOTH
@pytest.mark.parametrize(
    "token", [None, "", OTHER_TOKEN, TOKEN[:-1], TOKEN + "A", TOKEN.lower(), "ü", "\ud800"]
)
def test_a_token_that_is_not_ours_finds_nothing(
    stack: Stack, function: str, make: Make, token: str | None
) -> None:
    answer = stack.http(function, make(token=token))
    assert is_problem(answer, 404)
    assert stack.items() == []


def test_a_token_of_the_other_provider_finds_nothing(stack: Stack) -> None:
    stack.put_secret("GreenFaxCallbackTokens", OTHER_TOKEN)
    assert stack.http("SoftlinxCallback", softlinx_post(token=OTHER_TOKEN)).status == 404
    assert stack.http("GreenFaxNotify", greenfax_get(token=TOKEN)).status == 404
    assert stack.http("GreenFaxNotify", greenfax_get(token=OTHER_TOKEN)).status == 200


def test_an_enforced_address_finds_the_same_nothing(stack: Stack) -> None:
    stack.parameters["EnforceSoftlinxAddresses"] = "true"
    for address in ("209.190.172.178", "66.181.95.135", "66.181.95.100", "209.190.165.133"):
        assert stack.http("SoftlinxCallback", softlinx_post(address=address)) == OK
    stranger = stack.http("SoftlinxCallback", softlinx_post("nonsense", address="192.0.2.1"))
    assert stranger == stack.http("SoftlinxCallback", softlinx_post(token=OTHER_TOKEN))
    assert stranger.status == 404
    assert stack.unreadable() == []


def test_any_address_may_call_unless_addresses_are_enforced(stack: Stack) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post(address="192.0.2.1")) == OK


@BOTH
def test_64_kilobytes_are_read_and_one_more_is_not(stack: Stack, function: str, make: Make) -> None:
    start = f"{GOOD[function]}&Padding="
    whole = start + "x" * (65_536 - len(start))
    assert stack.http(function, make(whole)) == OK
    # What is too long for a sighting is kept beside it.
    assert [item["raw"].value for item in stack.unreadable()] == [whole.encode()]

    assert is_problem(stack.http(function, make(whole + "x")), 413, "body")
    kept = {item["is_truncated"]: item for item in stack.unreadable()}
    assert len(kept[True]["raw"].value) == 65_536


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "form",
        "multipart/mixed; boundary=b",
        "application/xml",
        ";;",
    ],
)
def test_what_is_no_form_is_an_unsupported_type_and_kept(stack: Stack, content_type: str | None) -> None:
    event = softlinx_post("FaxId=33&FaxStatus=sent", content_type=content_type)
    assert is_problem(stack.http("SoftlinxCallback", event), 415, "content-type")
    assert [item["raw"].value for item in stack.unreadable()] == [b"FaxId=33&FaxStatus=sent"]


@pytest.mark.parametrize("content_type", [None, "", " "])
@pytest.mark.parametrize("body", ["FaxId=33&FaxStatus=sent", "faxstatus=sent&TSI=M%FCller&FAXID=33\r\n"])
def test_a_body_without_a_type_that_has_id_and_status_is_a_form(
    stack: Stack, content_type: str | None, body: str
) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post(body, content_type=content_type)) == OK
    (fax,) = stack.items("FAX#")
    assert fax["final_status"] == "sent"


@pytest.mark.parametrize(
    "body", ["", "FaxId=33", "FaxStatus=sent", '{"FaxId": "33", "FaxStatus": "sent"}', "\xff\x00"]
)
def test_a_body_without_a_type_that_lacks_them_is_none(stack: Stack, body: str) -> None:
    answer = stack.http("SoftlinxCallback", softlinx_post(body, content_type=None))
    assert is_problem(answer, 415, "content-type")
    assert [item["raw"].value for item in stack.unreadable()] == [body.encode()]


def test_the_size_is_looked_at_before_the_type_and_the_type_before_the_body(stack: Stack) -> None:
    large = softlinx_post("x" * 65_537, content_type="application/json")
    assert stack.http("SoftlinxCallback", large).status == 413
    undecodable = softlinx_post("x", content_type="application/json")
    undecodable["body"] = "%"
    assert stack.http("SoftlinxCallback", undecodable).status == 415


@pytest.mark.parametrize("body", ["%", "RmF4SWQ", "RmF4SWQ=\n====", "ä", "a b c d"])
def test_bad_base64_is_refused_and_kept_as_it_came(stack: Stack, body: str) -> None:
    event = softlinx_post()
    event["body"] = body
    assert is_problem(stack.http("SoftlinxCallback", event), 400, "body")
    assert [item["raw"].value for item in stack.unreadable()] == [body.encode()]


@pytest.mark.parametrize("body", ["", None])
@pytest.mark.parametrize("is_base64", [True, False])
def test_a_body_of_nothing_lacks_its_id(stack: Stack, body: str | None, is_base64: bool) -> None:  # noqa: FBT001
    event = softlinx_post()
    event |= {"body": body, "isBase64Encoded": is_base64}
    assert is_problem(stack.http("SoftlinxCallback", event), 400, "FaxId")
    assert len(stack.unreadable()) == 1


UNREADABLE = [
    ("SoftlinxCallback", "FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=33", "FaxStatus"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=", "FaxStatus"),
    ("SoftlinxCallback", "FaxId=33a&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=-33&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=33.0&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=%D9%A3&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=1234567890123456789&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=33~2&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=3%233&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=x&FaxStatus=pondering", "FaxId"),
    ("SoftlinxCallback", "FaxId=33&FaxId=34&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=33&faxid=34&FaxStatus=sent", "faxid"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent&FaxStatus=sendFailed", "FaxStatus"),
    ("SoftlinxCallback", "FaxId=33%00&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=33&faxstatus=sent%0A", "faxstatus"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent%FF", "FaxStatus"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent%ED%A0%80", "FaxStatus"),
    # What was replaced on its way here is as doubtful.
    ("SoftlinxCallback", "FaxId=33&FaxStatus=se%EF%BF%BDt", "FaxStatus"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent\r\n&Queue=SendFax", "FaxStatus"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent&Queue=SendFax%09", "Queue"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent&Realm=acme%C2%85", "Realm"),
    ("SoftlinxCallback", "Fax%00Id=33&FaxStatus=sent", "FaxId"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent&=nameless", "body"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent&" + "&".join(f"f{n}=1" for n in range(200)), "body"),
    ("SoftlinxCallback", "FaxId=33&FaxStatus=sent&Realm=other", "Realm"),
    ("GreenFaxNotify", "", "greenfaxreferenceid"),
    ("GreenFaxNotify", "result=success", "greenfaxreferenceid"),
    ("GreenFaxNotify", "result=success&greenfaxreferenceid=", "greenfaxreferenceid"),
    ("GreenFaxNotify", "result=success&greenfaxreferenceid=8591334%23x", "greenfaxreferenceid"),
    ("GreenFaxNotify", "result=success&greenfaxreferenceid=" + "8" * 65, "greenfaxreferenceid"),
    ("GreenFaxNotify", "result=success&greenfaxreferenceid=8.5", "greenfaxreferenceid"),
    ("GreenFaxNotify", "greenfaxreferenceid=8591334", "result"),
    ("GreenFaxNotify", "greenfaxreferenceid=8591334&result=+", "result"),
    ("GreenFaxNotify", "result=success&greenfaxreferenceid=1&greenfaxreferenceid=2", "greenfaxreferenceid"),
    ("GreenFaxNotify", "result=success&result=busy&greenfaxreferenceid=1", "result"),
    ("GreenFaxNotify", "result=success&greenfaxreferenceid=1%07", "greenfaxreferenceid"),
    ("GreenFaxNotify", "result=%E4&greenfaxreferenceid=1", "result"),
    ("GreenFaxNotify", "result%3Dsucc%25E4ss%26greenfaxreferenceid%3D1", "result"),
    ("GreenFaxNotify", "result%3Dsucc%E4ss%26greenfaxreferenceid%3D1", "result"),
    ("GreenFaxNotify", "result%3Dsuccess%250D%250A%26greenfaxreferenceid%3D1", "result"),
    ("GreenFaxNotify", "result=success\ud800&greenfaxreferenceid=1", "result"),
]


@pytest.mark.parametrize(("function", "text", "field"), UNREADABLE)
def test_what_cant_be_read_is_refused_by_name_and_kept_once(
    stack: Stack, function: str, text: str, field: str
) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    event = softlinx_post(raw) if function == "SoftlinxCallback" else greenfax_get(text)
    first, second = stack.http(function, event), stack.http(function, event)
    assert is_problem(first, 400, field)
    assert first == second
    (item,) = stack.unreadable()
    assert item["raw"].value == raw
    assert item["seen"] == 2
    assert item["problem"]
    assert item["expires_at"] > stack.clock.now().timestamp()
    assert stack.items("FAX#") == []


# Of a fax that its id and status name surely: in what decides nothing, a stranger's machine may say anything.
SOFTLINX_ODD = [
    ("TSI=Praxis+M%FCller", {"TSI": "Praxis M\ufffdller"}),
    ("TSI=Praxis+M%ED%A0%80ller", {"TSI": "Praxis M\ufffd\ufffd\ufffdller"}),
    ("CSI=12155550100%00%00", {"CSI": "12155550100\ufffd\ufffd"}),
    ("CSI=%C2%85", {"CSI": "\ufffd"}),
    ("C%00SI=a", {"C\ufffdSI": "a"}),
    ("FaxUserId=%07", {"FaxUserId": "\ufffd"}),
]
SOFTLINX_BLANKS = [
    ("ErrorText=Busy%0D%0A", {"ErrorText": "Busy "}),
    ("ErrorText=No%09answer", {"ErrorText": "No answer"}),
    ("ErrorText=a%0Ab", {"ErrorText": "a b"}),
]
GREENFAX_ODD = [
    ("userjobcode=Akte+M%FCller", {"userjobcode": "Akte M\ufffdller"}),
    ("userjobcode=%07", {"userjobcode": "\ufffd"}),
    ("userjobcode=\ud800", {"userjobcode": "\ufffd"}),
]
GREENFAX_BLANKS = [
    ("userjobcode=Akte+1%0D%0A+234", {"userjobcode": "Akte 1 234"}),
    ("cost=0.10%0A", {"cost": "0.10 "}),
]
GREENFAX_START = "result=success&greenfaxreferenceid=33"


def once_more(query: str) -> str:
    return quote(query, safe="", errors="surrogatepass")


@pytest.mark.parametrize(
    ("event", "kept", "is_counted"),
    [
        *((softlinx_post(f"{GOOD['SoftlinxCallback']}&{odd}"), kept, True) for odd, kept in SOFTLINX_ODD),
        *((softlinx_post(f"{odd}&{GOOD['SoftlinxCallback']}"), kept, False) for odd, kept in SOFTLINX_BLANKS),
        (softlinx_post(b"FaxId=33&FaxStatus=sent&TSI=M\xfcller"), {"TSI": "M\ufffdller"}, True),
        *((greenfax_get(f"{GREENFAX_START}&{odd}"), kept, True) for odd, kept in GREENFAX_ODD),
        *((greenfax_get(f"{GREENFAX_START}&{odd}"), kept, False) for odd, kept in GREENFAX_BLANKS),
        *((greenfax_get(once_more(f"{GREENFAX_START}&{odd}")), kept, True) for odd, kept in GREENFAX_ODD[:2]),
        *((greenfax_get(once_more(f"{GREENFAX_START}&{odd}")), kept, False) for odd, kept in GREENFAX_BLANKS),
        (
            greenfax_get("result%3Dsuccess%26greenfaxreferenceid%3D33%26userjobcode%3DM%FCller"),
            {"userjobcode": "M\ufffdller"},
            True,
        ),
    ],
)
def test_a_character_in_what_decides_nothing_is_replaced_kept_counted_and_the_fax_settled(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    event: Event,
    kept: dict[str, str],
    is_counted: bool,  # noqa: FBT001
) -> None:
    function = "SoftlinxCallback" if event["routeKey"].startswith("POST") else "GreenFaxNotify"
    assert stack.http(function, event) == OK
    (fax,) = stack.items("FAX#")
    assert fax["final_status"] == "sent"
    given = next(fax[name] for name in fax if name.startswith("sighting_"))["given"]
    assert kept.items() <= given.items()
    assert stack.unreadable() == []
    # A line end that became a space has lost nothing.
    assert ('"CharactersReplaced":[1.0]' in capsys.readouterr().out) is is_counted


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\n\r\n"])
def test_a_line_end_after_a_form_is_no_part_of_it(stack: Stack, end: str) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post(f"FaxId=804&FaxStatus=sent{end}")) == OK
    (fax,) = stack.items("FAX#")
    assert fax["sighting_callback"]["given"] == {"FaxId": "804", "FaxStatus": "sent"}


@BOTH
def test_the_answer_tells_nothing_of_the_ledger(stack: Stack, function: str, make: Make) -> None:
    new = stack.http(function, make(GOOD[function]))
    again = stack.http(function, make(GOOD[function]))
    other = {
        "SoftlinxCallback": "FaxId=33&FaxStatus=sendFailed",
        "GreenFaxNotify": "result=busy&greenfaxreferenceid=33",
    }
    contradicting = stack.http(function, make(other[function]))
    assert new == again == contradicting == OK
    (fax,) = stack.items("FAX#")
    assert (fax["final_status"], fax["conflict"]["status"]) == ("sent", "failed")


@pytest.mark.parametrize(
    ("text", "is_noted"),
    [
        ("FaxId=33&FaxStatus=pondering&Queue=SendFax", True),
        ("FaxId=33&FaxStatus=recvOk&Queue=SendFax", True),
        ("FaxId=33&FaxStatus=pondering", False),
        ("FaxId=33&FaxStatus=pondering&Queue=Elsewhere", False),
    ],
)
def test_an_unknown_word_is_accepted_kept_counted_and_settles_nothing(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    text: str,
    is_noted: bool,  # noqa: FBT001
) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post(text)) == OK
    assert '"UnknownStatusWord":[1.0]' in capsys.readouterr().out
    if is_noted:
        (fax,) = stack.items("FAX#")
        assert fax["unsettling_callback"]["word"] in {"pondering", "recvOk"}
        assert "final_status" not in fax
    else:
        # Not even the direction is known, so there is no fax to note it at.
        assert stack.items("FAX#") == []
        assert [item["raw"].value for item in stack.unreadable()] == [text.encode()]


def test_a_form_need_not_be_base64(stack: Stack) -> None:
    event = softlinx_post()
    event |= {"body": "FaxId=33&FaxStatus=sent&ErrorText=gr%C3%BCn+gr\u00fcn", "isBase64Encoded": False}
    assert stack.http("SoftlinxCallback", event) == OK
    (fax,) = stack.items("FAX#")
    assert fax["sighting_callback"]["given"]["ErrorText"] == "gr\u00fcn gr\u00fcn"


def test_a_key_given_twice_with_the_same_value_is_given_once(stack: Stack) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxId=33&FaxStatus=sent&&=&")) == OK
    (fax,) = stack.items("FAX#")
    assert fax["sighting_callback"]["given"] == {"FaxId": "33", "FaxStatus": "sent"}


def test_a_field_whose_name_looks_like_a_number_is_not_repeated(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    event = softlinx_post("FaxId=33&FaxStatus=sent&12125550101=a&12125550101=b")
    answer = stack.http("SoftlinxCallback", event)
    assert answer.status == 400
    assert "12125550101" not in answer.body + capsys.readouterr().out


def test_base64_is_only_what_the_gateway_says_it_is(stack: Stack) -> None:
    event = softlinx_post()
    event |= {"body": b64encode(b"FaxId=33&FaxStatus=sent").decode(), "isBase64Encoded": False}
    assert is_problem(stack.http("SoftlinxCallback", event), 400, "FaxId")
