"""Tokens compared so that the time taken tells nothing, and secrets that reach no error."""

import json
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from faxledger.adapters.credentials import Credentials
from faxledger.adapters.secrets import CallbackTokens, SecretsManager
from faxledger.errors import SecretUnavailable

TOKEN, OTHER = "t" * 32, "o" * 32


class FakeSecretsManager:
    version = "6f3c9a52"

    def __init__(self, value: str | None = None, error: Exception | None = None) -> None:
        self._value = value
        self._error = error

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - botocore's name
        assert SecretId == "a-secret"
        if self._error:
            raise self._error
        return {} if self._value is None else {"SecretString": self._value, "VersionId": self.version}


class Still:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    def sleep(self, seconds: float) -> NoReturn:
        raise AssertionError(f"nothing here sleeps {seconds} s")


class NeverEqual(bytes):
    """A token that must not be compared byte by byte until one differs."""

    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError("compared with ==")

    __hash__ = bytes.__hash__


def test_tokens_are_compared_in_constant_time() -> None:
    tokens = CallbackTokens(SecretsManager(FakeSecretsManager(f"{TOKEN} {OTHER}")), "a-secret", Still())
    assert tokens.accept(TOKEN)
    tokens._tokens = tuple(NeverEqual(token) for token in tokens._tokens)
    assert tokens.accept(TOKEN)
    assert tokens.accept(OTHER)
    assert not tokens.accept("x" * 32)
    assert not tokens.accept("")


def test_of_several_tokens_the_last_is_the_newest() -> None:
    several = SecretsManager(FakeSecretsManager(f"{TOKEN} {'m' * 32} {OTHER}"))
    tokens = CallbackTokens(several, "a-secret", Still())
    assert [tokens.accept(token) for token in (TOKEN, "m" * 32, OTHER)] == ["older", "older", "newest"]
    assert (
        CallbackTokens(SecretsManager(FakeSecretsManager(TOKEN)), "a-secret", Still()).accept(TOKEN) == "only"
    )


DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "canary-4711"}}, "GetSecretValue")


@pytest.mark.parametrize(
    ("client", "said"),
    [
        (FakeSecretsManager(error=DENIED), "AccessDeniedException"),
        (
            FakeSecretsManager(error=EndpointConnectionError(endpoint_url="https://x")),
            "EndpointConnectionError",
        ),
        (FakeSecretsManager(), "is bytes, and has to be text"),
        (FakeSecretsManager("canary-4711"), "is not JSON"),
        (FakeSecretsManager('{"password": canary-4711}'), "is not JSON"),
        (FakeSecretsManager('["canary-4711"]'), "has no password"),
        (FakeSecretsManager('{"password": ["canary-4711"]}'), "has no password"),
        (FakeSecretsManager('{"password": ""}'), "has no password"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_it(client: FakeSecretsManager, said: str) -> None:
    with pytest.raises(SecretUnavailable) as error:
        Credentials(SecretsManager(client), "a-secret", "password").read()
    assert said in str(error.value)
    assert "a-secret" in str(error.value)
    assert "canary-4711" not in str(error.value)


def test_credentials_are_fields_of_one_version() -> None:
    client = FakeSecretsManager(json.dumps({"login": "admin", "password": "word", "more": 1}))
    credentials = Credentials(SecretsManager(client), "a-secret", "login", "password")
    assert credentials.read() == ("admin", "word")
    assert credentials.read_versioned() == (("admin", "word"), client.version)
