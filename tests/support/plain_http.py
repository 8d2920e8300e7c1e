"""HTTP to the servers of this machine.

Without the certificates that httpx loads for each call, which takes longer than the call, and without the
five seconds after which it gives up.
"""

import ssl
from typing import Any

import httpx

from tests.support.patience import PATIENCE_SECONDS

_CLIENT = httpx.Client(
    verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    trust_env=False,
    timeout=PATIENCE_SECONDS,
    # A server closes its connections when its test is over.
    limits=httpx.Limits(max_keepalive_connections=0),
)


def request(method: str, url: str, **content: Any) -> httpx.Response:
    return _CLIENT.request(method, url, **content)


def get(url: str, **content: Any) -> httpx.Response:
    return _CLIENT.get(url, **content)


def post(url: str, **content: Any) -> httpx.Response:
    return _CLIENT.post(url, **content)


def put(url: str, **content: Any) -> httpx.Response:
    return _CLIENT.put(url, **content)
