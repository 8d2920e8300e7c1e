"""What the function that reads GreenFax's feed is told."""

from dataclasses import dataclass

from faxledger.settings.environment import (
    Environment,
    names_of,
    text_of,
    words_of,
)
from faxledger.settings.greenfax import GreenFaxAccountSettings
from faxledger.settings.greenfax_plan import GreenFaxPlanSettings
from faxledger.settings.greenfax_words import GreenFaxWordSettings
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class GreenFaxFeedSettings:
    """`…_parameters` are the feed's names for account, password, first and last day.

    `documents` is the bucket in which the digests of rows are kept from one reading to the next.
    """

    ledger: LedgerSettings
    account: GreenFaxAccountSettings
    credentials_secret: str
    outbound_url: str
    outbound_parameters: tuple[str, ...]
    inbound_url: str
    inbound_parameters: tuple[str, ...]
    plan: GreenFaxPlanSettings
    documents: str
    words: GreenFaxWordSettings
    too_soon_phrases: frozenset[str]

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
            plan=GreenFaxPlanSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            words=GreenFaxWordSettings.from_env(environment),
            too_soon_phrases=words_of(environment, "GREENFAX_TOO_SOON_PHRASES"),
        )
