"""Which days of GreenFax's feeds are to be read, and how often."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from faxledger.settings.environment import Environment, choice_of, day_of, number_of, zone_of


@dataclass(frozen=True, slots=True)
class GreenFaxPlanSettings:
    time_zone: ZoneInfo
    inbound_every: int
    overlap_days: int
    first_days: int
    history_from: date | None
    has_shared_allowance: bool

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxPlanSettings":
        return cls(
            time_zone=zone_of(environment, "GREENFAX_TIME_ZONE"),
            inbound_every=number_of(environment, "GREENFAX_INBOUND_EVERY"),
            overlap_days=number_of(environment, "GREENFAX_OVERLAP_DAYS"),
            first_days=number_of(environment, "GREENFAX_FIRST_DAYS"),
            history_from=day_of(environment, "GREENFAX_HISTORY_FROM"),
            has_shared_allowance=choice_of(environment, "GREENFAX_ALLOWANCE", ("shared", "separate"))
            == "shared",
        )
