"""What the function that reads GreenFax's feeds is told."""

from dataclasses import dataclass

from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.feed import FeedAddress, FeedWords
from faxledger.providers.greenfax.feed_plan import feed_allowance_of, feed_plan_of
from faxledger.providers.greenfax.status import StatusWords
from faxledger.settings.environment import Environment, names_of, text_of, words_of
from faxledger.settings.ledger import LedgerSettings
from faxledger.usecases.feed_allowance import FeedAllowance
from faxledger.usecases.feed_plan import FeedPlan


@dataclass(frozen=True, slots=True)
class GreenFaxFeedSettings:
    """`documents` is the bucket in which the digests of rows are kept from one reading to the next."""

    ledger: LedgerSettings
    account: GreenFaxAccount
    credentials_secret: str
    outbound: FeedAddress
    inbound: FeedAddress
    words: FeedWords
    plan: FeedPlan
    allowance: FeedAllowance
    documents: str

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxFeedSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccount.from_env(environment),
            credentials_secret=text_of(environment, "CREDENTIALS_SECRET"),
            outbound=_address(environment, "OUTBOUND"),
            inbound=_address(environment, "INBOUND"),
            words=FeedWords(
                StatusWords.from_env(environment), words_of(environment, "GREENFAX_TOO_SOON_PHRASES")
            ),
            plan=feed_plan_of(environment),
            allowance=feed_allowance_of(environment),
            documents=text_of(environment, "DOCUMENTS"),
        )


def _address(environment: Environment, way: str) -> FeedAddress:
    url = text_of(environment, f"GREENFAX_{way}_URL")
    return FeedAddress(url, *names_of(environment, f"GREENFAX_{way}_PARAMETERS"))
