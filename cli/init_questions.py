"""What `faxledger init` asks. What may be answered, and what is usual, is read from the template."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from botocore.session import Session

from local.runtime.errors import CannotRun
from local.runtime.intrinsics import Resolver
from local.runtime.parameters import value_of, values_of
from local.runtime.template import Template, read_template

# The parameter without which a provider is left out.
_NAMED_BY: Final = {"softlinx": "SoftlinxRealm", "greenfax": "GreenFaxAccountId"}
_PROVIDERS: Final = "providers"
_REGION: Final = "region"
_STACK: Final = "stack_name"
_HOST: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(:[0-9]{1,5})?", re.IGNORECASE)
_YES_OR_NO: Final = {"yes": "true", "no": "false"}


@dataclass(frozen=True, slots=True)
class _Topic:
    """One question: a parameter of the template, or one of sam's settings.

    `right` says what would do, where the template's allowed values and bounds do not; `of` is the provider
    without which it is not asked.
    """

    name: str
    asks: str
    why: str
    right: str = ""
    of: str | None = None


_TOPICS: Final = (
    _Topic(
        _PROVIDERS,
        "Which fax providers do you use?",
        "softlinx, greenfax or both.",
        "softlinx, greenfax or both",
    ),
    _Topic(
        _REGION,
        "In which region of AWS shall Faxledger run?",
        "All data stays there. us-east-1 is in Virginia, us-west-2 in Oregon.",
        "a region such as us-east-1",
    ),
    _Topic(
        "SoftlinxRealm",
        "What is your realm at Softlinx?",
        "Your organisation's name there, part of each login, such as acme.",
        "at most 32 letters, digits, dots, - and _, such as acme",
        of="softlinx",
    ),
    _Topic(
        "SoftlinxUrl",
        "On which host is Softlinx's API?",
        "Softlinx tells you yours; api.rpxtest.com is for tests alone.",
        "a host such as fax.example.com, or an address that begins with https://",
        of="softlinx",
    ),
    _Topic(
        "SoftlinxApi",
        "Is the API spoken to by soap or by rest?",
        "soap, unless Softlinx has told you that your realm has REST alone.",
        of="softlinx",
    ),
    _Topic(
        "MarkFaxes",
        "May Faxledger mark faxes as handled at Softlinx?",
        "no while a listener of yours goes by these marks: run both and compare.",
        of="softlinx",
    ),
    _Topic(
        "GreenFaxAccountId",
        "What is your account id at GreenFax?",
        "Usually five digits.",
        "at most 32 letters, digits, - and _, such as 12345",
        of="greenfax",
    ),
    _Topic(
        "CallbackTrust",
        "Are callbacks believed at once (settle), or once checked (confirm)?",
        "They carry no signature. A hospital takes confirm, 15 to 70 minutes later.",
    ),
    _Topic(
        "TimeZone",
        "In which time zone do your days begin?",
        "Lists and reports go by days. Such as America/New_York.",
        "a time zone such as America/New_York",
    ),
    _Topic(
        "RetentionDays",
        "How many days is a fax kept after it was settled?",
        "At least 120. 2192 where this is your record of six years.",
    ),
    _Topic(
        "NotifySender",
        "From which address does Faxledger write to people about faxes?",
        "One that Amazon SES has verified. Nothing: webhooks alone tell people.",
        "an address such as faxledger@clinic.example",
    ),
    _Topic(
        "AlarmEmail",
        "Who is written to when something asks for a person?",
        "AWS asks the address for its consent first. Nothing: nobody is written to.",
        "an address such as it@clinic.example",
    ),
)


@dataclass(frozen=True, slots=True)
class Question:
    """`default` is what Enter takes, as a person writes it, and None where there has to be an answer."""

    name: str
    asks: str
    why: str
    right: str
    default: str | None


def questions(answers: "Answers") -> Iterator[Question]:
    """One after the other: which are left to ask depends on the answers to those before."""
    for topic in _TOPICS:
        if answers.is_open(topic.name, topic.of):
            yield Question(
                topic.name,
                topic.asks,
                topic.why,
                answers.right_for(topic.name),
                answers.default_of(topic.name),
            )


class Answers:
    """What was answered so far, beside what samconfig.toml has said before: `settings` and `parameters`."""

    def __init__(self, template: Path, settings: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self._template: Template = read_template(template)
        self._parameters = dict(parameters)
        self._settings = {name: str(settings[name]) for name in (_STACK, _REGION) if name in settings}
        self._given: set[str] = set()
        self._providers = [name for name, parameter in _NAMED_BY.items() if self._parameters.get(parameter)]
        self._readers: Mapping[str, Callable[[str], str]] = {
            _REGION: _read_region,
            _STACK: _read_stack_name,
            "SoftlinxUrl": self._read_softlinx_url,
            "TimeZone": _read_time_zone,
            "NotifySender": _read_address,
            "AlarmEmail": _read_address,
        }

    def is_open(self, name: str, provider: str | None) -> bool:
        """Whether it still has to be asked, of this provider if of one."""
        return name not in self._given and (provider is None or provider in self._providers)

    def default_of(self, name: str) -> str | None:
        if name == _PROVIDERS:
            return _one_or_both(self._providers or list(_NAMED_BY))
        if name == _REGION:
            return self._settings.get(_REGION) or Session().get_config_variable("region")
        value = self._parameters.get(name, str(self._entry(name)["Default"]))
        if name in _NAMED_BY.values():
            return value or None
        if name == "SoftlinxUrl" and value == self._at_host(urlsplit(value).netloc):
            return urlsplit(value).netloc
        return {"true": "yes", "false": "no"}.get(value, value)

    def right_for(self, name: str) -> str:
        """What would do, in words."""
        said = next((topic.right for topic in _TOPICS if topic.name == name), "")
        return said or _allowed(self._entry(name))

    def give(self, given: Mapping[str, str]) -> None:
        """Answers that nobody is asked for. Raises `CannotRun` with all that can't be."""
        problems = []
        for name, text in given.items():
            try:
                self._know(name)
                self.put(name, text)
            except CannotRun as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise CannotRun("\n".join(["these answers can't be:", *problems]))
        if _PROVIDERS not in given:
            self._providers = [
                name for name, parameter in _NAMED_BY.items() if self._parameters.get(parameter)
            ]

    def take_defaults(self) -> None:
        """For whatever is open. Raises `CannotRun` with all that has none."""
        missing = []
        for question in questions(self):
            if question.default is None:
                missing.append(f"{question.name}: {question.right}")
            else:
                self.put(question.name, question.default)
        if missing:
            raise CannotRun("\n".join(["these answers are missing:", *missing]))

    def put(self, name: str, text: str) -> None:
        """Keep an answer. Raises `CannotRun` with what would be right."""
        if name == _PROVIDERS:
            self._choose(text)
        elif name in {_REGION, _STACK}:
            self._settings[name] = self._readers[name](text)
        else:
            self._parameters[name] = self._read_parameter(name, text)
        self._given.add(name)

    def settings(self) -> Mapping[str, str]:
        return self._settings

    def parameters(self) -> Mapping[str, str]:
        """By name, defaults that were asked for too: sam leaves a parameter that is not named as it is in the
        stack, so that going back to a default has to be said.
        """
        return self._parameters

    @property
    def is_at_test_host(self) -> bool:
        """Whether Softlinx is asked where the template asks it unless told otherwise."""
        url = self._parameters.get("SoftlinxUrl")
        return "softlinx" in self._providers and url == str(self._entry("SoftlinxUrl")["Default"])

    def check(self) -> None:
        """Hold all together against the template's rules. Raises `CannotRun`."""
        values = values_of(self._template, self._parameters)
        Resolver(self._template, values, {}).check_rules()

    def _entry(self, name: str) -> Mapping[str, Any]:
        return self._template.parameters[name]

    def _know(self, name: str) -> None:
        known = [_PROVIDERS, _REGION, _STACK, *self._template.parameters]
        if name not in known:
            meant = _perhaps(name, known) or "one of docs/parameters.md"
            raise CannotRun(f"there is no such parameter. It may be {meant}")

    def _choose(self, text: str) -> None:
        chosen = list(_NAMED_BY) if text.lower() == "both" else re.split(r"[\s,]+|and", text.lower())
        chosen = [name for name in chosen if name]
        if not chosen or not set(chosen) <= set(_NAMED_BY):
            raise CannotRun(f"{text!r} is neither softlinx nor greenfax nor both")
        self._providers = [name for name in _NAMED_BY if name in chosen]
        self._parameters |= {
            parameter: "" for name, parameter in _NAMED_BY.items() if name not in self._providers
        }

    def _read_parameter(self, name: str, text: str) -> str:
        entry = self._entry(name)
        if name in _NAMED_BY.values() and not text:
            raise CannotRun(f"it needs an answer: {self.right_for(name)}")
        if set(map(str, entry.get("AllowedValues", ()))) == set(_YES_OR_NO.values()):
            text = _YES_OR_NO.get(text.lower(), text)
        if name in self._readers:
            text = self._readers[name](text)
        try:
            value_of(name, entry, text)
        except CannotRun:
            raise CannotRun(f"{text!r} can't be: it has to be {self.right_for(name)}") from None
        return text

    def _read_softlinx_url(self, text: str) -> str:
        """A host, or the whole address; where it gives no path, the API's usual one."""
        parts = urlsplit(text if "//" in text else f"https://{text}")
        if parts.scheme != "https":
            raise CannotRun(
                f"{text!r} begins with {parts.scheme}://, and a password goes there: take https://"
            )
        if not _HOST.fullmatch(parts.netloc):
            raise CannotRun(f"{text!r} names no host such as fax.example.com")
        return parts.geturl() if parts.path.strip("/") else self._at_host(parts.netloc)

    def _at_host(self, host: str) -> str:
        return urlsplit(str(self._entry("SoftlinxUrl")["Default"]))._replace(netloc=host).geturl()


def _read_region(text: str) -> str:
    session = Session()
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("lambda", partition)
    }
    if text not in known:
        raise CannotRun(f"{text!r} is no region of AWS. It may be {_perhaps(text, known) or 'us-east-1'}")
    return text


def _read_stack_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", text):
        raise CannotRun(f"{text!r} can't be a stack's name: letters, digits and -, such as faxledger")
    return text


def _read_time_zone(text: str) -> str:
    known = available_timezones()
    if text not in known:
        raise CannotRun(f"{text!r} is no time zone. It may be {_perhaps(text, known) or 'America/New_York'}")
    return text


def _read_address(text: str) -> str:
    if text and "." not in text.rpartition("@")[2]:
        raise CannotRun(f"{text!r} is no address such as it@clinic.example")
    return text


def _one_or_both(providers: list[str]) -> str:
    return providers[0] if len(providers) == 1 else "both"


def _allowed(entry: Mapping[str, Any]) -> str:
    choices = entry.get("AllowedValues")
    if choices is not None:
        words = [str(choice) for choice in choices]
        return "yes or no" if set(words) == set(_YES_OR_NO.values()) else f"one of {', '.join(words)}"
    if entry["Type"] == "Number":
        return f"a whole number from {entry['MinValue']} to {entry['MaxValue']}"
    return str(entry.get("ConstraintDescription") or f"of the form {entry.get('AllowedPattern')}")


def _perhaps(text: str, known: Iterable[str]) -> str:
    by_lower = {name.lower(): name for name in known}
    if text.lower() in by_lower:
        return by_lower[text.lower()]
    return " or ".join(by_lower[name] for name in get_close_matches(text.lower(), by_lower))
