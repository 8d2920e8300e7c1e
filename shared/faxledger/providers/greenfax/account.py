"""One GreenFax account and the names of its faxes."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.errors import MalformedInput
from faxledger.settings.environment import Environment, text_of, zone_of

# References seen are numbers (8591334); the guide says nothing of their form, so they are kept as text.
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class GreenFaxAccount:
    """`account_id` has five digits (seen); `time_zone` applies to times that name no offset (open)."""

    account_id: str
    time_zone: ZoneInfo

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxAccount":
        return cls(
            account_id=text_of(environment, "GREENFAX_ACCOUNT"),
            time_zone=zone_of(environment, "GREENFAX_TIME_ZONE"),
        )

    def fax(self, direction: Direction, job_id: str, field: str) -> FaxId:
        """The fax of a job id; raises `MalformedInput`, naming `field`, for one GreenFax would not issue."""
        if not job_id:
            raise MalformedInput(field, "is missing")
        if not _JOB_ID.fullmatch(job_id):
            raise MalformedInput(field, "is not a GreenFax job id")
        return FaxId(Provider.GREENFAX, direction, self.account_id.lower(), job_id)
