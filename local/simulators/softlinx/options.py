"""What can be chosen about the simulated service."""

from dataclasses import dataclass
from pathlib import Path

from local.simulators.softlinx.times import RowTimes

_SHIPPED_WSDL = Path(__file__).parents[3] / "shared/faxledger/providers/softlinx/wsdl/replixfax.wsdl"


@dataclass(frozen=True, slots=True)
class SoftlinxAccount:
    """The one administrative user, who sees everybody's faxes (doc)."""

    realm: str = "Acme"
    login: str = "faxledger"
    password: str = "not-a-secret"  # noqa: S105 - it opens nothing but the simulator


@dataclass(frozen=True, slots=True)
class SoftlinxOptions:
    """What nothing public says of the real service, or what varies there.

    `pages_shift`: marking a fax moves the later pages of a query under way. `most_rows`: the largest page,
    and the size of one when a query sets no ResultLimit. `failed_word`: `sendFailed` (seen) or `failed`,
    which the guide's prose has. `multipart_callbacks`: callbacks are multipart/form-data instead of
    urlencoded. `wsdl`: the file that is served, with this server's address put in.
    """

    pages_shift: bool = False
    most_rows: int = 100
    row_times: RowTimes = RowTimes.OFFSET
    failed_word: str = "sendFailed"
    multipart_callbacks: bool = False
    wsdl: Path = _SHIPPED_WSDL


SOFTLINX_ACCOUNT = SoftlinxAccount()
SOFTLINX_OPTIONS = SoftlinxOptions()
