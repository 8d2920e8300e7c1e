"""The running bundle's own door on 127.0.0.1, for `faxledger run` and `faxledger sam-template`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Request, Response

from local.runtime.functions import Function


class Admin:
    """A WSGI application; apart from the API, because that one may be shown to the internet by a tunnel.

    `POST /functions/{function}/invocations` invokes a function, now. `GET /environments` tells what each of
    them, by its logical id, would need in its environment in a process of its own. `GET /about` tells the
    bundle's version, the time that it goes by, and its parameters. `GET /metrics/{name}` tells how often that
    was counted so far, with the labels that the query names.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        elsewhere: Callable[[], Mapping[str, str]],
        about: Callable[[], Mapping[str, Any]],
        counted: Callable[..., int],
    ) -> None:
        self._functions = functions
        self._elsewhere = elsewhere
        self._about = about
        self._counted = counted

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method == "GET" and request.path == "/environments":
            return _json(200, {name: self._environment(one) for name, one in self._functions.items()})
        if request.method == "GET" and request.path == "/about":
            return _json(200, self._about())
        if request.method == "GET" and request.path.startswith("/metrics/"):
            name = request.path.removeprefix("/metrics/")
            return _json(200, {"total": self._counted(name, **request.args.to_dict())})
        return self._invoke(request)

    def _environment(self, function: Function) -> dict[str, str]:
        return {**function.plan.environment, **self._elsewhere()}

    def _invoke(self, request: Request) -> Response:
        # A page in a browser can send this type to us only after asking, and nobody here says yes.
        if request.method != "POST" or request.mimetype != "application/json":
            return _json(400, {"problem": "POST an event as application/json"})
        name = request.path.removeprefix("/functions/").removesuffix("/invocations")
        function = next(
            (one for one in self._functions.values() if name in (one.plan.name, one.plan.code.name)), None
        )
        if function is None:
            known = ", ".join(sorted(one.plan.code.name for one in self._functions.values()))
            return _json(404, {"problem": f"There is no function {name} here. There are: {known}."})
        try:
            event = json.loads(request.get_data() or b"{}")
        except ValueError:
            return _json(400, {"problem": "The event is not JSON."})
        return _json(200, asdict(function.invoke(event)))


def _json(status: int, document: Mapping[str, Any]) -> Response:
    return Response(json.dumps(document), status, content_type="application/json")
