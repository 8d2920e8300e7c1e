"""Phone numbers, which everybody writes in a way of their own."""

import re
from typing import Final

_NO_DIGIT: Final = re.compile(r"[^0-9]")
_WITH_COUNTRY_CODE: Final = 11


def canonical(number: str) -> str:
    """What all spellings of a number have in common: its digits.

    The 1 in front of a North American number goes, because half of those who write one leave it out. What has
    no digits (a caller who withholds the number, a name) is compared by its text.
    """
    digits = _NO_DIGIT.sub("", number)
    if len(digits) == _WITH_COUNTRY_CODE and digits[0] == "1":
        return digits[1:]
    return digits or number.strip().casefold()
