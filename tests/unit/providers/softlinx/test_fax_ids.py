"""One fax whatever zeros stand before its number, and Softlinx asked for it as it has written it itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.attempts import next_attempt
from faxledger.domain.fax import Direction, Provider, Source, Status
from faxledger.domain.report import DocumentType, Duty, DutyState, Fax, Sighting
from faxledger.domain.submission import Order, Recipient
from faxledger.errors import MalformedInput, ProviderRefused
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.api import Page, Selection, SoftlinxApi
from faxledger.providers.softlinx.callback import read_callback
from faxledger.providers.softlinx.fax_ids import given_id, id_at_softlinx
from faxledger.providers.softlinx.marking import Mode, SoftlinxMarking
from faxledger.providers.softlinx.sending import CodeField, SoftlinxSending
from faxledger.usecases.look_up import LookUpFaxes
from faxledger.usecases.mark import MarkFaxes
from faxledger.usecases.poll import PollUnmarked
from faxledger.usecases.record import Recorder
from tests.fakes.claims import InMemoryClaims, InMemoryCursors
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import inbound, outbound
from tests.fakes.heard import InMemoryHeard
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines

ACCOUNT = SoftlinxAccount("acme", ZoneInfo("America/New_York"), marks_faxes=True)
PADDED = "000200700"
FAX = outbound(200700)


class LiteralApi:
    """A Softlinx that knows a fax by its very identifier; `asked` are those that it was asked for."""

    def __init__(self, fax_id: str = PADDED) -> None:
        self.marked: set[str] = set()
        self.asked: list[str] = []
        self._fax_id = fax_id
        self._row = {"FaxId": fax_id, "FaxStatus": "failed", "CompleteTime": "2026-11-22T05:00:00-05:00"}

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["LiteralApi"]:  # noqa: ARG002
        yield self

    def query(self, direction: Direction, selection: Selection) -> Iterator[Page]:
        is_meant = direction is Direction.OUTBOUND and selection.status == "failed"
        rows = (self._row,) if is_meant and not self.marked else ()
        yield Page(rows, has_more=False)

    def find(self, _: Direction, fax_id: str) -> Mapping[str, str] | None:
        self.asked.append(fax_id)
        return self._row if fax_id == self._fax_id else None

    def mark(self, _: Direction, fax_id: str, *, is_marked: bool = True) -> None:
        assert is_marked
        self._know(fax_id)
        self.marked.add(fax_id)

    @contextmanager
    def content(self, _: Direction, fax_id: str, __: DocumentType) -> Iterator[Iterator[bytes]]:
        self._know(fax_id)
        yield iter([b"%PDF"])

    def resend(self, fax_id: str, _: str | None) -> str:
        self._know(fax_id)
        return fax_id

    def _know(self, fax_id: str) -> None:
        self.asked.append(fax_id)
        if fax_id != self._fax_id:
            raise ProviderRefused("it", "5")


class Desk:
    def __init__(self, fax_id: str = PADDED) -> None:
        self.clock = StoppedClock()
        self.api = LiteralApi(fax_id)
        self.ledger = InMemoryFaxLedger(self.clock)
        self.provider = SoftlinxMarking(ACCOUNT, cast("SoftlinxApi", self.api), Mode.PUSH)
        self._count, self._log, self._claims = Counts(), LogLines(), InMemoryClaims()
        self._recorder = Recorder(
            self.ledger,
            InMemoryUnreadables(),
            self._count,
            self._log,
            clock=self.clock,
            retention=timedelta(days=400),
        )

    def call(self, fax_id: str) -> None:
        report = read_callback(ACCOUNT, {"FaxId": fax_id, "FaxStatus": "failed"}, "SendFax")
        self._recorder.record(report)

    def poll(self) -> None:
        PollUnmarked(
            self.provider,
            recorder=self._recorder,
            ledger=self.ledger,
            claims=self._claims,
            cursors=InMemoryCursors(),
            heard=InMemoryHeard(),
            clock=self.clock,
            count=self._count,
            log=self._log,
        )(timedelta(minutes=15))

    def mark(self) -> frozenset[object]:
        mark = MarkFaxes(self.provider, ledger=self.ledger, count=self._count, log=self._log)
        return frozenset(mark([FAX]))

    def look_up(self) -> Source | None:
        look_up = LookUpFaxes(
            self.provider,
            ledger=self.ledger,
            recorder=self._recorder,
            claims=self._claims,
            clock=self.clock,
            log=self._log,
        )
        look_up([FAX], timedelta(minutes=15))
        return next((said.source for said in self.ledger.faxes[FAX].sightings[1:]), None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@given(st.integers(0, 10**18 - 1), st.integers(0, 46))
def test_a_number_is_one_fax_whatever_zeros_stand_before_it(number: int, zeros: int) -> None:
    fax = ACCOUNT.fax(Direction.OUTBOUND, "0" * zeros + str(number))
    assert fax == ACCOUNT.fax(Direction.OUTBOUND, str(number))
    assert fax.job_id == str(number)


@pytest.mark.parametrize("text", ["", " 5", "-5", "5.0", "\u0665", "1" * 19, "0" * 47 + "5", "0x5"])
def test_what_is_no_number_of_theirs_is_no_fax(text: str) -> None:
    with pytest.raises(MalformedInput):
        ACCOUNT.fax(Direction.OUTBOUND, text)


def test_a_fax_that_is_known_by_its_zeros_is_settled_by_its_number_and_marked_by_its_zeros(
    desk: Desk,
) -> None:
    desk.poll()

    assert set(desk.ledger.faxes) == {FAX}
    assert desk.ledger.faxes[FAX].duties == {Duty.MARK: DutyState.DONE}
    assert desk.api.marked == {PADDED}


def test_what_a_callback_has_settled_is_marked_as_the_callback_wrote_it(desk: Desk) -> None:
    desk.call(PADDED)

    assert desk.mark() == frozenset()
    assert desk.api.marked == {PADDED}


@pytest.mark.parametrize(("called", "known"), [("200700", PADDED), (PADDED, "200700"), ("0200700", PADDED)])
def test_where_two_write_it_differently_the_api_itself_is_believed(called: str, known: str) -> None:
    desk = Desk(known)
    desk.call(called)
    assert desk.mark() == {FAX}
    desk.poll()

    assert set(desk.ledger.faxes) == {FAX}
    assert desk.api.marked == {known}
    assert desk.ledger.faxes[FAX].duties == {Duty.MARK: DutyState.DONE}


def test_a_look_up_asks_by_the_zeros_too(desk: Desk) -> None:
    desk.call(PADDED)

    assert desk.look_up() is Source.POLL
    assert desk.api.asked == [PADDED]


def test_so_does_who_wants_a_document(desk: Desk) -> None:
    received = Fax(inbound(200700), Status.RECEIVED, sightings=(sighting(PADDED),))
    with desk.provider.session() as session, session.document(received) as arriving:
        assert list(arriving.content) == [b"%PDF"]


def test_so_does_a_resend(desk: Desk) -> None:
    desk.call(PADDED)
    order = Order(
        id="fedcba9876543210" * 2,
        provider=Provider.SOFTLINX,
        submissions=("one",),
        recipients=(Recipient("12025550100"),),
        accepted_at=NOON,
        fingerprint="one",
        resends=FAX,
        known_as=given_id(desk.ledger.faxes[FAX]),
    )
    sending = SoftlinxSending(ACCOUNT, cast("SoftlinxApi", desk.api), CodeField.NONE)
    with sending.session() as session:
        (sent,) = session.send(order, ())
        session.look_for(order, since=NOON, until=NOON)

    assert sent.fax == next_attempt(FAX)
    assert desk.api.asked == [PADDED, PADDED]


def sighting(fax_id: str, source: Source = Source.CALLBACK) -> Sighting:
    return Sighting(source, "failed", NOON, {"faxid": fax_id})


@pytest.mark.parametrize(
    ("fax", "expected"),
    [
        (Fax(FAX), "200700"),
        (Fax(next_attempt(FAX), sightings=(sighting(PADDED),)), PADDED),
        (Fax(FAX, unsettling=(sighting(f" {PADDED} ", Source.POLL),)), PADDED),
        # A sighting says of another fax what it was sent with: there is nothing to be had from it.
        (Fax(FAX, sightings=(sighting("000200701"),)), "200700"),
        (Fax(FAX, sightings=(sighting("\u0662\u0660\u0660\u0667\u0660\u0660"),)), "200700"),
        (Fax(FAX, sightings=(sighting(""),)), "200700"),
    ],
)
def test_what_nobody_has_given_is_its_number(fax: Fax, expected: str) -> None:
    assert id_at_softlinx(fax) == expected
    assert given_id(fax) == (None if expected == "200700" else expected)
