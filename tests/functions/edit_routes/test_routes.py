"""`/routes`: what can be asked for, what is refused, and that it never ends in a 5xx."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.bundle_on_moto import Answer, Stack, event_file
from tests.support.openapi import hold_against_openapi

HOOK = {"webhook": "https://hooks.example.org/faxes?key=1"}
MAIL = {"email": "desk@example.org", "events": ["fax.failed", "fax.overdue"]}


def ask(
    stack: Stack,
    method: str,
    path: str = "/routes/{provider}/{name}",
    *,
    key: tuple[str, str] = ("softlinx", "jane"),
    body: Any = None,
    query: str = "",
) -> Answer:
    event = event_file("edit_routes") | {"routeKey": f"{method} {path}", "rawQueryString": query}
    event["pathParameters"] = dict(zip(("provider", "name"), key, strict=True)) if "{" in path else {}
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    answer = stack.http("EditRoutes", event)
    hold_against_openapi(answer, method.lower(), path)
    return answer


def targets(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.document["targets"]
    return [{name: value for name, value in one.items() if name != "id"} for one in found]


@pytest.fixture
def mailing(stack: Stack) -> Stack:
    stack.parameters["NotifySender"] = "faxes@example.org"
    return stack


def test_the_event_in_events_is_kept(stack: Stack) -> None:
    hold_against_openapi(
        stack.http("EditRoutes", event_file("edit_routes")), "put", "/routes/{provider}/{name}"
    )
    (kept,) = targets(ask(stack, "GET"))
    assert kept["webhook"] == "https://hooks.example.org/faxes"


@pytest.mark.parametrize("path", ["/routes/default", "/routes/{provider}/{name}"])
def test_a_route_can_be_put_seen_replaced_and_deleted(mailing: Stack, path: str) -> None:
    assert ask(mailing, "GET", path).status == 404
    assert ask(mailing, "DELETE", path).status == 404
    given_back = targets(ask(mailing, "PUT", path, body={"targets": [HOOK, MAIL]}))
    assert sorted(given_back, key=str) == sorted(
        [{**HOOK, "events": [], "disabled_at": None}, {**MAIL, "disabled_at": None}], key=str
    )
    assert sorted(targets(ask(mailing, "GET", path)), key=str) == sorted(given_back, key=str)
    assert len(targets(ask(mailing, "PUT", path, body={"targets": [MAIL]}))) == 1
    assert ask(mailing, "DELETE", path).status == 204
    assert ask(mailing, "GET", path).status == 404


def test_a_closed_day_can_be_asked_for_by_the_default_route_alone(mailing: Stack) -> None:
    desk = {"email": "desk@example.org", "events": ["day.closed"]}
    (kept,) = targets(ask(mailing, "PUT", "/routes/default", body={"targets": [desk]}))
    assert kept["events"] == ["day.closed"]
    refused = ask(mailing, "PUT", body={"targets": [HOOK, desk]})
    assert (refused.status, refused.document["field"]) == (400, "targets[1].events")
    assert "only the default route" in refused.document["detail"]
    assert ask(mailing, "GET").status == 404


@pytest.mark.parametrize("spelling", ["12025550191", "2025550191", "+1 (202) 555-0191", "1-202-555-0191"])
def test_each_spelling_of_a_number_is_one_route(stack: Stack, spelling: str) -> None:
    ask(stack, "PUT", key=("softlinx", "12025550191"), body={"targets": [HOOK]})
    found = ask(stack, "GET", key=("softlinx", spelling)).document
    assert (found["provider"], found["name"]) == ("softlinx", "2025550191")


def test_routes_are_listed(stack: Stack) -> None:
    ask(stack, "PUT", "/routes/default", body={"targets": [HOOK]})
    for name in ("jane", "JACK"):
        ask(stack, "PUT", key=("greenfax", name), body={"targets": [HOOK]})
    listed = ask(stack, "GET", "/routes").document
    assert [(route["provider"], route["name"]) for route in listed["routes"]] == [
        (None, None),
        ("greenfax", "jack"),
        ("greenfax", "jane"),
    ]
    assert ask(stack, "GET", "/routes", query="cursor=zzz").document["routes"] == []


REFUSED: dict[str, Any] = {
    "no JSON": "{",
    "no object": [],
    "no targets": {},
    "an unknown field": {"targets": [HOOK], "secret": "x"},
    "an empty list": {"targets": []},
    "too many": {"targets": [{"webhook": f"https://hooks.example.org/{n}"} for n in range(21)]},
    "twice the same": {"targets": [HOOK, HOOK]},
    "neither": {"targets": [{"events": []}]},
    "both": {"targets": [{**HOOK, **MAIL}]},
    "another kind": {"targets": [{"sms": "12025550100"}]},
    "an unknown field of a target": {"targets": [{**HOOK, "secret": "x"}]},
    "no text": {"targets": [{"webhook": 7}]},
    "no list of events": {"targets": [{**HOOK, "events": "fax.sent"}]},
    "an unknown event": {"targets": [{**HOOK, "events": ["fax.lost"]}]},
    "an event that is no text": {"targets": [{**HOOK, "events": [["fax.sent"]]}]},
    "no https": {"targets": [{"webhook": "http://hooks.example.org/"}]},
    "an address instead of a name": {"targets": [{"webhook": "https://169.254.169.254/latest"}]},
    "this machine": {"targets": [{"webhook": "http://127.0.0.1:8080/"}]},
    "a port": {"targets": [{"webhook": "https://hooks.example.org:8443/"}]},
    "half a surrogate pair": '{"targets": [{"webhook": "https://hooks.example.org/\\ud800"}]}',
    "no email address": {"targets": [{"email": "desk"}]},
    "two email addresses": {"targets": [{"email": "a@example.org, b@example.org"}]},
    "an email header": {"targets": [{"email": "a@example.org\r\nBcc: b@example.org"}]},
    "an email with a name": {"targets": [{"email": "Desk <desk@example.org>"}]},
    "an encoded word": {"targets": [{"email": "=?utf-8?q?a=40example.net=2Cb?=@example.org"}]},
    "dots that no mail server takes": {"targets": [{"email": "a..b@example.org"}]},
    "a dot at the end": {"targets": [{"email": "a.@example.org"}]},
    "an email's local part that is too long": {"targets": [{"email": f"{'a' * 65}@example.org"}]},
    "an email of this machine": {"targets": [{"email": "root@localhost"}]},
    "an email of an address": {"targets": [{"email": "root@[127.0.0.1]"}]},
    "too long": {"targets": [{"webhook": "https://hooks.example.org/" + "x" * 70_000}]},
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_route_is_refused_and_nothing_is_kept(mailing: Stack, what: str) -> None:
    answer = ask(mailing, "PUT", body=REFUSED[what])
    assert answer.status == 400
    assert answer.document["field"]
    assert mailing.items("ROUTE#") == []


@pytest.mark.parametrize(
    "email",
    ["desk@example.org", "a.b+c=d@mail.example.org", f"{'a' * 64}@example.org", "o'neill@example.org"],
)
def test_a_plain_email_address_is_taken(mailing: Stack, email: str) -> None:
    assert ask(mailing, "PUT", body={"targets": [{"email": email}]}).status == 200


def test_an_email_is_refused_where_none_can_be_sent(stack: Stack) -> None:
    answer = ask(stack, "PUT", body={"targets": [MAIL]})
    assert (answer.status, answer.document["field"]) == (400, "targets[0].email")


@pytest.mark.parametrize(
    "key", [("hylafax", "jane"), ("", "jane"), ("softlinx", ""), ("softlinx", " "), ("softlinx", "a\nb")]
)
def test_a_route_of_nobody_is_refused(stack: Stack, key: tuple[str, str]) -> None:
    assert ask(stack, "GET", key=key).status == 400


def test_an_unknown_parameter_of_the_list_is_refused(stack: Stack) -> None:
    assert ask(stack, "GET", "/routes", query="limit=7").status == 400
    assert ask(stack, "GET", "/routes", query=f"cursor={'x' * 2000}").status == 400


def test_without_the_table_the_answer_is_503(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"):
        assert ask(stack, "GET").status == 503
        assert ask(stack, "PUT", body={"targets": [HOOK]}).status == 503


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["webhook", "email", "events", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(JSON)
def test_no_targets_whatever_end_in_a_5xx(mailing: Stack, given_targets: Any) -> None:
    assert ask(mailing, "PUT", body={"targets": given_targets}).status < 500


@pytest.mark.parametrize("name", ["\u0390" * 200, "\u1fb7" * 200, "\ud83d", "x\ude00"])
def test_a_name_that_no_key_can_hold_is_refused_for_good(stack: Stack, name: str) -> None:
    for method in ("PUT", "GET", "DELETE"):
        answer = ask(stack, method, key=("softlinx", name), body={"targets": [HOOK]})
        assert (answer.status, answer.document["field"]) == (400, "name")


def test_a_name_of_200_long_characters_is_kept(stack: Stack) -> None:
    assert ask(stack, "PUT", key=("softlinx", "\u65e5" * 200), body={"targets": [HOOK]}).status == 200
    assert ask(stack, "GET", "/routes").document["routes"][0]["name"] == "\u65e5" * 200
