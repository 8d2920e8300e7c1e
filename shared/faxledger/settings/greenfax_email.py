"""What the function that reads GreenFax's status emails is told."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, choice_of, text_of, words_of
from faxledger.settings.greenfax import GreenFaxAccountSettings
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class GreenFaxEmailSettings:
    """`emails` is a bucket, `prefix` how its keys begin; `senders` are addresses and domains."""

    ledger: LedgerSettings
    account: GreenFaxAccountSettings
    emails: str
    prefix: str
    senders: frozenset[str]
    needs_dkim: bool
    sent_words: frozenset[str]
    failed_words: frozenset[str]

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxEmailSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccountSettings.from_env(environment),
            emails=text_of(environment, "STATUS_EMAILS"),
            prefix=text_of(environment, "STATUS_EMAIL_PREFIX"),
            senders=words_of(environment, "STATUS_EMAIL_SENDERS"),
            needs_dkim=choice_of(environment, "STATUS_EMAIL_DKIM", ("required", "optional")) == "required",
            sent_words=words_of(environment, "GREENFAX_SENT_WORDS"),
            failed_words=words_of(environment, "GREENFAX_FAILED_WORDS"),
        )
