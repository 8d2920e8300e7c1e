"""Which of the forms that an answer may have its caller prefers (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence
from typing import Final

# Text in quotes may hold what stands between the ranges, and between the parameters of one.
_RANGES: Final = re.compile(r'((?:[^,"]|"(?:[^"\\]|\\.)*")+)')
_PARAMETERS: Final = re.compile(r'((?:[^;"]|"(?:[^"\\]|\\.)*")+)')
# More than any browser sends; what is quoted and never closed is looked through from each quote on.
_LONGEST: Final = 1_000
_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """The media type that the header asks for before the others, or the first of those it likes equally.

    None where it takes none of them. A header that is empty takes any; a range that can't be read is none.
    """
    weights = _weights(accept)
    if not weights:
        return offered[0] if offered else None
    best = max(offered, key=lambda media_type: _weight(media_type, weights))
    return best if _weight(best, weights) > 0 else None


def _weights(accept: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for media_range in _RANGES.findall(accept[:_LONGEST].lower()):
        name, _, parameters = media_range.partition(";")
        given = [
            part.partition("=")[2].strip() for part in _PARAMETERS.findall(parameters) if _is_weight(part)
        ]
        weight = given[0] if given else "1"
        if name.strip() and _WEIGHT.fullmatch(weight):
            weights[name.strip()] = max(float(weight), weights.get(name.strip(), 0.0))
    return weights


def _is_weight(parameter: str) -> bool:
    return parameter.partition("=")[0].strip() == "q"


def _weight(media_type: str, weights: dict[str, float]) -> float:
    """By the range that names it most exactly."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[one] for one in ranges if one in weights), 0.0)
