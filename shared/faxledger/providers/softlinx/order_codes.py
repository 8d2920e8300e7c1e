"""Our own code of an order, as a fax of Softlinx's brings it back."""

import re
from typing import Final

from faxledger.domain.report import Fax

# Where `SoftlinxCodeField` has it put; names match in any case (open).
_FIELD: Final = "projectcode2"
_CODE: Final = re.compile(r"[0-9a-f]{16}")


def order_code_of(fax: Fax) -> str | None:
    """The code that a final report of the fax told; None where none did, or what stands there is not ours."""
    told = (value.strip() for said in fax.sightings for name, value in said.given.items() if _is_it(name))
    return next((value for value in told if _CODE.fullmatch(value)), None)


def _is_it(name: str) -> bool:
    return name.strip().casefold() == _FIELD
