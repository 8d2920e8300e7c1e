"""A token opens a route here where API Gateway would open it, and is refused as it refuses."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from local.runtime.tokens import TokenCheck, TokenRefused
from local.show.simulators.web import WebRequest, WebResponse, WebServer

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


class Issuer:
    """Publishes keys as OpenID Connect has it, and signs whatever it is asked to."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.asked: list[str] = []
        self.url = ""

    def answer(self, request: WebRequest) -> WebResponse:
        self.asked.append(request.path)
        documents: dict[str, Any] = {
            "/pool/.well-known/openid-configuration": {"jwks_uri": f"{self.url}/keys"},
            "/pool/keys": {"keys": [self.key.as_dict(private=False)]},
        }
        found = documents.get(request.path)
        return WebResponse(200 if found else 404, json.dumps(found).encode(), "application/json")

    def token(self, key: RSAKey | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        given = {
            "iss": self.url,
            "sub": "jo",
            "aud": "console",
            "exp": SECONDS + 60,
            "scope": "openid fax.read",
        }
        given = {name: value for name, value in (given | claims).items() if value is not None}
        signing = key or self.key
        return jwt.encode({"alg": algorithm, "kid": signing.kid}, given, signing)


@pytest.fixture(scope="module")
def server() -> Iterator[Issuer]:
    issuer = Issuer()
    with WebServer(issuer.answer) as server:
        issuer.url = f"{server.url}/pool"
        yield issuer


@pytest.fixture
def issuer(server: Issuer) -> Issuer:
    server.asked.clear()
    return server


@pytest.fixture
def check(issuer: Issuer) -> TokenCheck:
    return TokenCheck(issuer.url, ["console"], lambda: NOW)


def status_of(ask: Callable[[], object]) -> HTTPStatus:
    try:
        ask()
    except TokenRefused as refused:
        return refused.status
    return HTTPStatus.OK


def test_whoever_a_token_names_is_handed_on_as_text(issuer: Issuer, check: TokenCheck) -> None:
    token = issuer.token(groups=["a", "b"], email_verified=True)
    for authorization in (f"Bearer {token}", token):
        login = check.login(authorization, ["fax.read"])
        assert login.scopes == ["openid", "fax.read"]
        assert login.claims["sub"] == "jo"
        assert login.claims["exp"] == str(SECONDS + 60)
        assert login.claims["groups"] == "[a b]"
        assert login.claims["email_verified"] == "true"
    assert issuer.asked == ["/pool/.well-known/openid-configuration", "/pool/keys"], "once"


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param({"aud": ["other", "console"]}, 200, id="for others too"),
        pytest.param({"aud": None, "client_id": "console"}, 200, id="as Cognito has it"),
        pytest.param({"scope": None, "scp": ["fax.read"]}, 200, id="as others have it"),
        pytest.param({"iss": "https://issuer.example"}, 401, id="another issuer"),
        pytest.param({"aud": "another"}, 401, id="for another client"),
        pytest.param({"aud": "another", "client_id": "console"}, 401, id="for another, by our client"),
        pytest.param({"aud": None}, 401, id="for nobody"),
        pytest.param({"exp": SECONDS}, 401, id="over"),
        pytest.param({"exp": None}, 401, id="without an end"),
        pytest.param({"nbf": SECONDS + 1}, 401, id="not yet"),
        pytest.param({"iat": SECONDS + 1}, 401, id="of tomorrow"),
        pytest.param({"scope": "openid fax.send"}, 403, id="for other things"),
        pytest.param({"scope": None}, 403, id="a token that says who, and not for what"),
    ],
)
def test_what_a_token_claims_decides(
    issuer: Issuer, check: TokenCheck, claims: dict[str, Any], status: int
) -> None:
    assert status_of(lambda: check.login(f"Bearer {issuer.token(**claims)}", ["fax.read"])) == status


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic am86"])
def test_what_is_no_token_is_refused(check: TokenCheck, token: str) -> None:
    assert status_of(lambda: check.login(token, ["fax.read"])) == 401


def test_a_signature_by_another_key_is_refused(issuer: Issuer, check: TokenCheck) -> None:
    forged = RSAKey.generate_key(2048, {"kid": "first"})
    assert status_of(lambda: check.login(issuer.token(forged), ["fax.read"])) == 401


def test_the_issuer_s_public_key_is_no_secret_to_sign_with(issuer: Issuer, check: TokenCheck) -> None:
    head, claims, _ = issuer.token().split(".")
    assert status_of(lambda: check.login(f"{head}.{claims}.", ["fax.read"])) == 401


def test_a_new_key_is_found_at_the_issuer(issuer: Issuer, check: TokenCheck) -> None:
    assert status_of(lambda: check.login(issuer.token(), ["fax.read"])) == 200
    issuer.key = RSAKey.generate_key(2048, {"kid": "second"})
    assert status_of(lambda: check.login(issuer.token(), ["fax.read"])) == 200


def test_an_issuer_that_can_t_be_reached_lets_nobody_in(issuer: Issuer) -> None:
    lost = TokenCheck("http://127.0.0.1:9", ["console"], lambda: NOW)
    assert status_of(lambda: lost.login(issuer.token(), ["fax.read"])) == 401
