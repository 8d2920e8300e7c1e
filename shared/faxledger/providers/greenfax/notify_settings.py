"""What the function is told that GreenFax's notifications call."""

from dataclasses import dataclass

from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.settings.environment import Environment, only_hints_of, text_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class GreenFaxNotifySettings:
    ledger: LedgerSettings
    account: GreenFaxAccount
    token_secret: str
    only_hints: bool

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxNotifySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccount.from_env(environment),
            token_secret=text_of(environment, "TOKEN_SECRET"),
            only_hints=only_hints_of(environment),
        )
