"""Phone numbers, which everybody writes in a way of their own."""

import re
from typing import Final

_NO_DIGIT: Final = re.compile(r"[^0-9]")
# What is dialled before the code of a country, or within one before that of an area.
_EXIT_CODE: Final = re.compile(r"^(?:011|0+)")
_WITH_COUNTRY_CODE: Final = 11
# Fewer digits may well be the end of two different numbers.
_FEWEST_DIGITS: Final = 7


def canonical(number: str) -> str:
    """What all spellings of a number have in common: its digits.

    The 1 in front of a North American number goes, because half of those who write one leave it out. What has
    no digits (a caller who withholds the number, a name) is compared by its text.
    """
    digits = _NO_DIGIT.sub("", number)
    if len(digits) == _WITH_COUNTRY_CODE and digits[0] == "1":
        return digits[1:]
    return digits or number.strip().casefold()


def is_same(one: str, other: str) -> bool:
    """Whether both are spellings of one number."""
    return canonical(one) == canonical(other) != ""


def differ_by_prefix(one: str, other: str) -> bool:
    """Whether one is the other without a prefix: that of a country, an area, or for an outside line."""
    short, long = sorted((_NO_DIGIT.sub("", one), _NO_DIGIT.sub("", other)), key=len)
    return len(short) >= _FEWEST_DIGITS and long.endswith(short)


def differ(one: str, other: str) -> bool:
    """Whether these are two numbers for sure; what has no digits, or may be the end of the other, is not."""
    short, long = sorted((_without_exit_code(one), _without_exit_code(other)), key=len)
    return not long.endswith(short)


def _without_exit_code(number: str) -> str:
    return _EXIT_CODE.sub("", _NO_DIGIT.sub("", number))
