"""Whether a callback gets in: one of our own, marked as a test, has to be found in the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex
from typing import Final

import httpx

from cli.checkup.examined import Examined
from cli.checkup.findings import Finding, attention, not_here, well, wrong
from faxledger.ledger import callback_tests, keys
from faxledger.web.callback_endpoint import TEST_HEADER


@dataclass(frozen=True, slots=True)
class _Door:
    """A provider's callback URL: what it and its tokens are called in the template, and in the ledger."""

    provider: str
    method: str
    output: str
    tokens: str
    origin: str


_DOORS: Final = (
    _Door("softlinx", "POST", "SoftlinxCallbackUrl", "SoftlinxCallbackTokens", "softlinx-callback"),
    _Door("greenfax", "GET", "GreenFaxNotifyUrl", "GreenFaxCallbackTokens", "greenfax-notify"),
)


def test_callbacks(examined: Examined) -> Iterator[Finding]:
    secrets = examined.called("AWS::SecretsManager::Secret")
    for door in _DOORS:
        if door.output in examined.outputs and door.tokens in secrets:
            yield _try(examined, door, secrets[door.tokens])


def _try(examined: Examined, door: _Door, secret: str) -> Finding:
    check = f"{door.provider} test call"
    if "Version" not in examined.outputs:
        # It would be set aside there as what nobody can read.
        return not_here(check, "the stack is of a time before it knew tests")
    if door.provider == "softlinx" and examined.parameters.get("EnforceSoftlinxAddresses") == "true":
        return not_here(check, "only Softlinx's addresses are let in, and this machine has none of them")
    answer = examined.aws.ask("secretsmanager", "get_secret_value", SecretId=secret)
    tokens = answer["SecretString"].split()
    for token in tokens:
        if finding := _trouble(examined, door, token, check):
            return finding
    if not tokens:
        return wrong(check, "there is no token to call with", f"`faxledger rotate-token {door.provider}`")
    under = "its token" if len(tokens) == 1 else f"each of {len(tokens)} tokens"
    return well(check, f"a test callback under {under} has come to the ledger")


def _trouble(examined: Examined, door: _Door, token: str, check: str) -> Finding | None:
    """None where the call came to the ledger. Nothing that is said holds the URL: it is a secret."""
    test = token_hex(16)
    url = examined.outputs[door.output].replace("TOKEN", token)
    try:
        status = examined.http.request(door.method, url, headers={TEST_HEADER: test}).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return wrong(
            check,
            f"the callback URL can't be reached ({type(error).__name__})",
            "is the API deployed, and does CustomDomain point to the output DomainTarget?",
        )
    if status == HTTPStatus.NOT_FOUND:
        return wrong(
            check,
            "answered 404: the function does not know the token that the secret holds",
            "a token is known within a minute; if it stays, `faxledger deploy` has the function read this "
            "secret again",
        )
    if status != HTTPStatus.OK:
        return wrong(
            check,
            f"answered {status}: callbacks are not taken",
            f"the log of {door.origin} says why (docs/operations.md, CallbacksAreNotRecorded)",
        )
    found = examined.aws.ask(
        "dynamodb",
        "get_item",
        TableName=examined.called("AWS::DynamoDB::Table")["Table"],
        Key=keys.primary(callback_tests.KIND, door.origin),
        ConsistentRead=True,
    )
    if found.get("Item", {}).get("test", {}).get("S") != test:
        return attention(
            check,
            "answered 200, and another test stands in the ledger",
            "run it again: somebody else may have tested at the same moment",
        )
    return None
