"""Our GreenFax account, and what its notifications are told."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.settings.environment import Environment, only_hints_of, text_of, zone_of
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
    only_hints: bool

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxNotifySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccountSettings.from_env(environment),
            token_secret=text_of(environment, "TOKEN_SECRET"),
            only_hints=only_hints_of(environment),
        )
