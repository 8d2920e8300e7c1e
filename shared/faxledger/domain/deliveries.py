"""Who wants to be told what became of a fax or a day, and how far that delivery has come."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import chain, islice, zip_longest
from typing import TypeVar

from faxledger.domain.closed_days import DayVersion
from faxledger.domain.events import FAX_EVENTS, EventType
from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.domain.numbers import canonical
from faxledger.domain.report import DutyState, Fax
from faxledger.errors import MalformedInput

Waiting = TypeVar("Waiting")


class Channel(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """Where somebody is told: `address` is a URL, which may be a secret of its own, or an email address.

    `events` are those that are wanted; none named means all of faxes.
    """

    channel: Channel
    address: str
    events: frozenset[EventType] = frozenset()

    @property
    def id(self) -> str:
        """What logs, keys and messages call it, which tells nobody the address."""
        return sha256(f"{self.channel}|{self.address}".encode()).hexdigest()[:16]

    def wants(self, event: EventType) -> bool:
        return event in (self.events or FAX_EVENTS)


_NUMBER = re.compile(r"\+?[ (]{0,2}[0-9][0-9 ().-]{2,48}")
_NAME = re.compile(r"[^\x00-\x1f\x7f/\ud800-\udfff]{1,200}")
# In lower case one character may become three. A key of an index takes 1,024 bytes (DynamoDB's quotas).
_MOST_NAME_BYTES = 900


@dataclass(frozen=True, slots=True)
class RouteKey:
    """Whose faxes a route is for: those of one of our own users or numbers at a provider, or all others.

    `name` is a user in lower case, or the digits of a number, without the 1 that North American numbers may
    or may not have in front, so that each spelling of a number is one key. The default route has no name.
    """

    provider: Provider | None = None
    name: str = ""

    @classmethod
    def of(cls, provider: Provider, user_or_number: str) -> "RouteKey":
        """Raises `MalformedInput` for what neither a user nor a number is called."""
        text = user_or_number.strip()
        if not _NAME.fullmatch(text):
            raise MalformedInput(
                "name", "is not a user's name or a number: 1 to 200 characters, none of them a slash"
            )
        name = canonical(text) if _NUMBER.fullmatch(text) else text.casefold()
        if len(name.encode()) > _MOST_NAME_BYTES:
            raise MalformedInput("name", f"is longer than {_MOST_NAME_BYTES} bytes in lower case")
        return cls(provider, name)

    @property
    def is_default(self) -> bool:
        return self.provider is None


DEFAULT_ROUTE = RouteKey()


def route_keys(fax: Fax) -> tuple[RouteKey, ...]:
    """The routes that may be the fax's, the most particular first."""
    ours = fax.facts.from_number if fax.id.direction is Direction.OUTBOUND else fax.facts.to_number
    found = []
    for text in (fax.facts.user, ours):
        try:
            found.append(RouteKey.of(fax.id.provider, text or ""))
        except MalformedInput:
            continue
    return (*found, DEFAULT_ROUTE)


@dataclass(frozen=True, slots=True, repr=False)
class Route:
    """`disabled` are the targets, by id, that asked not to be told any more, and when they did.

    `changed_by` is whom the API has found the caller to be who wrote the route.
    """

    key: RouteKey
    targets: tuple[Target, ...]
    disabled: Mapping[str, datetime] = field(default_factory=dict)
    changed_at: datetime | None = None
    changed_by: str | None = None

    @property
    def active(self) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.id not in self.disabled)


DeliverySubject = FaxId | DayVersion


def subject_of(text: str) -> DeliverySubject:
    """A fax by its public id, or a version of a closed day by its record's key; each is its own text.

    Raises `MalformedInput`.
    """
    return DayVersion.of_key(text) or FaxId.parse(text)


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """One event of one fax or closed day, for one target."""

    subject: DeliverySubject
    event_id: str
    target_id: str


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """How far it has come to tell a target of an event.

    `body` is what is sent, the same at every attempt. `attempts` counts those of this round, with the one
    under way; a person's redrive begins the next round. `next_at` is when the next attempt may begin,
    `planned_at` when there was first something to tell. `route` is where the target comes from, None where
    the fax's own sender named it.
    """

    key: DeliveryKey
    target: Target
    event: EventType
    body: str
    next_at: datetime
    planned_at: datetime
    route: RouteKey | None = None
    state: DutyState = DutyState.PENDING
    attempts: int = 0
    round: int = 1
    problem: str | None = None
    delivered_at: datetime | None = None


def in_turn(
    waiting: Iterable[Waiting], target_of: Callable[[Waiting], str], *, most: int
) -> Iterator[Waiting]:
    """Up to so many of these, one of each target after the other, and of a target those that came first."""
    by_target: dict[str, list[Waiting]] = {}
    for one in waiting:
        of_target = by_target.setdefault(target_of(one), [])
        if len(of_target) < most:
            of_target.append(one)
    rounds = chain.from_iterable(zip_longest(*by_target.values(), fillvalue=None))
    return islice((one for one in rounds if one is not None), most)
