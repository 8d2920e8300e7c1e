"""Where the ledger is."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, number_of, text_of


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """What is open for `overdue_hours` is overdue."""

    table: str
    retention_days: int
    overdue_hours: int

    @classmethod
    def from_env(cls, environment: Environment) -> "LedgerSettings":
        return cls(
            table=text_of(environment, "TABLE"),
            retention_days=number_of(environment, "RETENTION_DAYS"),
            overdue_hours=number_of(environment, "OVERDUE_HOURS"),
        )
