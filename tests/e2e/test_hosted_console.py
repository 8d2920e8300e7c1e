"""The hosted console on this machine: whoever logs in at a real issuer may do what the token says."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import httpx
import pytest

from faxledger.web.console_page import SCOPES
from local.runtime.bundle import Bundle
from tests.support import plain_http
from tests.support.hosted_console import FAX, hosted_console
from tests.support.making import NODE_PACKAGES, NotMade, make
from tests.support.oidc_provider import CLIENT, NoOidcProvider, OidcProvider, oidc_provider
from tests.support.untested import cannot_test


@pytest.fixture(scope="module")
def issuer(pytestconfig: pytest.Config) -> Iterator[OidcProvider]:
    try:
        make(pytestconfig, *NODE_PACKAGES)
        with oidc_provider() as issuer:
            yield issuer
    except (NotMade, NoOidcProvider) as error:
        cannot_test(str(error))


@pytest.fixture(scope="module")
def bundle(issuer: OidcProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundle]:
    with hosted_console(issuer, tmp_path_factory.mktemp("log")) as bundle:
        yield bundle


@pytest.fixture(scope="module")
def reader(issuer: OidcProvider) -> dict[str, str]:
    """The tokens of somebody who may only read."""
    tokens: dict[str, str] = issuer.log_in("jo", ["fax.read"])
    return tokens


def call(bundle: Bundle, method: str, path: str, token: str, document: object = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return plain_http.request(method, f"{bundle.url}/console/api{path}", headers=headers, json=document)


def test_the_page_says_at_which_issuer_one_logs_in(bundle: Bundle, issuer: OidcProvider) -> None:
    led = plain_http.get(f"{bundle.url}/console")
    assert (led.status_code, led.headers["location"]) == (303, "console/index.html")
    said = plain_http.get(f"{bundle.url}/console/config.json")
    assert said.json()["login"] == {"issuer": issuer.url, "client_id": CLIENT, "scopes": list(SCOPES)}
    assert f"connect-src 'self' {issuer.url};" in said.headers["content-security-policy"]


def test_whoever_may_read_reads_and_changes_nothing(bundle: Bundle, reader: dict[str, str]) -> None:
    token = reader["access_token"]
    assert [fax["id"] for fax in call(bundle, "GET", "/faxes", token).json()["faxes"]] == [FAX]
    assert call(bundle, "GET", "/providers", token).status_code == 200
    assert call(bundle, "POST", "/faxes/search", token, {"number": "12025550100"}).status_code == 200
    for method, path in (
        ("POST", f"/faxes/{FAX}/amendments"),
        ("POST", f"/faxes/{FAX}/resend"),
        ("POST", "/faxes"),
        ("PUT", "/routes/default"),
        ("DELETE", "/routes/default"),
        ("POST", "/deliveries/redrive"),
    ):
        refused = call(bundle, method, path, token, {})
        assert (refused.status_code, refused.json()) == (403, {"message": "Forbidden"}), path


def test_who_amends_is_on_record_as_issuer_and_subject(bundle: Bundle, issuer: OidcProvider) -> None:
    token = issuer.log_in("kim", SCOPES)["access_token"]
    amendment = {"status": "sent", "because": "The clinic has it."}
    assert call(bundle, "POST", f"/faxes/{FAX}/amendments", token, amendment).status_code == 201
    fax = call(bundle, "GET", f"/faxes/{FAX}", token).json()
    assert [one["by"] for one in fax["amendments"]] == [f"{issuer.url}|kim"]


def test_whoever_has_not_logged_in_gets_nowhere(bundle: Bundle, reader: dict[str, str]) -> None:
    head, claims, signature = reader["access_token"].split(".")
    padded = json.dumps({"iss": "x", "aud": CLIENT, "sub": "jo", "scope": "fax.read", "exp": 9_999_999_999})
    forged = urlsafe_b64encode(padded.encode()).rstrip(b"=").decode()
    for token in ("", "not-a-token", f"{head}.{forged}.{signature}", f"{head}.{claims}."):
        refused = call(bundle, "GET", "/faxes", token)
        assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})


def test_a_token_that_says_who_one_is_opens_nothing(bundle: Bundle, reader: dict[str, str]) -> None:
    assert call(bundle, "GET", "/faxes", reader["id_token"]).status_code == 403


def test_the_console_s_token_opens_no_callback_and_nothing_beside_the_api(
    bundle: Bundle, reader: dict[str, str]
) -> None:
    for path in ("/callbacks/softlinx/x", "/functions", "/", ""):
        assert call(bundle, "POST", path, reader["access_token"]).status_code == 404
