"""The running bundle's own door on 127.0.0.1: one function, invoked now, for `faxledger run`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Request, Response

from local.functions import Function

PATH = "/functions/{function}/invocations"


class Admin:
    """A WSGI application; apart from the API, because that one may be shown to the internet by a tunnel."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
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
