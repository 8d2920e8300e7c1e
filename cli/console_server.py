"""The console on this machine: its page for whoever has the link, and for no other page of any browser."""

import secrets
from collections.abc import Iterable
from hmac import compare_digest
from http import HTTPStatus
from pathlib import Path
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from cli.console_calls import ConsoleCalls, problem
from cli.guard import problem_in
from faxledger.web.console_page import configuration, console_headers, media_type_of
from local.runtime.errors import CannotRun

PAGE: Final = Path(__file__).parents[1] / "console" / "built"


class ConsoleServer:
    """A WSGI application for 127.0.0.1: the page at its root, what the page asks under `/api/`.

    Other programs of this machine, and pages of other sites in its browser, can call a server on the loopback
    too. So every call to the API needs `key`, which stands in the fragment of the link that is printed and so
    in no request, and a browser's call has to come from this server's own page, by a name of this server.
    """

    def __init__(self, calls: ConsoleCalls, *, stack: str, page: Path = PAGE) -> None:
        self._calls = calls
        self._stack = stack
        self._page = page
        self._key = secrets.token_urlsafe(24)
        self._once: str | None = None

    def link_at(self, origin: str) -> str:
        """What opens the console; whoever has it acts as whoever started the console."""
        return f"{origin}/#key={self._key}"

    def link_once_at(self, origin: str) -> str:
        """The same for one opening: a program's arguments can be read by every user of this machine."""
        self._once = secrets.token_urlsafe(32)
        return f"{origin}/open/{self._once}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self._foreign(request) or self._answer(request)
        except Exception as error:  # noqa: BLE001 - the outermost edge: the page shows what is said here
            response = problem(HTTPStatus.INTERNAL_SERVER_ERROR, problem_in(error))
        response.headers.update(console_headers())
        return response(environ, start_response)

    def _foreign(self, request: Request) -> Response | None:
        """The refusal of what does not come from this server's own page, nor from its link."""
        port = request.environ["SERVER_PORT"]
        host = request.headers.get("host", "")
        if host not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
            return problem(HTTPStatus.MISDIRECTED_REQUEST, f"The console is at 127.0.0.1:{port} only.")
        # Another port of this machine is the same site, and another origin.
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return problem(HTTPStatus.FORBIDDEN, "The console is opened by its link, not from another page.")
        if request.headers.get("origin", f"http://{host}") != f"http://{host}":
            return problem(HTTPStatus.FORBIDDEN, "The console answers no other page than its own.")
        return None

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/api/"):
            if not self._has_key(request):
                return problem(
                    HTTPStatus.UNAUTHORIZED,
                    "This is not the key of this console: open the link that the terminal shows.",
                )
            return self._calls.answer(request, request.path.removeprefix("/api"))
        if request.method not in {"GET", "HEAD"}:
            return problem(HTTPStatus.METHOD_NOT_ALLOWED, "The page is only read.")
        if request.path.startswith("/open/"):
            return self._open(request.path.removeprefix("/open/"))
        return self._file(request.path.removeprefix("/") or "index.html")

    def _has_key(self, request: Request) -> bool:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(key.strip().encode(), self._key.encode())

    def _open(self, once: str) -> Response:
        expected, self._once = self._once, None
        if expected is None or not compare_digest(once.encode(), expected.encode()):
            return problem(
                HTTPStatus.FORBIDDEN, "This link was used already: open the one that the terminal shows."
            )
        return Response(status=HTTPStatus.SEE_OTHER, headers={"location": f"/#key={self._key}"})

    def _file(self, name: str) -> Response:
        if name == "config.json":
            return Response(configuration(self._stack, None), content_type="application/json")
        # By what is there, and not by the path: so no path leads out of the folder.
        found = {path.name: path for path in self._page.iterdir() if path.is_file()}.get(name)
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
        return Response(found.read_bytes(), content_type=media_type_of(name))


def why_no_page(page: Path = PAGE) -> str | None:
    """Why the console can't be opened, and what to do; None where it can."""
    if (page / "index.html").is_file():
        return None
    return "its page is not built: `make console` builds it, with Node"


def refuse_without_page(page: Path = PAGE) -> None:
    """Raises `CannotRun`."""
    if problem_there := why_no_page(page):
        raise CannotRun(f"the console can't be opened: {problem_there}")
