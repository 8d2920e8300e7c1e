"""The secrets: whether they can be read, hold what the functions look for in them, and how old tokens are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.checkup.aws import NotPermitted
from cli.checkup.examined import Examined
from cli.checkup.findings import Finding, attention, not_permitted, well, wrong
from faxledger.adapters.aws import code_of
from faxledger.adapters.clock import SystemClock
from faxledger.adapters.credentials import Credentials
from faxledger.adapters.delivery_webhooks import SigningKeys
from faxledger.adapters.secrets import CallbackTokens, SecretsManager
from faxledger.errors import SecretUnavailable

SECRET: Final = "AWS::SecretsManager::Secret"  # noqa: S105 - a type of resource
_TOKENS: Final = "CallbackTokens"
# As docs/security.md has them replaced.
_OLDEST_TOKEN: Final = timedelta(days=365)
_MISSING: Final = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


@dataclass(frozen=True, slots=True, repr=False)
class _AsRead:
    """Stands for the client of Secrets Manager where a secret has been read."""

    answer: Mapping[str, Any]

    def get_secret_value(self, **_: str) -> Mapping[str, Any]:
        return self.answer


def secrets(examined: Examined) -> Iterator[Finding]:
    for name, place in sorted(examined.called(SECRET).items()):
        try:
            yield from _secret(examined, name, place)
        except NotPermitted as error:
            # Somebody may read tokens and no passwords.
            yield not_permitted(name, error.action)


def _secret(examined: Examined, name: str, place: str) -> Iterator[Finding]:
    try:
        answer = examined.aws.ask("secretsmanager", "get_secret_value", SecretId=place)
    except ClientError as error:
        if code_of(error) not in _MISSING:
            raise
        yield wrong(
            name,
            "the secret is not there, or is to be deleted",
            f"`aws secretsmanager restore-secret --secret-id {place}`; once it is gone, "
            "`aws secretsmanager create-secret` under that name",
        )
        return
    secrets = SecretsManager(_AsRead(answer))
    try:
        _SHAPES[_shape_of(name)](secrets, name)
    except SecretUnavailable as error:
        yield wrong(name, str(error), _remedy(name))
        return
    yield well(name, "is readable and complete")
    if name.endswith(_TOKENS):
        yield _age_of_tokens(examined.now(), name, answer)


def _tokens(secrets: SecretsManager, name: str) -> None:
    CallbackTokens(secrets, name, SystemClock()).accept("")


def _signing_keys(secrets: SecretsManager, name: str) -> None:
    keys = SigningKeys(secrets, name, SystemClock())
    # A key may be of one host alone.
    hosts = [word.partition("=")[0].lower() for word in secrets.text(name).split() if "." in word]
    for host in hosts or [""]:
        keys(host)


# The same code reads them as in the functions, so that what it takes is what they take.
_SHAPES: Final[Mapping[str, Callable[[SecretsManager, str], object]]] = {
    _TOKENS: _tokens,
    "SoftlinxCredentials": lambda secrets, name: Credentials(secrets, name, "login", "password").read(),
    "GreenFaxCredentials": lambda secrets, name: Credentials(secrets, name, "password").read(),
    "NotifySigningKeys": _signing_keys,
}


def _shape_of(name: str) -> str:
    return _TOKENS if name.endswith(_TOKENS) else name


def _provider_of(name: str) -> str:
    return name.removesuffix(_TOKENS).removesuffix("Credentials").lower()


def _remedy(name: str) -> str:
    if name.endswith(_TOKENS):
        return f"`faxledger rotate-token {_provider_of(name)}` makes a token, and the text for the provider"
    if name.endswith("Credentials"):
        return f"`faxledger credentials {_provider_of(name)}` asks for them and tries them"
    return "docs/operations.md (The signing key has to be replaced) says how to make one"


def _age_of_tokens(now: datetime, name: str, answer: Mapping[str, Any]) -> Finding:
    check = f"{_provider_of(name)} token"
    provider = _provider_of(name)
    # A bundle on this machine may live on another day.
    age = max(now - answer["CreatedDate"], timedelta())
    if len(answer["SecretString"].split()) > 1:
        return attention(
            check,
            f"two or more are valid, for {age.days} days: one is being replaced",
            f"`faxledger rotate-token {provider}` says whether callbacks come under the new one, and "
            "with --finish drops the old",
        )
    if age > _OLDEST_TOKEN:
        return attention(
            check,
            f"{age.days} days old; a year is what docs/security.md asks for",
            f"`faxledger rotate-token {provider}`",
        )
    return well(check, f"{age.days} days old")
