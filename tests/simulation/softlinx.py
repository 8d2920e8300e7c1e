"""Softlinx as it is behind its API: the truth about its faxes, its callbacks, and what it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from faxledger.domain.fax import Direction
from faxledger.errors import AnswerLost, ProviderAnswerUnreadable, ProviderRefused, ProviderUnavailable
from faxledger.providers.softlinx.api import UNMARKED, BrokenFax, Page, Selection
from faxledger.providers.softlinx.send_answers import SendAnswer
from faxledger.providers.values import moment
from tests.simulation.aws import Wire
from tests.simulation.faults import Event, Fault
from tests.simulation.said import Said
from tests.simulation.scheduler import BEGINNING, Process, Scheduler

_ASKED = (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.REFUSED, Fault.SLOW)
_TOLD = (*_ASKED, Fault.LOST)
_PAGE = 3
# Twelve tries, two hours apart (doc).
_TRIES, _BETWEEN_TRIES = 12, 7200.0
_OPPOSITE = {
    "sent": "sendFailed",
    "sendFailed": "sent",
    "recvOk": "recvIncomplete",
    "recvIncomplete": "recvOk",
}


@dataclass(slots=True)
class SoftlinxFax:
    """`word` is its status of the moment; `ends` holds the final one of each attempt, in order.

    `resent_as` is the fax that it goes on as, where a resend gets an identifier of its own.
    """

    direction: Direction
    number: int
    to: str
    created: float
    code: str = ""
    word: str = "sending"
    completed: float | None = None
    is_marked: bool = False
    attempt: int = 1
    ends: list[str] = field(default_factory=list)
    resent_as: "SoftlinxFax | None" = None

    @property
    def job_id(self) -> str:
        return str(self.number) if self.attempt == 1 else f"{self.number}~{self.attempt}"


class Query(NamedTuple):
    """When it was asked and by whom, and who was asking at that moment."""

    at: float
    process: Process
    others: tuple[Process, ...]


class Softlinx:
    """`post` hands a callback's form to the bundle and answers by HTTP's status; None is no answer.

    `taken` is what it was told is taken.
    """

    def __init__(self, wire: Wire, *, keeps_identifier: bool, clock_ahead: float, failing: float) -> None:
        self.wire = wire
        self.faxes: dict[tuple[Direction, int], SoftlinxFax] = {}
        self.down_until = 0.0
        self.post: Callable[[Mapping[str, str]], int | None]
        self.asked_to_send: list[str] = []
        self.queries: list[Query] = []
        # The fax of each row that was shown with its end, and which attempt's end that was.
        self.shown: list[tuple[SoftlinxFax, int]] = []
        self._asking: list[Process] = []
        self.taken: list[Said] = []
        self._keeps_identifier = keeps_identifier
        self._ahead = clock_ahead
        self._failing = failing
        self._next = {Direction.OUTBOUND: 1001, Direction.INBOUND: 1001}

    @property
    def scheduler(self) -> Scheduler:
        return self.wire.scheduler

    # --- faxes -------------------------------------------------------------------------------------------

    def transmit(self, direction: Direction, to: str, code: str = "") -> SoftlinxFax:
        """A fax that is under way from now on, and comes to its end some minutes later."""
        number = self._next[direction]
        self._next[direction] += 1
        fax = SoftlinxFax(direction, number, to, self.scheduler.now, code)
        self.faxes[direction, number] = fax
        self._end_later(fax)
        return fax

    def _end_later(self, fax: SoftlinxFax) -> None:
        attempt = fax.attempt
        is_sudden = self.wire.faults.at(Event.ENDS_AT_ONCE) is not None
        seconds = 0.0 if is_sudden else self.scheduler.random.uniform(5, 900)
        self.scheduler.after(seconds, lambda: self._end(fax, attempt))

    def _end(self, fax: SoftlinxFax, attempt: int) -> None:
        if fax.attempt != attempt:
            return
        goes_well = self.scheduler.random.random() >= self._failing
        if fax.direction is Direction.OUTBOUND:
            fax.word = "sent" if goes_well else "sendFailed"
        else:
            fax.word = "recvOk" if goes_well else "recvIncomplete"
        fax.completed = self.scheduler.now
        fax.ends.append(fax.word)
        self._call_back(fax)

    def _call_back(self, fax: SoftlinxFax) -> None:
        event = self.wire.faults.at(
            Event.CALLBACK_LOST,
            Event.CALLBACK_TWICE,
            Event.CALLBACK_LATE,
            Event.CALLBACK_WRONG,
            Event.CALLBACK_BARE,
        )
        form = self._form(fax)
        if event is Event.CALLBACK_WRONG:
            form["FaxStatus"] = _OPPOSITE[fax.word]
        if event is Event.CALLBACK_BARE:
            form = {"FaxId": form["FaxId"], "FaxStatus": form["FaxStatus"]}
        if self.wire.faults.at(Event.CALLBACK_FOREIGN):
            other = {**form, "Realm": "Other", "FaxDescription": "of another realm"}
            self.scheduler.begin(Process("Softlinx"), lambda: self.post(other))
        if event is Event.CALLBACK_LOST:
            return
        late = self.scheduler.random.choice([0.001, 1.0])
        if event is Event.CALLBACK_LATE:
            late = self.scheduler.random.uniform(60, 100_000)
        for _ in range(2 if event is Event.CALLBACK_TWICE else 1):
            self.scheduler.after(late * self.scheduler.random.uniform(0.5, 1.0), lambda: self._try(form, 1))

    def _try(self, form: Mapping[str, str], number: int) -> None:
        def call() -> None:
            status = self.post(form)
            is_taken = status is not None and 200 <= status < 300
            if is_taken:
                direction = "outbound" if form["FaxStatus"].startswith("sen") else "inbound"
                key = f"FAX#softlinx#{direction}#acme#{form['FaxId']}"
                self.taken.append(Said(key, lambda: self._try(form, _TRIES)))
            elif number < _TRIES:
                self.scheduler.after(_BETWEEN_TRIES, lambda: self._try(form, number + 1))

        self.scheduler.begin(Process("Softlinx"), call)

    def _form(self, fax: SoftlinxFax) -> dict[str, str]:
        row = dict(self._row(fax))
        row["Realm"] = "Acme"
        row["Queue"] = "SendFax" if fax.direction is Direction.OUTBOUND else "ReceiveFax"
        return row

    def _row(self, fax: SoftlinxFax) -> dict[str, str]:
        error = ("17", "Line busy") if fax.word in ("sendFailed", "recvIncomplete") else ("0", "")
        row = {
            "FaxId": str(fax.number),
            "FaxStatus": fax.word,
            "FaxUserId": "clinic1",
            "CreateTime": self._time(fax.created),
            "Duration": "61",
            "ErrorCode": error[0],
            "ErrorText": error[1],
            "Mark": "true" if fax.is_marked else "false",
            # Which fax this is said of, whatever is made of its number.
            "FaxDescription": f"softlinx {fax.direction} {fax.number}",
        }
        completed = self._time(fax.completed) if fax.completed is not None else ""
        if fax.direction is Direction.OUTBOUND:
            pages = "2" if fax.word == "sent" else "0"
            sent = {
                "PagesSent": pages,
                "PagesTotal": "2",
                "CompleteTime": completed,
                "ProjectCode2": fax.code,
            }
            return {**row, "FaxNumber": fax.to, **sent}
        received = {"PagesReceived": "2", "ReceivedTime": completed, "DestFaxNumber": fax.to}
        return {**row, **received, "CallerNumber": "12025550177", "TSI": f"caller {fax.number}"}

    def _time(self, seconds: float) -> str:
        return f"{BEGINNING + timedelta(seconds=seconds + self._ahead):%Y-%m-%dT%H:%M:%SZ}"

    # --- the API -----------------------------------------------------------------------------------------

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["Session"]:
        """Implements `SoftlinxApi`."""
        del patience
        self.ask(lambda: None)
        yield Session(self)
        self.ask(lambda: None)

    def ask(self, effect: Callable[[], Any], possible: tuple[Fault, ...] = _ASKED) -> Any:
        if self.scheduler.now < self.down_until:
            self.scheduler.pause(1.0)
            raise ProviderUnavailable("Softlinx is down")
        if self.wire.faults.at(Event.PROVIDER_DOWN):
            self.down_until = self.scheduler.now + self.scheduler.random.uniform(5, 600)
        return self.wire.call(
            effect,
            possible,
            refused=lambda: ProviderUnavailable("Softlinx did not answer"),
            lost=lambda: AnswerLost("Softlinx's answer was lost"),
        )

    def query(self, effect: Callable[[], Any]) -> Any:
        """Be asked for faxes."""
        process = self.scheduler.process
        self.queries.append(Query(self.scheduler.now, process, tuple(self._asking)))
        self._asking.append(process)
        try:
            return self.ask(effect)
        finally:
            self._asking = [one for one in self._asking if one is not process]

    def page(self, direction: Direction, selection: Selection, behind: int) -> tuple[Page, int]:
        """The next page, and the last number in it. Raises what its client does for one that breaks off."""
        if self.wire.faults.at(Event.ANSWER_CUT):
            raise ProviderAnswerUnreadable("the answer broke off")
        found = [
            fax
            for fax in self.faxes.values()
            if fax.direction is direction and fax.number > behind and self._is_meant(fax, selection)
        ]
        found.sort(key=lambda fax: fax.number)
        page = found[:_PAGE]
        rows, broken = [], []
        for fax in page:
            event = self.wire.faults.at(Event.ROW_VANISHES, Event.ROW_POISONED, Event.STATUS_REGRESSES)
            if event is Event.ROW_POISONED:
                broken.append(BrokenFax("of the simulation", b"<FaxInfo"))
            elif event is not Event.ROW_VANISHES:
                row = self._row(fax)
                rows.append({**row, "FaxStatus": "sending"} if event is Event.STATUS_REGRESSES else row)
                if event is None and fax.completed is not None:
                    self.shown.append((fax, len(fax.ends)))
        last = page[-1].number if page else behind
        return Page(tuple(rows), len(found) > _PAGE, tuple(broken)), last

    def _is_meant(self, fax: SoftlinxFax, selection: Selection) -> bool:
        zone = BEGINNING.tzinfo
        created = moment(self._time(fax.created), zone)  # type: ignore[arg-type]
        assert created is not None
        return (
            (selection.mark is None or fax.is_marked is selection.mark)
            and (selection.status is None or fax.word.lower() == selection.status.lower())
            and (selection.created_after is None or created > selection.created_after)
            and (selection.created_before is None or created < selection.created_before)
        )

    def row(self, direction: Direction, fax_id: str) -> Mapping[str, str] | None:
        fax = self.faxes.get((direction, int(fax_id)))
        if fax is None:
            return None
        event = self.wire.faults.at(Event.STATUS_REGRESSES)
        row = self._row(fax)
        return {**row, "FaxStatus": "sending"} if event and fax.word != "sending" else row

    def mark(self, direction: Direction, fax_id: str, *, is_marked: bool = True) -> None:
        fax = self.faxes.get((direction, int(fax_id)))
        if fax is None:
            raise ProviderRefused("mark", "1012")
        fax.is_marked = is_marked
        if is_marked and self.wire.faults.at(Event.MARK_REVERTS):
            self.scheduler.after(self.scheduler.random.uniform(1, 900), lambda: self._revert(fax))

    def content(self, direction: Direction, fax_id: str) -> Iterator[bytes]:
        if (direction, int(fax_id)) not in self.faxes:
            raise ProviderRefused("content", "1012")
        if self.wire.faults.at(Event.ANSWER_CUT):
            raise ProviderAnswerUnreadable("the document broke off")
        return iter([b"%PDF-1.4 ", f"{direction} {fax_id}".encode()])

    def _revert(self, fax: SoftlinxFax) -> None:
        fax.is_marked = False

    def send(self, order: Any) -> tuple[SendAnswer, ...]:
        self.asked_to_send.append(order.project_code_2 or "")
        return tuple(
            SendAnswer(
                one.number,
                str(self.transmit(Direction.OUTBOUND, one.number, order.project_code_2 or "").number),
            )
            for one in order.recipients
        )

    def resend(self, fax_id: str, number: str | None) -> str:
        fax = self.faxes[Direction.OUTBOUND, int(fax_id)]
        if fax.word != "sendFailed":
            raise ProviderRefused("resend", "not-failed")
        self.asked_to_send.append(f"resend {fax.job_id}")
        if not self._keeps_identifier:
            fax.resent_as = self.transmit(Direction.OUTBOUND, number or fax.to, fax.code)
            return str(fax.resent_as.number)
        fax.attempt += 1
        fax.word, fax.completed, fax.is_marked = "sending", None, False
        self._end_later(fax)
        return fax_id


@dataclass(frozen=True, slots=True)
class Session:
    """Implements `SoftlinxSession`."""

    softlinx: Softlinx

    def query(self, direction: Direction, selection: Selection = UNMARKED) -> Iterator[Page]:
        behind = 0
        while True:
            next_page = partial(self.softlinx.page, direction, selection, behind)
            page, behind = self.softlinx.query(next_page)
            yield page
            if not page.has_more:
                return

    def find(self, direction: Direction, fax_id: str) -> Mapping[str, str] | None:
        found: Mapping[str, str] | None = self.softlinx.query(lambda: self.softlinx.row(direction, fax_id))
        return found

    def mark(self, direction: Direction, fax_id: str, *, is_marked: bool = True) -> None:
        self.softlinx.ask(lambda: self.softlinx.mark(direction, fax_id, is_marked=is_marked), _TOLD)

    @contextmanager
    def content(self, direction: Direction, fax_id: str, *_: object, **__: object) -> Iterator[Any]:
        yield self.softlinx.ask(lambda: self.softlinx.content(direction, fax_id))

    def send(self, order: Any) -> tuple[SendAnswer, ...]:
        answers: tuple[SendAnswer, ...] = self.softlinx.ask(lambda: self.softlinx.send(order), _TOLD)
        return answers

    def resend(self, fax_id: str, number: str | None = None) -> str:
        answer: str = self.softlinx.ask(lambda: self.softlinx.resend(fax_id, number), _TOLD)
        return answer
