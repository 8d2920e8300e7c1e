"""Who wants to be told, out of JSON that nobody has to trust, and back; refusals name the field."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from faxledger.domain.deliveries import Channel, Target
from faxledger.domain.events import FAX_EVENTS, EventType
from faxledger.errors import AddressRefused, MalformedInput
from faxledger.web.json_bodies import unknown_part

MOST_TARGETS: Final = 20
_PARTS: Final = frozenset({*Channel, "events"})
_EVENTS: Final = {event.dotted: event for event in EventType}
ALL_EVENTS: Final = frozenset(EventType)
# The plainest form of an address, which every mail server takes; SES refuses what is not ASCII. Without a
# question mark, so that none holds an encoded word (RFC 2047), in which a reader could find a second address.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
_EMAIL: Final = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@([A-Za-z0-9]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.)+[A-Za-z]{{2,63}}"
)

CheckUrl = Callable[[str], object]


def targets_of(
    given: Any,
    check_url: CheckUrl,
    *,
    has_email: bool,
    field: str = "targets",
    events: AbstractSet[EventType] = FAX_EVENTS,
) -> tuple[Target, ...]:
    """Targets as in `[{"webhook": "https://…"}, {"email": "a@example.org", "events": ["fax.failed"]}]`.

    `check_url` raises `AddressRefused` for a URL that is not to be asked; `events` may be asked for here.
    Raises `MalformedInput`.
    """
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_TARGETS:
        raise MalformedInput(field, f"is not a list of 1 to {MOST_TARGETS} targets")
    targets = tuple(
        _target(one, f"{field}[{index}]", check_url, has_email=has_email, events=events)
        for index, one in enumerate(given)
    )
    if len({target.id for target in targets}) < len(targets):
        raise MalformedInput(field, "names a target twice")
    return targets


def _target(
    given: Any, field: str, check_url: CheckUrl, *, has_email: bool, events: AbstractSet[EventType]
) -> Target:
    if not isinstance(given, dict) or len(given.keys() & set(Channel)) != 1:
        raise MalformedInput(field, "is not an object with either a webhook or an email")
    if given.keys() - _PARTS:
        raise MalformedInput(field, unknown_part(_PARTS))
    (channel,) = (channel for channel in Channel if channel in given)
    address = given[channel]
    if not isinstance(address, str):
        raise MalformedInput(f"{field}.{channel}", "is not text")
    if channel is Channel.WEBHOOK:
        _check_webhook(address, f"{field}.{channel}", check_url)
    elif not has_email:
        raise MalformedInput(
            f"{field}.{channel}", "is not possible here: the parameter NotifySender is empty"
        )
    elif len(address) > 254 or not _EMAIL.fullmatch(address):
        raise MalformedInput(f"{field}.{channel}", "is not a plain email address as in desk@example.org")
    return Target(channel, address, _events(given.get("events", []), f"{field}.events", events))


def _check_webhook(url: str, field: str, check_url: CheckUrl) -> None:
    try:
        check_url(url)
    except AddressRefused as error:
        raise MalformedInput(field, f"is refused: {error}") from None


def _events(given: Any, field: str, events: AbstractSet[EventType]) -> frozenset[EventType]:
    if not isinstance(given, list) or not all(isinstance(name, str) and name in _EVENTS for name in given):
        names = ", ".join(name for name, event in _EVENTS.items() if event in events)
        raise MalformedInput(field, f"is not a list of {names}")
    asked = frozenset(_EVENTS[name] for name in given)
    if asked - events:
        # There is one such event, and none of a fax.
        raise MalformedInput(
            field, "holds day.closed, for which only the default route can ask: a day is everybody's"
        )
    return asked


def document_of(target: Target) -> dict[str, Any]:
    """The target as it was given, with its id."""
    return {"id": target.id, target.channel: target.address, "events": _dotted(target.events)}


def _dotted(events: frozenset[EventType]) -> Sequence[str]:
    return sorted(event.dotted for event in events)
