"""The login of a hosted console, in a real browser: at a real issuer, and at one that the tests play.

The real one, and the bundle behind it, answer as on AWS; the played one answers what no real one would.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from faxledger.web.console_page import SCOPES, configuration, console_headers, media_type_of
from local.runtime.bundle import Bundle
from tests.console.conftest import PATIENCE
from tests.support.hosted_console import FAX, hosted_console
from tests.support.making import NODE_PACKAGES, NotMade, make
from tests.support.oidc_provider import NoOidcProvider, oidc_provider
from tests.support.untested import cannot_test

CONSOLE: Final = "https://console.example/"
ISSUER: Final = "https://login.example/pool"
LOGIN: Final = {"issuer": ISSUER, "client_id": "console", "scopes": ["fax.read"]}

expect.set_options(timeout=PATIENCE)


@dataclass
class Issuer:
    """Gives `token` for the code of whoever asked for it, unless the verifier is another's."""

    token: str
    changed: dict[str, str] = field(default_factory=dict)
    logins: list[dict[str, str]] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.endswith("openid-configuration"):
            places = {"authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token"}
            self._give(route, places)
        elif path.endswith("/authorize"):
            asked = _one_of_each(urlsplit(route.request.url).query)
            self.logins.append(asked)
            back = f"{asked['redirect_uri']}?code=a-code&state={asked['state']}"
            route.fulfill(content_type="text/html", body=f'<a href="{back}">Log in</a>')
        else:
            self._exchange(route, _one_of_each(route.request.post_data or ""))

    def _exchange(self, route: Route, given: dict[str, str]) -> None:
        asked = self.logins[-1]
        challenge = hashlib.sha256(given["code_verifier"].encode()).digest()
        assert asked["code_challenge"] == base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        assert given["redirect_uri"] == asked["redirect_uri"]
        claims = {"iss": ISSUER, "aud": "console", "nonce": asked["nonce"], **self.changed}
        part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        self._give(route, {"access_token": self.token, "id_token": f"e30.{part}.c2lnbmVk"})

    def _give(self, route: Route, document: dict[str, str]) -> None:
        route.fulfill(json=document, headers={"access-control-allow-origin": "*"})


def _one_of_each(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@dataclass
class HostedConsole:
    """Serves the page's files, and answers whoever has the token of nothing."""

    files: Path
    token: str

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/config.json":
            route.fulfill(body=configuration("clinic", LOGIN))
        elif not path.startswith("/api/"):
            name = path.removeprefix("/") or "index.html"
            headers = {"content-type": media_type_of(name), **console_headers(["https://login.example"])}
            route.fulfill(body=(self.files / name).read_bytes(), headers=headers)
        elif route.request.headers["authorization"] == f"Bearer {self.token}":
            route.fulfill(json={"providers": [], "routes": [], "cursor": None})
        else:
            route.fulfill(status=401, json={"message": "Unauthorized"})


@pytest.fixture(scope="module")
def stack(
    pytestconfig: pytest.Config, built: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bundle]:
    """A bundle whose console asks for a login at a real issuer."""
    assert built.exists()
    try:
        make(pytestconfig, *NODE_PACKAGES)
        with oidc_provider() as issuer, hosted_console(issuer, tmp_path_factory.mktemp("log")) as bundle:
            yield bundle
    except (NotMade, NoOidcProvider) as error:
        cannot_test(str(error))


@pytest.fixture
def asked() -> list[Request]:
    """What the page asked of the API and of the issuer."""
    return []


@pytest.fixture
def hosted(browser: Browser, stack: Bundle, asked: list[Request]) -> Iterator[Page]:
    """The stack's console, to which nobody has logged in."""
    with browser.new_context(base_url=f"{stack.url}/console/index.html") as context:
        context.set_default_timeout(PATIENCE)
        # The issuer's own page would have a font of somebody else's.
        context.route("https://**", lambda route: route.abort())
        page = context.new_page()
        page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - playwright marks it
        yield page


@pytest.fixture
def issuer() -> Issuer:
    return Issuer("the-token-of-jane")


@pytest.fixture
def page(browser: Browser, built: Path, issuer: Issuer) -> Iterator[Page]:
    """A hosted console, to which nobody has logged in."""
    with browser.new_context(base_url=CONSOLE) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.route(f"{CONSOLE}**", HostedConsole(built, issuer.token).answer)
        page.route("https://login.example/**", issuer.answer)
        yield page


def log_in(page: Page) -> None:
    """Goes through the provider's two forms, who one is and what is allowed."""
    page.get_by_placeholder("Enter any login").fill("jane")
    page.get_by_placeholder("and password").fill("not-a-secret")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def held(page: Page) -> str:
    return str(page.evaluate("sessionStorage.getItem('faxledger.key')"))


def test_a_login_leads_to_what_is_there_and_back_once_its_token_is_over(
    hosted: Page, asked: list[Request]
) -> None:
    hosted.goto("#/faxes?status=failed")
    log_in(hosted)
    expect(hosted.get_by_role("link", name=FAX)).to_be_visible()
    assert hosted.url.endswith("/console/index.html#/faxes?status=failed")
    assert hosted.evaluate("Object.keys(localStorage)") == []
    tokens = [held(hosted)]

    for what_holds, place in (
        # By what its issuer has said it is over. Who one is is still known there.
        ("'faxledger.until', Date.now()", "#/faxes?provider=softlinx"),
        # The API takes it no more.
        ("'faxledger.key', 'a.b.c'", "#/faxes?direction=outbound"),
    ):
        hosted.evaluate(f"sessionStorage.setItem({what_holds})")
        hosted.evaluate("place => { location.hash = place }", place)
        hosted.get_by_role("button", name="Continue").click()
        expect(hosted.get_by_role("link", name=FAX)).to_be_visible()
        assert hosted.url.endswith(f"/console/index.html{place}")
        tokens.append(held(hosted))

    assert len({"a.b.c", *tokens}) == 4
    answers = [answer for request in asked if "api/faxes" in request.url if (answer := request.response())]
    assert [answer.status for answer in answers] == [200, 200, 401, 200]
    logins = [_one_of_each(urlsplit(one.url).query) for one in asked if "code_challenge=" in one.url]
    assert [login["scope"] for login in logins] == [" ".join(("openid", *SCOPES))] * 3
    for name in ("state", "nonce", "code_challenge"):
        assert len({login[name] for login in logins}) == 3


def test_a_login_that_is_refused_says_so_and_can_be_tried_again(hosted: Page) -> None:
    hosted.goto("#/routes")
    hosted.get_by_role("link", name="Cancel").click()
    expect(hosted.get_by_role("alert")).to_contain_text("The login was refused")
    assert hosted.url.endswith("/console/index.html#/routes")
    hosted.get_by_role("button", name="Try again").click()
    log_in(hosted)
    expect(hosted.get_by_role("heading", level=1)).to_have_text("Routes")


def test_an_answer_to_a_login_that_nobody_began_is_refused(hosted: Page, asked: list[Request]) -> None:
    hosted.goto("?code=stolen&state=forged")
    expect(hosted.get_by_role("alert")).to_contain_text("its state differs")
    assert not [request for request in asked if request.method == "POST"]
    assert "code" not in hosted.url


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"nonce": "another"}, "issuer, audience or nonce differ"),
        ({"aud": "another"}, "issuer, audience or nonce differ"),
        ({"iss": "https://evil.example"}, "issuer, audience or nonce differ"),
    ],
)
def test_a_login_for_somebody_else_is_refused(
    page: Page, issuer: Issuer, changed: dict[str, str], said: str
) -> None:
    issuer.changed = changed
    page.goto("#/send")
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert page.evaluate("sessionStorage.getItem('faxledger.key')") is None
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
