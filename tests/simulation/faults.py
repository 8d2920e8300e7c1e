"""What may go wrong at a call, how often, and a list of what did."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any


class Fault(StrEnum):
    DIES_BEFORE = "the process dies before the call"
    DIES_AFTER = "the process dies behind the call"
    REFUSED = "the call fails without an effect"
    LOST = "the call has its effect and its answer is lost"
    TWICE = "the call has its effect twice"
    PARTIAL = "a part of a batch is refused"
    SLOW = "the answer takes long"


class Event(StrEnum):
    """What happens to a whole run, message or callback."""

    CALLBACK_LOST = "a callback never comes"
    CALLBACK_TWICE = "a callback comes twice"
    CALLBACK_LATE = "a callback comes late"
    CALLBACK_WRONG = "a callback says another status"
    CALLBACK_BARE = "a callback says nothing but the status"
    CALLBACK_FORGED = "somebody with a leaked token makes a callback up"
    CALLER_SHUT_OUT = "somebody without a token makes a callback up"
    ENDS_AT_ONCE = "a fax is over before whoever sends it has his answer"
    ANSWER_CUT = "an answer of a provider breaks off"
    CALLBACK_FOREIGN = "a callback is about a fax of that number in another realm"
    SCHEDULE_MISSED = "a scheduled run is missed"
    SCHEDULE_TWICE = "a scheduled run comes twice"
    SCHEDULE_LATE = "a scheduled run comes hours late"
    MESSAGE_LOST = "a message goes to the dead letters of its rule"
    DELIVERED_TWICE = "a message is delivered twice"
    STREAM_AGAIN = "a batch of the stream comes again"
    BOUNCED_ALL_THE_SAME = "an email that has arrived bounces all the same"
    EMAIL_LOST = "a status email never comes"
    EMAIL_GARBLED = "a status email can't be read"
    EMAIL_FORGED = "somebody else's email comes in the provider's name"
    RECEIVER_DROPS = "a receiver takes a notification and its answer is lost"
    RECEIVER_BUSY = "a receiver answers 429"
    RECEIVER_GONE = "a receiver answers 410"
    MARK_REVERTS = "a mark is taken back"
    PROVIDER_DOWN = "a provider is down for some minutes"
    ROW_VANISHES = "a row is missing in an answer"
    ROW_POISONED = "a row can't be read"
    ITEM_POISONED = "an item of the table can't be read"
    MESSAGE_POISONED = "a message can't be read"
    STATUS_REGRESSES = "a final fax is shown as under way"
    REDEPLOYED = "the stack is deployed anew"
    ROLLED_BACK = "the stack is deployed as it was before"


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of calls and events that go wrong. `only` are the functions whose calls do; all, if empty.

    With `traffic` there is no other. A town that `lives_on` is looked at for months.
    """

    name: str
    calls: Mapping[Fault, float]
    events: Mapping[Event, float]
    only: tuple[str, ...] = ()
    traffic: str = ""
    lives_on: bool = False


_CALLS = {
    Fault.DIES_BEFORE: 0.002,
    Fault.DIES_AFTER: 0.002,
    Fault.REFUSED: 0.006,
    Fault.LOST: 0.004,
    Fault.TWICE: 0.004,
    Fault.PARTIAL: 0.05,
    Fault.SLOW: 0.01,
}
_EVENTS = {
    Event.CALLBACK_LOST: 0.15,
    Event.CALLBACK_TWICE: 0.15,
    Event.CALLBACK_LATE: 0.1,
    Event.CALLBACK_WRONG: 0.05,
    Event.CALLBACK_BARE: 0.1,
    Event.CALLBACK_FORGED: 0.15,
    Event.CALLER_SHUT_OUT: 0.1,
    Event.ENDS_AT_ONCE: 0.1,
    Event.ANSWER_CUT: 0.02,
    Event.CALLBACK_FOREIGN: 0.05,
    Event.SCHEDULE_MISSED: 0.05,
    Event.SCHEDULE_TWICE: 0.05,
    Event.SCHEDULE_LATE: 0.01,
    Event.MESSAGE_LOST: 0.02,
    Event.DELIVERED_TWICE: 0.02,
    Event.STREAM_AGAIN: 0.02,
    Event.BOUNCED_ALL_THE_SAME: 0.03,
    Event.EMAIL_LOST: 0.2,
    Event.EMAIL_GARBLED: 0.05,
    Event.EMAIL_FORGED: 0.1,
    Event.RECEIVER_DROPS: 0.05,
    Event.RECEIVER_BUSY: 0.05,
    Event.RECEIVER_GONE: 0.002,
    Event.MARK_REVERTS: 0.02,
    Event.PROVIDER_DOWN: 0.02,
    Event.ROW_VANISHES: 0.01,
    Event.ROW_POISONED: 0.005,
    Event.STATUS_REGRESSES: 0.01,
    Event.REDEPLOYED: 0.25,
    Event.ROLLED_BACK: 0.1,
}


_ASKING = ("SoftlinxPoll", "GreenFaxFeed", "SendFax")
_MAILING = ("SubmitFax", "MailFax", "JoinFax", "AdmitEmail", "GreenFaxEmail", "GreenFaxBounces")


def _times(factor: float) -> dict[Fault, float]:
    return {fault: min(0.4, share * factor) for fault, share in _CALLS.items()}


_POISON = {
    Event.ROW_POISONED: 0.15,
    Event.ITEM_POISONED: 0.7,
    Event.MESSAGE_POISONED: 0.7,
    Event.CALLBACK_LOST: 0.5,
}

PROFILES = {
    profile.name: profile
    for profile in (
        Profile("calm", {}, {}),
        Profile("usual", _CALLS, _EVENTS),
        Profile("heavy", _times(6), {event: min(0.4, share * 2) for event, share in _EVENTS.items()}),
        Profile("deaf", _CALLS, {**_EVENTS, Event.CALLBACK_LOST: 0.7}),
        Profile("sending", _times(15), _EVENTS, only=("SendFax", "SubmitFax")),
        Profile("notifying", _times(15), _EVENTS, only=("Announce", "Notify", "NotifyDue")),
        Profile("mailing", _times(15), _EVENTS, only=_MAILING, traffic="mailing"),
        Profile("poisoned", {}, _POISON),
        Profile("repeated", {Fault.TWICE: 0.2}, {}),
        Profile("overlapping", {Fault.SLOW: 0.1}, {Event.SCHEDULE_TWICE: 0.8}, only=_ASKING),
        Profile("months", _CALLS, _EVENTS, lives_on=True),
        Profile("polling", _times(15), _EVENTS, only=("SoftlinxPoll", "MarkFax", "Sweep", "GreenFaxFeed")),
    )
}


@dataclass(slots=True)
class Faults:
    """Decides, call by call; `happened` is the list of what did, by the number of the question.

    With `planned` nothing else goes wrong than what that list says: a history with less in it.
    """

    profile: Profile
    seed: int
    planned: Mapping[int, str] | None = None
    is_over: bool = False
    happened: dict[int, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    _asked: int = 0
    _dice: Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = Random(self.seed * 7919 + 1)  # noqa: S311 - repeatable

    def at_call(self, function: str, possible: tuple[Fault, ...]) -> Fault | None:
        """What goes wrong at a call of this function, which may be any of these."""
        wanted = not self.profile.only or function in self.profile.only
        found: Fault | None = self._one_of(possible, self.profile.calls if wanted else {})
        return found

    def at(self, *possible: Event) -> Event | None:
        """Which of these events happens; one at most."""
        found: Event | None = self._one_of(possible, self.profile.events)
        return found

    def _one_of(self, possible: tuple[Any, ...], shares: Mapping[Any, float]) -> Any:
        self._asked += 1
        roll = self._dice.random()
        if self.is_over:
            return None
        if self.planned is not None:
            named = self.planned.get(self._asked)
            found = next((one for one in possible if one == named), None)
        else:
            found = None
            for one in possible:
                share = shares.get(one, 0.0)
                if roll < share:
                    found = one
                    break
                roll -= share
        if found is not None:
            self.happened[self._asked] = str(found)
            self.counts[str(found)] += 1
        return found
