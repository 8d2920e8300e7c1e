"""What `join_fax` is told."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, number_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class JoinSettings:
    """A guess is made at most `overdue_hours` after a fax was handed over."""

    ledger: LedgerSettings
    overdue_hours: int

    @classmethod
    def from_env(cls, environment: Environment) -> "JoinSettings":
        return cls(LedgerSettings.from_env(environment), number_of(environment, "OVERDUE_HOURS"))
