"""Webhooks after the Standard Webhooks specification: signed, with one id and body for all attempts."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from standardwebhooks import Webhook

from faxledger.adapters.secrets import SecretsManager
from faxledger.domain.deliveries import Delivery
from faxledger.egress.posts import Posts
from faxledger.errors import DeliveryFailed, SecretUnavailable, TargetGone
from faxledger.usecases.ports.world import Clock

# A key that was taken out signs nothing any more after this time, as long as the secret can be read.
_FRESH_FOR = timedelta(minutes=5)
# A key is 24 bytes or more in base64 (Standard Webhooks); the library passes over what is no base64. The host
# that it is for may stand before it.
_KEY = re.compile(
    r"(?:(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)=)?(?P<key>(?:whsec_)?[A-Za-z0-9+/]{32,100}={0,2})"
)
_ANY_HOST = ""


class SigningKeys:
    """The keys in a secret, separated by white space; during a rotation there are several and each signs.

    What goes to a host that has keys of its own is signed by these and by no other.
    """

    def __init__(self, secrets: SecretsManager, name: str, clock: Clock) -> None:
        self._secrets = secrets
        self._name = name
        self._clock = clock
        self._keys: Mapping[str, Sequence[Webhook]] = {}
        self._read_at = datetime.min.replace(tzinfo=UTC)

    def __call__(self, host: str) -> Sequence[Webhook]:
        """Raises `SecretUnavailable`."""
        if not self._keys or self._clock.now() - self._read_at >= _FRESH_FOR:
            self._renew()
        found = self._keys.get(host) or self._keys.get(_ANY_HOST)
        if not found:
            raise SecretUnavailable(f"the secret {self._name} holds no signing key for this host")
        return found

    def _renew(self) -> None:
        now = self._clock.now()
        try:
            text = self._secrets.text(self._name)
        except SecretUnavailable:
            if not self._keys:
                raise
            # Those at hand were valid minutes ago; to deliver nothing would lose more.
        else:
            self._keys = self._keys_in(text)
        self._read_at = now

    def _keys_in(self, text: str) -> Mapping[str, Sequence[Webhook]]:
        keys: dict[str, list[Webhook]] = {}
        for word in text.split():
            host, key = self._host_and_key(word)
            keys.setdefault(host, []).append(key)
        return keys

    def _host_and_key(self, word: str) -> tuple[str, Webhook]:
        if match := _KEY.fullmatch(word):
            # The library raises ValueError for what is not quite base64.
            with suppress(ValueError):
                return (match["host"] or _ANY_HOST).lower(), Webhook(match["key"])
        raise SecretUnavailable(
            f"the secret {self._name} has to hold signing keys, in base64 and separated by spaces"
        )


class WebhookDeliveries:
    """Implements `DeliveryChannel`; `clock` is what receivers go by."""

    def __init__(self, posts: Posts, keys: SigningKeys, clock: Clock) -> None:
        self._posts = posts
        self._keys = keys
        self._clock = clock

    def deliver(self, delivery: Delivery) -> None:
        """Raises `TargetGone`, `DeliveryFailed`, `AddressRefused`, `SecretUnavailable`."""
        now = self._clock.now()
        # To the second, as the header has it, and afresh at each attempt: receivers refuse old ones.
        sent_at = now.replace(microsecond=0)
        keys = self._keys(self._posts.host_of(delivery.target.address))
        signatures = [key.sign(delivery.key.event_id, sent_at, delivery.body) for key in keys]
        headers = {
            "webhook-id": delivery.key.event_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        answer = self._posts.post(delivery.target.address, delivery.body.encode(), headers)
        if 200 <= answer.status < 300:
            return
        problem = f"answered {answer.status}"
        if answer.status == HTTPStatus.GONE:
            raise TargetGone(problem)
        raise DeliveryFailed(problem, retry_after_seconds=_seconds(answer.retry_after, now))


def _seconds(retry_after: str, now: datetime) -> float:
    """Seconds or a date (RFC 9110, 10.2.3); what is neither asks for no patience."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
