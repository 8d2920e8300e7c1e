"""What the functions are told that let GreenFax's status emails in and read them."""

from dataclasses import dataclass

from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.status import StatusWords
from faxledger.settings.environment import Environment, choice_of, text_of, words_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class AdmitEmailSettings:
    """`senders` are addresses and domains, `queue` is a URL."""

    queue: str
    senders: frozenset[str]
    needs_dkim: bool

    @classmethod
    def from_env(cls, environment: Environment) -> "AdmitEmailSettings":
        return cls(
            queue=text_of(environment, "STATUS_EMAIL_QUEUE"),
            senders=words_of(environment, "STATUS_EMAIL_SENDERS"),
            needs_dkim=choice_of(environment, "STATUS_EMAIL_DKIM", ("required", "optional")) == "required",
        )


@dataclass(frozen=True, slots=True)
class GreenFaxEmailSettings:
    """`emails` is a bucket, `prefix` how its keys begin."""

    ledger: LedgerSettings
    account: GreenFaxAccount
    emails: str
    prefix: str
    words: StatusWords

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxEmailSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccount.from_env(environment),
            emails=text_of(environment, "STATUS_EMAILS"),
            prefix=text_of(environment, "STATUS_EMAIL_PREFIX"),
            words=StatusWords.from_env(environment),
        )
