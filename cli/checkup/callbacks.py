"""Whether a callback gets in: one of our own, marked as a test, has to be found in the ledger."""

from collections.abc import Iterator
from http import HTTPStatus
from secrets import token_hex
from typing import Final

import httpx

from cli.checkup.aws import NotPermitted
from cli.checkup.examined import Examined
from cli.checkup.findings import Finding, attention, not_here, not_permitted, well, wrong
from cli.installation import PROVIDERS
from faxledger.ledger import callback_tests, keys
from faxledger.web.callback_endpoint import TEST_HEADER

# How each provider calls, and what its callback function is called in the ledger.
_CALLS: Final = {"softlinx": ("POST", "softlinx-callback"), "greenfax": ("GET", "greenfax-notify")}


def test_callbacks(examined: Examined) -> Iterator[Finding]:
    secrets = examined.called("AWS::SecretsManager::Secret")
    for provider, parts in PROVIDERS.items():
        if parts.callback_url in examined.outputs and parts.tokens in secrets:
            check = f"{provider} test call"
            try:
                yield _try(examined, provider, secrets[parts.tokens], check)
            except NotPermitted as error:
                yield not_permitted(check, error.action)


def _try(examined: Examined, provider: str, secret: str, check: str) -> Finding:
    if "Version" not in examined.outputs:
        # It would be set aside there as what nobody can read.
        return not_here(check, "the stack is older than test callbacks")
    if provider == "softlinx" and examined.parameters.get("EnforceSoftlinxAddresses") == "true":
        return not_here(check, "only Softlinx's addresses are let in, and this machine has none of them")
    answer = examined.aws.ask("secretsmanager", "get_secret_value", SecretId=secret)
    tokens = answer["SecretString"].split()
    for token in tokens:
        if finding := _trouble(examined, provider, token, check):
            return finding
    if not tokens:
        return wrong(check, "there is no token to call with", f"`faxledger rotate-token {provider}`")
    under = "its token" if len(tokens) == 1 else f"each of {len(tokens)} tokens"
    return well(check, f"a test callback under {under} has come to the ledger")


def _trouble(examined: Examined, provider: str, token: str, check: str) -> Finding | None:
    """None where the call came to the ledger. Nothing that is said holds the URL: it is a secret."""
    test = token_hex(16)
    method, origin = _CALLS[provider]
    url = examined.outputs[PROVIDERS[provider].callback_url].replace("TOKEN", token)
    try:
        status = examined.http.request(method, url, headers={TEST_HEADER: test}).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return wrong(
            check,
            f"the callback URL can't be reached ({type(error).__name__})",
            "`faxledger deploy` makes the API; where there is a CustomDomain, its CNAME has to point to the "
            "output DomainTarget",
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
            f"the log of {origin} says why (docs/operations.md, CallbacksAreNotRecorded)",
        )
    found = examined.aws.ask(
        "dynamodb",
        "get_item",
        TableName=examined.called("AWS::DynamoDB::Table")["Table"],
        Key=keys.primary(callback_tests.KIND, origin),
        ConsistentRead=True,
    )
    if found.get("Item", {}).get("test", {}).get("S") != test:
        return attention(
            check,
            "answered 200, and another test stands in the ledger",
            "run it again: somebody else may have tested at the same moment",
        )
    return None
