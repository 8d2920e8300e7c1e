"""What checks ask of AWS: one call at a time, of clients that wait for seconds and not for minutes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from faxledger.adapters.aws import code_of
from local.runtime.errors import CannotRun

# Checks are made side by side: one that nobody answers is over within 20 s.
_PATIENCE: Final = Config(
    connect_timeout=3,
    read_timeout=6,
    retries={"total_max_attempts": 2, "mode": "standard"},
)
# Each service has its own word for it.
_NOT_PERMITTED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)


class NotPermitted(CannotRun):
    """Whoever looks may not: `action` is what IAM calls the permission, as in `sqs:GetQueueAttributes`."""

    def __init__(self, action: str) -> None:
        super().__init__(f"your identity lacks the permission {action}")
        self.action = action


class AwsCalls(Protocol):
    """Answers one operation of one service, both as boto3 calls them."""

    def ask(self, service: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Raises `NotPermitted`, and what botocore raises for everything else."""
        ...

    def pages(self, service: str, operation: str, /, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """What comes in pages. Raises as `ask` does."""
        ...


class Boto3Calls:
    """Implements `AwsCalls` with a session's clients; `url` is where AWS is, of a bundle on this machine."""

    def __init__(self, session: boto3.Session, url: str | None = None) -> None:
        self._session = session
        self._url = url
        self._clients: dict[str, Any] = {}
        # A session makes its parts at their first use, and not safely from several threads.
        self._making = Lock()

    def ask(self, service: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        with _named(service):
            answer: Mapping[str, Any] = getattr(self._client(service), operation)(**parameters)
        return answer

    def pages(self, service: str, operation: str, /, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        with _named(service):
            yield from self._client(service).get_paginator(operation).paginate(**parameters)

    def _client(self, service: str) -> Any:
        any_session: Any = self._session
        with self._making:
            if service not in self._clients:
                self._clients[service] = any_session.client(service, endpoint_url=self._url, config=_PATIENCE)
            return self._clients[service]


@contextmanager
def _named(service: str) -> Iterator[None]:
    """Say of a call that IAM refuses which permission is missing."""
    try:
        yield
    except ClientError as error:
        if code_of(error) in _NOT_PERMITTED:
            raise NotPermitted(f"{service}:{error.operation_name}") from None
        raise
