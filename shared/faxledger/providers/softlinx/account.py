"""One organisation at Softlinx and the names of its faxes."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.errors import MalformedInput
from faxledger.settings.environment import Environment, flag_of, text_of, zone_of

# Identifiers are numbers handed out in increasing order (doc); 18 digits fit what a server counts in.
_FAX_ID = re.compile(r"0{0,46}(0|[1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SoftlinxAccount:
    """`time_zone` applies to times without an offset, where Softlinx assumes US Eastern (doc).

    `marks_faxes` is False where another system keeps the marks.
    """

    realm: str
    time_zone: ZoneInfo
    marks_faxes: bool

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxAccount":
        return cls(
            realm=text_of(environment, "SOFTLINX_ACCOUNT"),
            time_zone=zone_of(environment, "SOFTLINX_TIME_ZONE"),
            marks_faxes=flag_of(environment, "MARK_FAXES"),
        )

    def fax(self, direction: Direction, job_id: str) -> FaxId:
        """The fax of a job id, however many zeros stand before it.

        Raises `MalformedInput` for one Softlinx would not issue.
        """
        match = _FAX_ID.fullmatch(job_id)
        if match is None:
            raise MalformedInput("FaxId", "is not a Softlinx fax identifier")
        return FaxId(Provider.SOFTLINX, direction, self.realm.lower(), match[1])
