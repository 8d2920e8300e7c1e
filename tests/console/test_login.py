"""The login of a hosted console, in a real browser, at an issuer that the tests play; there is no server."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from faxledger.web.console_page import configuration, console_headers, media_type_of
from tests.console.conftest import PATIENCE

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
            back = f"{asked['redirect_uri']}?code=a-code&state={self.changed.get('state', asked['state'])}"
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


def test_a_login_leads_back_to_the_page_and_so_does_a_token_that_has_expired(
    page: Page, issuer: Issuer
) -> None:
    page.goto("#/send")
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send")
    assert page.url.endswith("/#/send")
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.evaluate("sessionStorage.getItem('faxledger.key')") == issuer.token

    page.evaluate("sessionStorage.setItem('faxledger.key', 'expired')")
    page.evaluate("location.hash = '#/routes'")
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Routes")
    first, second = issuer.logins
    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert first["scope"] == "openid fax.read"
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"state": "another"}, "its state differs"),
        ({"nonce": "another"}, "issuer, audience or nonce differ"),
        ({"aud": "another"}, "issuer, audience or nonce differ"),
        ({"iss": "https://evil.example"}, "issuer, audience or nonce differ"),
    ],
)
def test_a_login_of_another_tab_or_for_somebody_else_is_refused(
    page: Page, issuer: Issuer, changed: dict[str, str], said: str
) -> None:
    issuer.changed = changed
    page.goto("#/send")
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert page.evaluate("sessionStorage.getItem('faxledger.key')") is None
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
