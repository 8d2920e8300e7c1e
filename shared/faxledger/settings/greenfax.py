"""What the GreenFax functions are told."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.settings.environment import Environment, names_of, number_of, text_of, words_of, zone_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class GreenFaxAccountSettings:
    account_id: str
    time_zone: ZoneInfo

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxAccountSettings":
        return cls(
            account_id=text_of(environment, "GREENFAX_ACCOUNT_ID"),
            time_zone=zone_of(environment, "GREENFAX_TIME_ZONE"),
        )


@dataclass(frozen=True, slots=True)
class GreenFaxNotifySettings:
    ledger: LedgerSettings
    account: GreenFaxAccountSettings
    token_secret: str

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxNotifySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccountSettings.from_env(environment),
            token_secret=text_of(environment, "TOKEN_SECRET"),
        )


@dataclass(frozen=True, slots=True)
class GreenFaxFeedSettings:
    """`…_parameters` are the feed's names for account, password, first and last day."""

    ledger: LedgerSettings
    account: GreenFaxAccountSettings
    credentials_secret: str
    outbound_url: str
    outbound_parameters: tuple[str, ...]
    inbound_url: str
    inbound_parameters: tuple[str, ...]
    inbound_every: int
    overlap_days: int
    first_days: int
    sent_words: frozenset[str]
    failed_words: frozenset[str]

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxFeedSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccountSettings.from_env(environment),
            credentials_secret=text_of(environment, "CREDENTIALS_SECRET"),
            outbound_url=text_of(environment, "GREENFAX_OUTBOUND_URL"),
            outbound_parameters=names_of(environment, "GREENFAX_OUTBOUND_PARAMETERS"),
            inbound_url=text_of(environment, "GREENFAX_INBOUND_URL"),
            inbound_parameters=names_of(environment, "GREENFAX_INBOUND_PARAMETERS"),
            inbound_every=number_of(environment, "GREENFAX_INBOUND_EVERY"),
            overlap_days=number_of(environment, "GREENFAX_OVERLAP_DAYS"),
            first_days=number_of(environment, "GREENFAX_FIRST_DAYS"),
            sent_words=words_of(environment, "GREENFAX_SENT_WORDS"),
            failed_words=words_of(environment, "GREENFAX_FAILED_WORDS"),
        )
