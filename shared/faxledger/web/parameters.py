"""What a request says in its path and in its query string; refusals name the parameter and what it may be."""

import re
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from faxledger.domain.days import bounds_of
from faxledger.domain.fax import FaxId
from faxledger.errors import MalformedInput
from faxledger.web.request import Request

PAGE: Final = 50
LONGEST_PAGE: Final = 200
_MOST_PARAMETERS: Final = 100
# A parameter's name is the caller's text as well: only what looks like a name is repeated.
_SHOWN_NAME: Final = re.compile(r"[A-Za-z_]{1,40}")

# Of what fromisoformat reads, only what people mean.
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII
)

Choice = TypeVar("Choice", bound=StrEnum)
Parameters = Mapping[str, str]


def refuse_repeated(request: Request) -> None:
    """Raises `MalformedInput` for a query string that is none, or that says one thing twice.

    It is read as it was sent: the gateway joins a parameter's values with commas, which one value may hold.
    """
    for name, times in Counter(name for name, _ in _pairs(request)).items():
        if times > 1:
            raise MalformedInput(_shown(name), "is given more than once: give it once")


def parameters_of(request: Request, allowed: AbstractSet[str]) -> Parameters:
    """The parameters of the query string by name; raises `MalformedInput` for one that is not allowed."""
    parameters = dict(_pairs(request))
    if unknown := sorted(parameters.keys() - allowed):
        known = f"is no parameter here: known are {', '.join(sorted(allowed))}"
        raise MalformedInput(_shown(unknown[0]), known)
    return parameters


def _pairs(request: Request) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            request.query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except UnicodeDecodeError:
        raise MalformedInput("query", "is not UTF-8 when decoded") from None
    except ValueError:
        raise MalformedInput("query", f"has more than {_MOST_PARAMETERS} parameters") from None


def _shown(name: str) -> str:
    return name if _SHOWN_NAME.fullmatch(name) else "query"


def fax_id_of(request: Request) -> FaxId:
    """The fax whose id stands in the path."""
    return fax_id(request.path.get("id", ""))


def fax_id(text: str) -> FaxId:
    """The fax a public id names. All of it but the job's own id, at its end, may be in capitals."""
    owner, dot, job_id = text.rpartition(".")
    try:
        return FaxId.parse(owner.lower() + dot + job_id)
    except MalformedInput as error:
        # Whichever of its parts is wrong, to the caller it is the id.
        raise MalformedInput("id", error.problem) from None


def choice(choices: type[Choice], name: str, text: str) -> Choice:
    try:
        return choices(text)
    except ValueError:
        raise MalformedInput(name, f"is none of {', '.join(choices)}") from None


def one_of(choices: type[Choice], parameters: Parameters, name: str) -> Choice | None:
    return choice(choices, name, parameters[name]) if name in parameters else None


def text_of(parameters: Parameters, name: str) -> str | None:
    text = parameters.get(name)
    if text is not None and not text.strip():
        raise MalformedInput(name, "is empty: give a value, or leave it out")
    return text


def moment(parameters: Parameters, name: str, zone: ZoneInfo) -> datetime | None:
    """A time with its offset, or in the zone without one; a date is its first moment. None where none is."""
    if name not in parameters:
        return None
    # In a query string a plus sign that was not encoded stands for a space.
    text = parameters[name].replace(" ", "+")
    try:
        found = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        if found is not None:
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MalformedInput(name, "is not a date or time of the form 2026-01-31 or 2026-01-31T09:30Z")


def truth(parameters: Parameters, name: str) -> bool:
    text = parameters.get(name, "false")
    if text not in {"true", "false"}:
        raise MalformedInput(name, "is neither true nor false")
    return text == "true"


def page_length(parameters: Parameters, *, longest: int = LONGEST_PAGE) -> int:
    text = parameters.get("limit", str(PAGE))
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or int(text) > longest:
        raise MalformedInput("limit", f"is not a whole number from 1 to {longest}")
    return int(text)


def bounds_of_day(
    parameters: Parameters, name: str, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """When the day that is asked for begins and ends in the zone; None twice where none is."""
    if name not in parameters:
        return None, None
    try:
        day = date.fromisoformat(parameters[name])
        # fromisoformat also reads 20260131 and 2026-W05-6, which nobody means.
        bounds = bounds_of(day, zone) if day.isoformat() == parameters[name] else None
    except (ValueError, OverflowError):
        bounds = None
    if bounds is None:
        raise MalformedInput(name, "is not a date of the form 2026-01-31")
    if bounds[0] == bounds[1]:
        # As in Samoa, which went over to the other side of the date line.
        raise MalformedInput(name, f"is a day that {zone.key} has left out")
    return bounds
