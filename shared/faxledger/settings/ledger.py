"""Where the ledger is."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, number_of, text_of


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    table: str
    retention_days: int

    @classmethod
    def from_env(cls, environment: Environment) -> "LedgerSettings":
        return cls(
            table=text_of(environment, "TABLE"),
            retention_days=number_of(environment, "RETENTION_DAYS"),
        )
