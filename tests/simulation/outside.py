"""What leaves the bundle, and where it goes instead: receivers of webhooks, documents, logs and counts."""

import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from faxledger.adapters import aws as aws_adapter
from faxledger.bootstrap import announcing, api, components, greenfax, notifying, sending, softlinx, sweeping
from faxledger.egress import downloads, posts
from faxledger.errors import DeliveryFailed, ProviderUnavailable
from faxledger.ledger import index_pages
from faxledger.providers.greenfax import feed
from faxledger.usecases import concurrently
from tests.simulation.aws import Wire, session_of
from tests.simulation.faults import Event, Fault
from tests.simulation.greenfax import GreenFax
from tests.simulation.scheduler import Lanes, wait_for_first
from tests.simulation.softlinx import Softlinx

if TYPE_CHECKING:
    from tests.simulation.bundle import Bundle


class _Log:
    """Implements `Log`; `said` is told of each line."""

    def __init__(self, said: Callable[[str], None]) -> None:
        self._said = said

    def info(self, message: str, *_: object, extra: Mapping[str, object] = {}) -> None:
        self._said(f"{message} {list(extra.values())}")

    warning = error = exception = info


@dataclass(slots=True)
class Receiver:
    """Who takes webhooks: what came, by its id, and how each was answered."""

    wire: Wire
    came: list[tuple[str, bytes, int]] = field(default_factory=list)

    def post(self, _url: str, body: bytes, headers: Mapping[str, str]) -> posts.Posted:
        def take() -> posts.Posted:
            event = self.wire.faults.at(Event.RECEIVER_DROPS, Event.RECEIVER_BUSY, Event.RECEIVER_GONE)
            status = {Event.RECEIVER_BUSY: 429, Event.RECEIVER_GONE: 410}.get(event, 200)  # type: ignore[arg-type]
            self.came.append((headers["webhook-id"], body, status))
            if event is Event.RECEIVER_DROPS:
                raise DeliveryFailed("the connection failed")
            return posts.Posted(status, "")

        return self.wire.call(
            take,
            (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.REFUSED, Fault.LOST),
            refused=lambda: DeliveryFailed("no answer in time"),
            lost=lambda: DeliveryFailed("the connection failed"),
        )


@dataclass(frozen=True, slots=True)
class _Posts:
    """In the place of what posts to receivers: no address is resolved, but each is looked at."""

    receiver: Receiver
    rule: Any

    def host_of(self, url: str) -> str:
        host: str = self.rule.read(url).host
        return host

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> posts.Posted:
        return self.receiver.post(url, body, headers)


@dataclass(frozen=True, slots=True)
class _Downloads:
    """In the place of what fetches documents, as `_Posts`."""

    wire: Wire
    rule: Any

    def check(self, url: str) -> None:
        self.rule.read(url)

    @contextmanager
    def get(self, url: str) -> Iterator[Iterator[bytes]]:
        yield self.wire.call(
            lambda: iter([b"%PDF-1.4 ", url.encode()]),
            (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.REFUSED, Fault.SLOW),
            refused=lambda: ProviderUnavailable("the document: no answer"),
            lost=lambda: ProviderUnavailable("the document: no answer"),
        )


@contextmanager
def outside(bundle: "Bundle", softlinx_: Softlinx, greenfax_: GreenFax) -> Iterator[None]:
    """Everything that leaves the bundle goes to the simulation for as long as the block lasts."""
    scheduler = bundle.scheduler
    Lanes.scheduler = scheduler

    def count(name: str, value: int = 1, /, **_: str) -> None:
        bundle.counts[name] += value

    with ExitStack() as patches:
        # Whatever it leads to, which is the whole town, would live on with it.
        patches.callback(delattr, Lanes, "scheduler")
        for place, name, value in (
            (aws_adapter, "_session", lambda: session_of(bundle.aws)),
            (softlinx, "_asked_by", lambda *_: softlinx_),
            (feed, "http_client", greenfax_.http_client),
            (posts, "Posts", lambda rule: _Posts(bundle.receiver, rule)),
            (downloads, "Downloads", lambda rule: _Downloads(bundle.wire, rule)),
            (concurrently, "ThreadPoolExecutor", Lanes),
            (concurrently, "wait", wait_for_first),
            (index_pages, "ThreadPoolExecutor", Lanes),
            (secrets, "token_hex", lambda *_: f"{scheduler.random.getrandbits(64):016x}"),
            (random, "random", scheduler.random.random),
        ):
            patches.enter_context(patch.object(place, name, value))
        told: Mapping[str, object] = {
            "count": count,
            "logger": lambda _: _Log(bundle.told.append),
            "report_unreadable": lambda _: None,
        }
        for room in (announcing, api, components, greenfax, notifying, sending, softlinx, sweeping):
            for name in told.keys() & vars(room).keys():
                patches.enter_context(patch.object(room, name, told[name]))
        yield
