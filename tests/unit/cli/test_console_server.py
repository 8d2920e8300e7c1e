"""The console's server: who gets in, by which calls, and what is said when nobody answers behind it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from botocore.exceptions import ClientError, UnauthorizedSSOTokenError
from werkzeug.test import Client, TestResponse

from cli.api import Api
from cli.console_calls import CALLS, MOST_BODY_BYTES, ConsoleCalls
from cli.console_server import ConsoleServer, why_no_page
from tests.support import canaries
from tests.support.openapi import openapi
from tests.unit.cli.conftest import Answering, answered

ORIGIN = "http://127.0.0.1:8400"
STACK_URL = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"


class Browser(NamedTuple):
    client: Client
    console: ConsoleServer
    came: list[httpx.Request]

    @property
    def key(self) -> str:
        return self.console.link_at(ORIGIN).partition("#key=")[2]

    def get(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=ORIGIN, headers=headers, **more)

    def call(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, **more: Any
    ) -> TestResponse:
        """As the page does."""
        own = {"authorization": f"Bearer {self.key}", "sec-fetch-site": "same-origin", **(headers or {})}
        return self.client.open(path, method=method, base_url=ORIGIN, headers=own, **more)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "built"
    page.mkdir()
    (page / "index.html").write_text("<!doctype html><title>Faxledger</title>")
    (page / "app.js").write_text("start()")
    (tmp_path / "secret.txt").write_text("not the page's")
    return page


@pytest.fixture
def opened(page: Path, answering: Callable[[Answering], list[httpx.Request]]) -> Callable[..., Browser]:
    def open_it(answer: Answering | None = None, url: str = "http://127.0.0.1:3000") -> Browser:
        came = answering(answer or answered({"faxes": [], "cursor": None}))
        console = ConsoleServer(ConsoleCalls(Api(url)), stack="clinic", page=page)
        return Browser(Client(console), console, came)

    return open_it


def detail(response: TestResponse) -> str:
    assert response.content_type == "application/problem+json"
    document = response.get_json(force=True)
    assert document["status"] == response.status_code
    return str(document["detail"])


def test_the_page_is_there_for_everybody_and_holds_nothing(opened: Callable[..., Browser]) -> None:
    browser = opened()
    page = browser.get("/")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert browser.get("/app.js").mimetype == "text/javascript"
    assert browser.get("/config.json").get_json() == {"login": None, "stack": "clinic"}
    assert browser.came == []


def test_a_call_with_the_key_reaches_the_api_as_it_was_asked(opened: Callable[..., Browser]) -> None:
    browser = opened(lambda _: httpx.Response(200, json={"faxes": []}, headers={"etag": '"a"', "x-own": "b"}))
    answer = browser.call(
        "/api/faxes?reference=case%207%2F1&reference=&status=failed",
        headers={"accept": "application/json", "cookie": "a=b", "x-amz-date": "never"},
    )
    assert (answer.status_code, answer.get_json()) == (200, {"faxes": []})
    assert answer.headers["etag"] == '"a"'
    assert "x-own" not in answer.headers
    (asked,) = browser.came
    assert asked.url.raw_path == b"/faxes?reference=case%207%2F1&reference=&status=failed"
    assert asked.headers["accept"] == "application/json"
    assert not {"authorization", "cookie", "origin", "x-amz-date"} & set(asked.headers)


def test_what_the_page_sends_arrives_byte_for_byte(opened: Callable[..., Browser]) -> None:
    browser = opened(answered({"id": "x"}, 201))
    body = '{"status": "sent",  "because": "Frau Müller"}'.encode()
    path = "/api/faxes/softlinx.outbound.acme.33/amendments"
    answer = browser.call(path, method="POST", data=body, headers={"idempotency-key": "case-7"})
    assert answer.status_code == 201
    (asked,) = browser.came
    assert asked.content == body
    assert asked.headers["idempotency-key"] == "case-7"


def test_a_deployed_api_is_asked_with_a_signature_and_never_with_the_key(
    opened: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    browser = opened(url=STACK_URL)
    assert browser.call("/api/routes/softlinx/desk%20one").status_code == 200
    (asked,) = browser.came
    assert asked.url.raw_path == b"/routes/softlinx/desk%20one"
    assert "AKIAEXAMPLE/" in asked.headers["authorization"]
    assert browser.key not in str(asked.headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"host": "faxes.example"}, 421, id="a name that was made to point here"),
        pytest.param({"host": "127.0.0.1"}, 421, id="no port"),
        pytest.param({"host": "127.0.0.1:8401"}, 421, id="another port's name"),
        pytest.param({"host": "127.0.0.1:8400.faxes.example"}, 421, id="a name that begins like ours"),
        pytest.param({"origin": "https://faxes.example"}, 403, id="a foreign origin"),
        pytest.param({"origin": "http://127.0.0.1:8401"}, 403, id="another port's page"),
        pytest.param({"origin": "http://localhost:8400"}, 403, id="another name of this machine"),
        pytest.param({"origin": "null"}, 403, id="a page without an origin"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="the same site, by another port"),
        pytest.param({"authorization": ""}, 401, id="no key"),
        pytest.param({"authorization": "Bearer "}, 401, id="an empty key"),
        pytest.param({"authorization": "Bearer not-the-key"}, 401, id="a wrong key"),
        pytest.param({"authorization": "Bearer schlüssel"}, 401, id="a key of other letters"),
    ],
)
def test_nobody_else_gets_in(opened: Callable[..., Browser], headers: Mapping[str, str], status: int) -> None:
    browser = opened()
    answer = browser.call("/api/faxes", headers=headers)
    assert answer.status_code == status
    assert detail(answer)
    assert browser.came == []


def test_the_page_too_is_for_no_other_page(opened: Callable[..., Browser]) -> None:
    browser = opened()
    assert browser.get("/", {"host": "faxes.example"}).status_code == 421
    assert browser.get("/", {"sec-fetch-site": "cross-site"}).status_code == 403


def test_the_console_is_found_by_both_names_of_this_machine(opened: Callable[..., Browser]) -> None:
    own = {"host": "localhost:8400", "origin": "http://localhost:8400"}
    assert opened().call("/api/faxes", headers=own).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/callbacks/softlinx/token", 404),
        ("POST", "/api/callbacks/softlinx/token", 404),
        ("GET", "/api/functions", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/faxes/", 404),
        ("GET", "/api/faxes/..", 404),
        ("GET", "/api/faxes/%2e%2e", 404),
        ("GET", "/api/faxes/../feeds", 404),
        ("DELETE", "/api/faxes/softlinx.outbound.acme.33", 405),
        ("HEAD", "/api/faxes", 405),
        ("OPTIONS", "/api/faxes", 405),
        ("POST", "/", 405),
        ("GET", "/secret.txt", 404),
        ("GET", "/../secret.txt", 404),
        ("GET", "/%2e%2e/secret.txt", 404),
        ("GET", "//etc/passwd", 404),
        ("GET", "/.", 404),
    ],
)
def test_what_is_no_call_of_the_api_and_no_file_of_the_page_is_not_there(
    opened: Callable[..., Browser], method: str, path: str, status: int
) -> None:
    browser = opened()
    assert browser.call(path, method=method).status_code == status
    assert browser.came == []


def test_the_calls_are_those_of_the_api_that_a_signature_guards() -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, calls in openapi()["paths"].items()
        for method, call in calls.items()
        if isinstance(call, dict) and call.get("security")
    }
    assert set(CALLS) == documented
    assert len(CALLS) == len(documented)


def test_whatever_is_answered_runs_nothing_and_is_kept_nowhere(opened: Callable[..., Browser]) -> None:
    html = "<script>alert(1)</script>"
    browser = opened(lambda _: httpx.Response(200, text=html, headers={"content-type": "text/html"}))
    answers = [
        browser.get("/"),
        browser.get("/nothing"),
        browser.call("/api/faxes"),
        browser.get("/api/faxes"),
    ]
    for answer in answers:
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


def test_a_body_that_the_api_would_not_take_is_refused_here(opened: Callable[..., Browser]) -> None:
    browser = opened()
    answer = browser.call("/api/faxes", method="POST", data=b"x" * (MOST_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert str(MOST_BODY_BYTES) in detail(answer)
    assert browser.came == []


def test_a_body_without_a_length_is_refused_here(opened: Callable[..., Browser]) -> None:
    browser = opened()
    answer = browser.call("/api/faxes", method="POST", data=b"{}", headers={"transfer-encoding": "chunked"})
    assert answer.status_code == 411
    assert browser.came == []


def test_a_query_without_an_end_is_refused_here(opened: Callable[..., Browser]) -> None:
    browser = opened()
    assert browser.call(f"/api/faxes?reference={'x' * 9_000}").status_code == 414
    assert browser.came == []


def test_an_answer_without_an_end_is_none_of_the_apis(opened: Callable[..., Browser]) -> None:
    browser = opened(lambda _: httpx.Response(200, content=iter([b"x" * 1_000_000] * 7)))
    answer = browser.call("/api/faxes")
    assert answer.status_code == 502
    assert "longer" in detail(answer)


def test_the_apis_own_refusals_pass(opened: Callable[..., Browser]) -> None:
    document = {"type": "about:blank", "title": "x", "status": 503, "detail": "The ledger can't be reached."}
    headers = {"content-type": "application/problem+json", "retry-after": "120"}
    browser = opened(lambda _: httpx.Response(503, content=json.dumps(document), headers=headers))
    answer = browser.call("/api/faxes")
    assert detail(answer) == document["detail"]
    assert answer.headers["retry-after"] == "120"


def test_a_link_to_elsewhere_is_not_followed(opened: Callable[..., Browser]) -> None:
    browser = opened(lambda _: httpx.Response(307, headers={"location": "https://bucket.example/"}))
    answer = browser.call("/api/faxes/softlinx.inbound.acme.33/content")
    assert answer.status_code == 502
    assert "location" not in answer.headers


@pytest.mark.parametrize(("error", "status"), [(httpx.ConnectError, 502), (httpx.ReadTimeout, 504)])
def test_a_stack_that_does_not_answer_is_said_to(
    opened: Callable[..., Browser], error: type[httpx.TransportError], status: int
) -> None:
    def lost(_: httpx.Request) -> httpx.Response:
        raise error(canaries.NAME)

    answer = opened(lost).call(f"/api/faxes?reference={canaries.SUBJECT}")
    assert answer.status_code == status
    said = detail(answer)
    assert "faxledger up" in said
    assert not canaries.found_in(said)


def test_without_credentials_the_page_learns_so_and_later_ones_are_taken(
    opened: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    credentials = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    browser = opened(url=STACK_URL)
    answer = browser.call("/api/faxes")
    assert answer.status_code == 502
    assert "there are no AWS credentials" in detail(answer)
    credentials.write_text(
        "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = not-a-secret\n"
    )
    assert browser.call("/api/faxes").status_code == 200


@pytest.mark.parametrize(
    "expired",
    [
        ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "GetCallerIdentity"),
        UnauthorizedSSOTokenError(),
    ],
)
def test_expired_credentials_are_told_from_a_missing_permission(
    opened: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, expired: Exception
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    browser = opened(answered({"message": "Forbidden"}, 403), url=STACK_URL)
    known: list[None] = []

    def check(_: Api) -> None:
        if not known:
            raise expired

    monkeypatch.setattr(Api, "check_credentials", check)
    answer = browser.call("/api/faxes")
    assert answer.status_code == 502
    assert "credentials" in detail(answer)
    known.append(None)
    answer = browser.call("/api/faxes")
    assert answer.status_code == 403
    assert "policy" in detail(answer)


def test_after_a_new_login_the_console_goes_on_as_it_is(
    opened: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    credentials = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))

    def log_in(key: str) -> None:
        credentials.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = x\n")

    def gateway(request: httpx.Request) -> httpx.Response:
        is_good = "AKIANEW/" in request.headers["authorization"]
        return httpx.Response(
            200 if is_good else 403, json={"faxes": []} if is_good else {"message": "Forbidden"}
        )

    def expired(_: Api) -> None:
        raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "GetCallerIdentity")

    monkeypatch.setattr(Api, "check_credentials", expired)
    log_in("AKIAOLD")
    browser = opened(gateway, url=STACK_URL)
    assert browser.call("/api/faxes").status_code == 502
    log_in("AKIANEW")
    assert browser.call("/api/faxes").status_code == 200


def test_the_link_for_a_browsers_arguments_opens_once(opened: Callable[..., Browser]) -> None:
    browser = opened()
    path = browser.console.link_once_at(ORIGIN).removeprefix(ORIGIN)
    assert browser.key not in path
    assert browser.get("/open/another").status_code == 403
    assert browser.get(path).status_code == 403, "whoever guesses has spoilt it"
    path = browser.console.link_once_at(ORIGIN).removeprefix(ORIGIN)
    there = browser.get(path)
    assert (there.status_code, there.headers["location"]) == (303, f"/#key={browser.key}")
    assert browser.get(path).status_code == 403


def test_two_consoles_have_two_keys(opened: Callable[..., Browser]) -> None:
    one, other = opened(), opened()
    assert len(one.key) >= 32
    assert other.call("/api/faxes", headers={"authorization": f"Bearer {one.key}"}).status_code == 401


def test_a_page_that_is_not_built_is_told_how_to_be(page: Path) -> None:
    assert why_no_page(page) is None
    assert "make console" in str(why_no_page(page / "elsewhere"))
