"""A flood of callbacks with wrong tokens costs no write, and real ones among it are taken."""

from collections.abc import Mapping
from typing import Any

import pytest

from faxledger.adapters.secrets import CallbackTokens, SecretsManager
from faxledger.domain.fax import FaxId
from faxledger.usecases.record import Recorder
from faxledger.web.callback_endpoint import CallbackEndpoint
from faxledger.web.request import Request
from tests.fakes.clock import RETENTION, StoppedClock
from tests.fakes.faxes import outbound, report
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines

TOKEN = "t" * 48
A_MINUTE_S = 10_000


class Secret:
    """A secret of Secrets Manager's, which counts how often it is read."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.reads = 0

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, str]:  # noqa: N803 - botocore's name
        self.reads += 1
        return {"SecretString": self.value, "VersionId": SecretId}


class Door:
    """One callback URL, before a ledger in memory."""

    def __init__(self, secret: str = TOKEN) -> None:
        self.clock = StoppedClock()
        self.secret = Secret(secret)
        self.ledger = InMemoryFaxLedger(self.clock)
        self.unreadables = InMemoryUnreadables()
        self.count, self.log = Counts(), LogLines()
        self._endpoint = CallbackEndpoint(
            origin="softlinx-callback",
            accept=CallbackTokens(SecretsManager(self.secret), "tokens", self.clock).accept,
            is_allowed=lambda _: True,
            read=lambda request: report(self._fax_in(request)),
            recorder=Recorder(
                self.ledger, self.unreadables, self.count, self.log, clock=self.clock, retention=RETENTION
            ),
            keep_test=lambda _: None,
            count=self.count,
            log=self.log,
        )

    def call(self, token: str, job_id: str = "33") -> int:
        event = {"pathParameters": {"token": token}, "body": job_id}
        answer: dict[str, Any] = self._endpoint.answer(event)
        return int(answer["statusCode"])

    @staticmethod
    def _fax_in(request: Request) -> FaxId:
        return outbound(request.body().decode())


def test_ten_thousand_wrong_tokens_a_minute_cost_two_reads_and_no_write() -> None:
    door = Door()
    answers = set()
    for _ in range(A_MINUTE_S):
        answers.add(door.call("x" * 48))
        door.clock.advance(seconds=60 / A_MINUTE_S)
    assert answers == {404}
    assert door.secret.reads <= 2
    assert (door.ledger.writes, door.ledger.faxes, door.unreadables.kept) == (0, {}, {})
    assert door.count["CallbackRefused"] == A_MINUTE_S


def test_real_callbacks_among_wrong_ones_are_taken() -> None:
    door = Door()
    for n in range(A_MINUTE_S):
        door.call("x" * 48)
        if n % 100 == 0:
            assert door.call(TOKEN, str(n + 1)) == 200
        door.clock.advance(seconds=60 / A_MINUTE_S)
    assert len(door.ledger.faxes) == A_MINUTE_S / 100
    assert door.secret.reads <= 2


@pytest.mark.parametrize("secret", ["", "changeme"])
def test_a_secret_without_a_token_is_not_read_for_each_of_them(secret: str) -> None:
    door = Door(secret)
    for _ in range(A_MINUTE_S):
        assert door.call("x" * 48) == 503
        door.clock.advance(seconds=60 / A_MINUTE_S)
    assert door.secret.reads <= 7
