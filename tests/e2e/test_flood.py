"""Callbacks with wrong tokens, more of them than faxes, and real ones beside them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from moto.secretsmanager.models import SecretsManagerBackend
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.e2e.conftest import ACCOUNTS, OpenTown, Town

WRONG = "/callbacks/softlinx/" + "x" * 48
REAL = f"/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
SENT = {"FaxId": "33", "FaxStatus": "sent"}
TABLE = "faxledger-Table"
# Below the throttle as it is by default; tests/unit/web/test_flood.py has ten thousand a minute.
A_SECOND = 50


class Caller:
    """Posts to the API as quickly as can be: a request is made once and sent as often as is asked for."""

    def __init__(self, town: Town) -> None:
        self._api = town.bundle.api

    def post(self, path: str, fields: Mapping[str, str], times: int = 1) -> Counter[int]:
        """How often each status was answered."""
        body = urlencode(fields).encode()
        made = EnvironBuilder(
            path, method="POST", data=body, content_type="application/x-www-form-urlencoded"
        )
        environ = made.get_environ()
        made.close()
        return Counter(self._status(environ | {"wsgi.input": BytesIO(body)}) for _ in range(times))

    def _status(self, environ: dict[str, Any]) -> int:
        _, status, _ = run_wsgi_app(self._api, environ)
        return int(status.split()[0])


@contextmanager
def counted_reads_of_secrets() -> Iterator[Counter[str]]:
    read: Counter[str] = Counter()
    uncounted = SecretsManagerBackend.get_secret_value

    def get_secret_value(backend: SecretsManagerBackend, secret_id: str, *given: Any, **named: Any) -> Any:
        read[secret_id] += 1
        return uncounted(backend, secret_id, *given, **named)

    with patch.object(SecretsManagerBackend, "get_secret_value", get_secret_value):
        yield read


def test_what_comes_at_once_is_one_burst_and_a_second_later_real_ones_are_taken(open_town: OpenTown) -> None:
    town = open_town(parameters={"ThrottleRate": "50", "ThrottleBurst": "100"})
    caller = Caller(town)
    assert caller.post(WRONG, SENT, times=2_000) == {404: 100, 429: 1_900}
    assert caller.post(REAL, SENT) == {429: 1}
    assert town.faxes() == {}
    town.wait(minutes=1 / 60)
    assert caller.post(WRONG, SENT, times=60) == {404: 50, 429: 10}
    town.wait(minutes=1 / 60)
    assert caller.post(REAL, SENT) == {200: 1}
    assert list(town.faxes()) == ["softlinx.outbound.acme.33"]


def test_thousands_in_a_minute_read_the_secret_a_few_times_write_nothing_and_leave_room_for_real_ones(
    open_town: OpenTown,
) -> None:
    town = open_town(account_id="")
    caller = Caller(town)
    with counted_reads_of_secrets() as read:
        for second in range(60):
            changes = len(town.bundle.aws.changes_of(TABLE))
            assert caller.post(WRONG, SENT, times=A_SECOND) == {404: A_SECOND}
            assert len(town.bundle.aws.changes_of(TABLE)) == changes
            if second % 20 == 19:
                assert caller.post(REAL, {**SENT, "FaxId": str(second)}) == {200: 1}
            town.wait(minutes=1 / 60)
    # An unknown token makes it be read again, once a minute at most, or every 10 seconds while it has none.
    assert sum(read.values()) <= 7
    assert len(town.faxes()) == 3
    assert town.bundle.log.total("CallbackRefused") == 60 * A_SECOND
