"""A listener for callbacks that answers as it is told and keeps what it got."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.show.simulators.web import WebRequest, WebResponse, WebServer


class Listener:
    """Answers with `statuses` in turn and with the last of them from then on."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses = [200]
        self.requests: list[WebRequest] = []

    def answer(self, request: WebRequest) -> WebResponse:
        self.requests.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return WebResponse(status, b"")


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    with WebServer(listener.answer) as server:
        listener.url = f"{server.url}/callbacks"
        yield listener
