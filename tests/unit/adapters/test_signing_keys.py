"""The keys that sign webhooks: read every five minutes, and used on while their secret is out of reach."""

from base64 import b64encode
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from faxledger.adapters.delivery_webhooks import SigningKeys
from faxledger.adapters.secrets import SecretsManager
from faxledger.errors import SecretUnavailable
from tests.fakes.clock import NOON, StoppedClock

OLD, NEW = (b64encode(f"{name} key of 24 bytes or more".encode()).decode() for name in ("old", "new"))


class Cabinet:
    """Implements what is asked of Secrets Manager; `reads` counts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_out_of_reach = False
        self.reads = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - botocore's name
        assert SecretId == "signing-keys"
        self.reads += 1
        if self.is_out_of_reach:
            raise EndpointConnectionError(endpoint_url="https://secretsmanager")
        return {"SecretString": self.text, "VersionId": "1"}


class Desk:
    def __init__(self, text: str = OLD) -> None:
        self.clock = StoppedClock()
        self.cabinet = Cabinet(text)
        self._keys = SigningKeys(SecretsManager(self.cabinet), "signing-keys", self.clock)

    def signature(self) -> str:
        (key,) = self._keys("hooks.example.org")
        return key.sign("event", NOON, "{}")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_new_key_signs_within_five_minutes(desk: Desk) -> None:
    old = desk.signature()
    desk.cabinet.text = NEW
    desk.clock.advance(minutes=4)
    assert desk.signature() == old

    desk.clock.advance(minutes=1)
    assert desk.signature() == Desk(NEW).signature()


def test_keys_at_hand_sign_while_their_secret_is_out_of_reach(desk: Desk) -> None:
    old = desk.signature()
    desk.cabinet.is_out_of_reach = True
    for _ in range(24):
        desk.clock.advance(minutes=5)
        assert desk.signature() == desk.signature() == old
    # Each attempt costs its time, and a batch of deliveries shares one.
    assert desk.cabinet.reads == 1 + 24

    desk.cabinet.is_out_of_reach = False
    desk.cabinet.text = NEW
    desk.clock.advance(minutes=5)
    assert desk.signature() == Desk(NEW).signature()


def test_without_a_key_at_hand_the_secret_is_missed(desk: Desk) -> None:
    desk.cabinet.is_out_of_reach = True
    for _ in range(2):
        with pytest.raises(SecretUnavailable):
            desk.signature()

    desk.cabinet.is_out_of_reach = False
    assert desk.signature() == Desk().signature()


@pytest.mark.parametrize("text", ["", "no key"])
def test_a_secret_that_holds_no_key_by_now_is_not_passed_over(desk: Desk, text: str) -> None:
    desk.signature()
    desk.cabinet.text = text
    desk.clock.advance(minutes=5)

    with pytest.raises(SecretUnavailable, match="the secret signing-keys"):
        desk.signature()
