"""Reads environment variables, and names the one that is missing or wrong."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from faxledger.errors import SettingMissing

Environment = Mapping[str, str]


def process_environment() -> Environment:
    """The environment variables of this process."""
    return os.environ


def is_lambda(environment: Environment) -> bool:
    """Whether this is a Lambda runtime, which has a whole CPU while it starts and less afterwards."""
    return "AWS_LAMBDA_INITIALIZATION_TYPE" in environment


def lean_start_of(environment: Environment) -> frozenset[str]:
    """Which savings of a cold start are made; none where nothing is said, as everywhere but in Lambda."""
    return frozenset(environment.get("LEAN_START", "").split(","))


def text_of(environment: Environment, name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingMissing(f"the environment variable {name} is missing")
    return value


def number_of(environment: Environment, name: str) -> int:
    text = text_of(environment, name)
    if not text.isdecimal() or int(text) == 0:
        raise SettingMissing(f"the environment variable {name} is not a whole number from 1")
    return int(text)


def flag_of(environment: Environment, name: str) -> bool:
    text = text_of(environment, name)
    if text not in {"true", "false"}:
        raise SettingMissing(f"the environment variable {name} is neither true nor false")
    return text == "true"


def choice_of(environment: Environment, name: str, choices: tuple[str, ...]) -> str:
    text = text_of(environment, name)
    if text not in choices:
        raise SettingMissing(f"the environment variable {name} is none of {', '.join(choices)}")
    return text


def only_hints_of(environment: Environment) -> bool:
    """Whether a callback is only a hint until the provider itself has confirmed it."""
    return choice_of(environment, "CALLBACK_TRUST", ("settle", "confirm")) == "confirm"


def names_of(environment: Environment, name: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text_of(environment, name).split(","))
    if len(names) != 4 or not all(names):
        raise SettingMissing(f"the environment variable {name} has to hold four names")
    return names


def words_of(environment: Environment, name: str) -> frozenset[str]:
    words = (word.strip().casefold() for word in text_of(environment, name).split(","))
    found = frozenset(word for word in words if word)
    if not found:
        raise SettingMissing(f"the environment variable {name} holds no word")
    return found


def zone_of(environment: Environment, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(text_of(environment, name))
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingMissing(f"the environment variable {name} names no time zone") from None


def day_of(environment: Environment, name: str) -> date | None:
    """A date, or None where nothing is given."""
    text = environment.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingMissing(f"the environment variable {name} is not a date as 2026-01-31") from None


def moment_of(environment: Environment, name: str) -> datetime | None:
    text = environment.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingMissing(f"the environment variable {name} is not an ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
