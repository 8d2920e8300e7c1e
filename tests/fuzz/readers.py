"""Every reader of foreign bytes, each as one function of bytes: what it may raise is named beside it.

What a reader makes of the bytes is looked at as well: whatever it calls a report has to fit into the table.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from faxledger.bootstrap.providers import transmission_of
from faxledger.domain.fax import Direction, Provider
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import MailUnavailable, MalformedInput, ProviderError, UndirectedReport
from faxledger.ledger import items
from faxledger.ledger.attributes import to_attributes
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.feed import FeedAddress, FeedWords, GreenFaxFeed
from faxledger.providers.greenfax.feed_xml import xml_rows
from faxledger.providers.greenfax.notify import read_inbound_notify, read_outbound_notify
from faxledger.providers.greenfax.status import StatusWords
from faxledger.providers.greenfax.status_email import MOST_BYTES, read_status_email
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.api import Page, Selection, SoftlinxApi
from faxledger.providers.softlinx.callback import DECIDING, REQUIRED, read_callback
from faxledger.providers.softlinx.marking import Mode, SoftlinxMarking
from faxledger.providers.softlinx.order_codes import order_code_of
from faxledger.providers.softlinx.paging import Answer, Paging
from faxledger.providers.softlinx.rest import answers as rest_answers
from faxledger.providers.softlinx.soap import answers as soap_answers
from faxledger.providers.softlinx.soap.documents import document_in
from faxledger.providers.softlinx.transport import HttpAnswer, HttpHead, HttpStream
from faxledger.triggers.announce_stream import AnnounceStream
from faxledger.triggers.bounce_queue import BounceBatches
from faxledger.triggers.join_stream import JoinStream
from faxledger.triggers.mark_queue import MarkBatches
from faxledger.triggers.notify_queue import NotifyBatches
from faxledger.triggers.order_queue import OrderBatches
from faxledger.triggers.retrieve_queue import RetrieveBatches
from faxledger.triggers.status_email_queue import StatusEmailBatches
from faxledger.usecases.announce import AnnounceChanges
from faxledger.usecases.cases import Cases
from faxledger.usecases.heard import NotePushes
from faxledger.usecases.join import JoinFax
from faxledger.usecases.late_changes import NoteLateChanges
from faxledger.web.forms import UnsupportedForm, form_reader, urlencoded_fields
from tests.fakes.bus import InMemoryBus
from tests.fakes.clock import NOON, RETENTION, StoppedClock
from tests.fakes.closed_days import InMemoryClosedDays
from tests.fakes.heard import InMemoryHeard
from tests.fakes.joins import InMemoryJoins
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.fakes.sending import InMemoryOrders
from tests.fakes.timeless import InMemoryTimelessFaxes
from tests.fakes.transmissions import InMemoryTransmissions

_ZONE: Final = ZoneInfo("America/New_York")
_SOFTLINX: Final = SoftlinxAccount("acme", _ZONE, marks_faxes=True)
_GREENFAX: Final = GreenFaxAccount("12345", _ZONE)
_WORDS: Final = StatusWords(frozenset({"success"}), frozenset({"busy"}))
_ITEM_BYTES: Final = 400 * 1024
_CAP_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` is given any bytes and may raise `errors` and nothing else."""

    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = ()

    def __call__(self, data: bytes) -> None:
        try:
            self.read(data)
        except self.errors:
            return


def _kept(said: Report | Unreadable | None) -> None:
    """As the ledger writes it: as text throughout, and within what an item has."""
    match said:
        case Report():
            written = {**items.encode_facts(said.facts), "sighting": items.encode_sighting(said, NOON)}
            if said.failure:
                written |= items.encode_failure(said.failure)
            assert len(json.dumps(to_attributes(written), ensure_ascii=False).encode()) < _ITEM_BYTES
        case Unreadable():
            said.problem.encode()
            assert len(said.raw) < _ITEM_BYTES


def _headed(data: bytes) -> tuple[str, bytes]:
    """A content type on the first line, and what is of that type."""
    head, _, body = data.partition(b"\n")
    return head.decode("latin-1"), body


def _form(data: bytes) -> None:
    content_type, body = _headed(data)
    _kept(read_callback(_SOFTLINX, form_reader(content_type, DECIDING, REQUIRED)(body), "SendFax"))


def _notify(data: bytes) -> None:
    query = data.decode("utf-8", "surrogateescape")
    trouble: MalformedInput | None = None
    for read in (read_outbound_notify, read_inbound_notify):
        try:
            _kept(read(_GREENFAX, query, urlencoded_fields))
        except MalformedInput as error:
            trouble = error
    if trouble is not None:
        raise trouble


@dataclass(frozen=True, slots=True)
class _OneAnswer:
    """A Softlinx whose every answer is the same."""

    answer: Callable[[], Answer]

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["_OneAnswer"]:  # noqa: ARG002
        yield self

    def query(self, _direction: Direction, selection: Selection) -> Iterator[Page]:
        return Paging(1, 3, "faxId").pages("QuerySendFax", lambda _: self.answer(), selection)


def _poll(answer: Callable[[], Answer]) -> None:
    provider = SoftlinxMarking(_SOFTLINX, cast("SoftlinxApi", _OneAnswer(answer)), Mode.POLL_ONLY)
    with provider.session() as session:
        for page in session.pages(provider.offers[0]):
            for report in page.reports:
                _kept(report)
            for unreadable in page.unreadable:
                _kept(unreadable)


def _soap(data: bytes) -> None:
    answer = HttpAnswer(200, "text/xml", body=data)
    _poll(lambda: soap_answers.output_of("QuerySendFax", answer).succeeded())


def _rest(data: bytes) -> None:
    answer = HttpAnswer(200, "application/json", body=data)
    _poll(lambda: rest_answers.output_of("GET outboundfaxes", answer).succeeded())


@dataclass(frozen=True, slots=True)
class _Stream:
    """An answer whose body comes in pieces."""

    head: HttpHead
    body: bytes
    piece: int

    def whole(self) -> HttpAnswer:
        return HttpAnswer(self.head.status, self.head.content_type, body=self.body)

    def chunks(self, _cap_bytes: int) -> Iterator[bytes]:
        return (self.body[start : start + self.piece] for start in range(0, len(self.body), self.piece))


def _mtom(data: bytes) -> None:
    content_type, body = _headed(data)
    with suppress(ProviderError):
        soap_answers.output_of("GetSendFaxContent", HttpAnswer(200, content_type, body=body))
    for piece in (7, 65_536):
        stream = cast("HttpStream", _Stream(HttpHead(200, content_type), body, piece))
        for _ in document_in("GetSendFaxContent", stream, element="FaxContent", cap_bytes=_CAP_BYTES):
            pass


def _feed_of(direction: Direction) -> GreenFaxFeed:
    address = FeedAddress("https://feed.example.org/", "a", "p", "s", "e")
    words = FeedWords(_WORDS, frozenset())
    return GreenFaxFeed(address, _GREENFAX, lambda: "", words, direction, cast("Any", None), StoppedClock())


_FEEDS: Final = [_feed_of(direction) for direction in Direction]


def _feed(data: bytes) -> None:
    for row in xml_rows(data[start : start + 50] for start in range(0, len(data), 50)):
        for feed in _FEEDS:
            _kept(feed.read(row))


def _status_email(data: bytes) -> None:
    for is_truncated in (False, True):
        _kept(read_status_email(_GREENFAX, _WORDS, data[:MOST_BYTES], is_truncated=is_truncated))


def _document(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _stream_record(data: bytes) -> None:
    """The images of a record; what is around them is Lambda's own."""
    record = _document(data)
    if not isinstance(record, dict):
        return
    images = {name: record[name] for name in ("NewImage", "OldImage") if isinstance(record.get(name), dict)}
    keys: Mapping[str, Any] = next(iter(images.values()), {})
    if not all(isinstance(keys.get(name), dict) for name in ("pk", "sk")):
        return
    event = {
        "Records": [
            {
                "eventName": record.get("eventName", "MODIFY"),
                "dynamodb": {
                    "Keys": {name: keys[name] for name in ("pk", "sk")},
                    "SequenceNumber": "1",
                    **images,
                },
            }
        ]
    }
    count, log = Counts(), LogLines()
    announce = AnnounceChanges(
        InMemoryBus(),
        senders=InMemoryBus(),
        cases=Cases(InMemoryTransmissions(), transmission_of),
        timeless=InMemoryTimelessFaxes(),
        routes=frozenset,
        clock=StoppedClock(),
        tell_from=lambda: NOON,
        retention=RETENTION,
        count=count,
        log=log,
    )
    accounts = {Provider.SOFTLINX: "acme", Provider.GREENFAX: "12345"}
    note_pushes = NotePushes(InMemoryHeard(), log=log)
    note_late_changes = NoteLateChanges(
        InMemoryClosedDays(), time_zone=ZoneInfo("UTC"), clock=StoppedClock(), log=log
    )
    AnnounceStream(announce, note_pushes, note_late_changes, lambda _: None, accounts, count, log).answer(
        event
    )
    clock = StoppedClock()
    joins = InMemoryJoins(InMemoryOrders(clock), InMemoryFaxLedger(clock), clock)
    codes = {Provider.SOFTLINX: order_code_of}
    join = JoinFax(joins, within=timedelta(days=1), order_code_of=codes, count=count, log=log)
    JoinStream(join, count, log).answer(event)


def _queue_message(data: bytes) -> None:
    """A message that might have come into any of the queues."""
    text = data.decode("utf-8", "replace")
    event = {
        "Records": [
            {"messageId": "m", "body": text, "attributes": {"ApproximateReceiveCount": "1"}},
        ]
    }
    count, log = Counts(), LogLines()

    def nobody(*_: object, **__: object) -> frozenset[Any]:
        return frozenset()

    anything = cast("Any", nobody)
    minute = timedelta(minutes=1)
    MarkBatches(anything, count, log).answer(event)
    RetrieveBatches(anything, 3, count, log).answer(event, minute)
    OrderBatches(anything, 3, count, log).answer(event, minute)
    NotifyBatches(anything, anything, anything, count, log).answer(event)
    BounceBatches(anything, count, log).answer(event)
    StatusEmailBatches(
        cast("Any", _NoEmails()), anything, origin="x", recorder=anything, count=count, log=log
    ).answer(event)


class _NoEmails:
    def fetch(self, _message_id: str) -> None:
        raise MailUnavailable("no emails here")


READERS: Final[Mapping[str, Reader]] = {
    "form": Reader(_form, (MalformedInput, UndirectedReport, UnsupportedForm)),
    "notify_query": Reader(_notify, (MalformedInput,)),
    "soap": Reader(_soap, (ProviderError,)),
    "mtom": Reader(_mtom, (ProviderError,)),
    "rest": Reader(_rest, (ProviderError,)),
    "feed": Reader(_feed, (ProviderError,)),
    "status_email": Reader(_status_email, (MalformedInput,)),
    "stream_record": Reader(_stream_record),
    "queue_message": Reader(_queue_message),
}
