"""Asks the checkers: after each step those to whose subject something happened, and all of them at rest."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from faxledger.domain.fax import Direction
from tests.simulation.invariants import (
    asking,
    bounds,
    callbacks,
    duties,
    expiry,
    functions,
    intruding,
    mailing,
    months_later,
    notifying,
    sending,
    settling,
)
from tests.simulation.invariants.checker import Change, Checker, Posted, Violation
from tests.simulation.invariants.evidence import Evidence, is_poison

if TYPE_CHECKING:
    from tests.simulation.world import Town

CHECKERS: tuple[type[Checker], ...] = (
    settling.SettledOnce,
    settling.FinalStatusStays,
    settling.ConfirmedIsTrue,
    settling.FinalIsListedSo,
    settling.ConflictHasTwoSides,
    settling.EqualIdsApart,
    settling.FinalAtRest,
    settling.ContradictionIsConflict,
    callbacks.TakenLeavesTrace,
    callbacks.AnswerTellsNothing,
    callbacks.OutageAlone,
    expiry.ExpiryOutlivesDuty,
    duties.NoMarkBeforeStatus,
    duties.NoMarkBeforeDocument,
    duties.NoUnwantedMark,
    duties.MarkedAtRest,
    duties.DutiesDone,
    duties.SweepFindsOwed,
    sending.OrdersToldOf,
    sending.NothingInDoubt,
    sending.SentOnce,
    mailing.MailedOnce,
    mailing.BouncedHasFailed,
    mailing.OnlyProviderIsBelieved,
    mailing.CodeJoins,
    notifying.EveryFinalAnnounced,
    notifying.ConflictAnnounced,
    notifying.OneEventForEachFinal,
    notifying.NothingToldBeforeFinal,
    notifying.OneBody,
    notifying.ToldIsFinal,
    notifying.DeliveriesEnd,
    notifying.DeliveredWasTaken,
    notifying.EventsFindDeliveries,
    asking.FeedsSpaced,
    intruding.ShutOut,
    asking.OneQueryAtATime,
    asking.NothingPassedOver,
    bounds.WorkIsBounded,
    bounds.QuietAtRest,
    bounds.PoisonHoldsUpNobody,
    bounds.RepeatedWriteIsOne,
    functions.NoPersonLeaks,
    months_later.ExpiryLeavesToPersons,
    months_later.OldIsNoNews,
    months_later.ReusedIsNews,
    functions.NoFunctionBreaks,
)
# What a checker may be asked.
_METHODS = [name for name, method in vars(Checker).items() if callable(method) and not name.startswith("_")]


class Invariants:
    """All of them, or the one that is named, held in one town from its first step on."""

    def __init__(self, town: "Town", only: str | None = None) -> None:
        self._evidence = Evidence(town)
        checkers = [kind(self._evidence) for kind in CHECKERS if only in (None, kind.name)]
        self._asked = {method: _having(method, checkers) for method in _METHODS}
        self._asked_months_later = _having("at_rest", [one for one in checkers if one.holds_for_good])
        bundle = town.bundle
        # Lists that only grow, who is asked of what is new in each, and how far each was read.
        reading: list[tuple[Sequence[Any], Callable[[Any], None]]] = [
            (bundle.aws.table.changes, self._changed),
            (bundle.aws.published, self._each("published")),
            (bundle.receiver.came, self._posted),
            (bundle.told, self._each("logged")),
            (bundle.answered, self._each("answered")),
            (bundle.aws.sent, self._each("sent")),
            (bundle.aws.kept, self._each("kept")),
            (town.softlinx.queries, self._each("queried")),
            (town.greenfax.asked_at, self._feed_asked),
            (bundle.broken, self._broke),
        ]
        self._lists = [entries for entries, _ in reading]
        self._asks = [ask for _, ask in reading]
        self._read = [0] * len(reading)
        self._watch_marks(town)

    def at_each_step(self) -> None:
        """Raises `Violation`."""
        read, lengths = self._read, list(map(len, self._lists))
        if lengths == read:
            return
        self._read = lengths
        for entries, ask, first, end in zip(self._lists, self._asks, read, lengths, strict=True):
            for one in entries[first:end]:
                ask(one)

    def at_rest(self, *, months_later: bool = False) -> None:
        """Raises `Violation`."""
        for ask in self._asked_months_later if months_later else self._asked["at_rest"]:
            ask()

    def look_on(self) -> None:
        """Everything has come to rest, and is to stay so."""
        self._evidence.is_quiet = True

    def covered(self) -> frozenset[str]:
        return self._evidence.covered()

    def _each(self, method: str) -> Callable[[Any], None]:
        def tell(what: Any) -> None:
            for ask in self._asked[method]:
                ask(what)

        return tell

    def _changed(self, record: Mapping[str, Any]) -> None:
        written = record["dynamodb"]
        change = Change(
            written["Keys"]["pk"]["S"],
            written.get("OldImage"),
            written.get("NewImage"),
            is_expiry="userIdentity" in record,
        )
        if not is_poison(change.key):
            for ask in self._asked["changed"]:
                ask(change)
        self._evidence.note(change)

    def _posted(self, came: tuple[str, bytes, int]) -> None:
        for ask in self._asked["posted"]:
            ask(Posted(*came))

    def _feed_asked(self, asked: tuple[float, str]) -> None:
        for ask in self._asked["feed_asked"]:
            ask(*asked)

    def _broke(self, broken: tuple[str, BaseException]) -> None:
        function, error = broken
        if isinstance(error, Violation):
            # Found at the moment of a call, within the function that made it.
            raise error
        for ask in self._asked["broke"]:
            ask(function, error)

    def _watch_marks(self, town: "Town") -> None:
        softlinx = town.softlinx
        set_mark = softlinx.mark

        def mark(direction: Direction, fax_id: str, *, is_marked: bool = True) -> None:
            fax = softlinx.faxes.get((direction, int(fax_id)))
            if is_marked and fax is not None:
                for ask in self._asked["before_mark"]:
                    ask(fax)
            set_mark(direction, fax_id, is_marked=is_marked)

        softlinx.mark = mark  # type: ignore[method-assign]


def _having(method: str, checkers: Sequence[Checker]) -> list[Callable[..., None]]:
    """That method of each checker which has one of its own."""
    return [
        getattr(checker, method)
        for checker in checkers
        if getattr(type(checker), method) is not getattr(Checker, method)
    ]
