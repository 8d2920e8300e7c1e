"""The console's page, which holds nothing: whoever has it still has to log in for every call."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from faxledger.web.request import Request
from faxledger.web.responses import Response, problem
from faxledger.web.routing import Answer

# By the end of a file's name.
MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "js": "text/javascript; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
}
_NOT_SHRUNK: Final = ("image/png", "image/x-icon")
SCOPES: Final = ("fax.read", "fax.send", "fax.amend", "routes.write", "deliveries.write")


def console_headers(reaches: Iterable[str] = ()) -> Mapping[str, str]:
    """What every answer of a console says of itself: the page may ask its own origin, and `reaches`."""
    connect = " ".join(("'self'", *reaches))
    return {
        "cache-control": "no-store",
        "content-security-policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {connect}; "
            "img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
        ),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def media_type_of(name: str) -> str:
    return MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def configuration(stack: str, login: Mapping[str, Any] | None) -> str:
    """What the page reads beside itself; `login` is None where a key stands in the link."""
    return json.dumps({"login": login, "stack": stack})


class ConsolePage:
    """`files` are the page's, by name. `token_origin` is empty where the issuer's own gives tokens."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        stack: str,
        issuer: str,
        client_id: str,
        scope_prefix: str,
        token_origin: str,
    ) -> None:
        login = {
            "issuer": issuer,
            "client_id": client_id,
            "scopes": [f"{scope_prefix}{scope}" for scope in SCOPES],
        }
        self._files = files
        self._configuration = configuration(stack, login)
        place = urlsplit(issuer)
        # Each once, in this order.
        reaches = dict.fromkeys(one for one in (f"{place.scheme}://{place.netloc}", token_origin) if one)
        self._headers = console_headers(reaches)

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /console": self._lead, "GET /console/{file}": self._file}

    def _lead(self, _: Request) -> Response:
        # Beside the page lies all that it needs, so its address has to end in a file's name.
        headers = {**self._headers, "location": "console/index.html"}
        return {"statusCode": HTTPStatus.SEE_OTHER.value, "headers": headers, "body": ""}

    def _file(self, request: Request) -> Response:
        name = request.path.get("file", "")
        if name == "config.json":
            headers = {**self._headers, "content-type": "application/json"}
            return {"statusCode": HTTPStatus.OK.value, "headers": headers, "body": self._configuration}
        if not self._files:
            detail = (
                "This stack was built without the console's page: docs/operations.md says how to build it."
            )
            return problem(HTTPStatus.NOT_FOUND, detail, headers=self._headers)
        if name not in self._files:
            return problem(HTTPStatus.NOT_FOUND, "There is nothing here.", headers=self._headers)
        headers = {**self._headers, "content-type": media_type_of(name), "vary": "accept-encoding"}
        content = self._files[name]
        # The gateway compresses nothing by itself.
        if headers["content-type"] not in _NOT_SHRUNK and "gzip" in request.headers.get(
            "accept-encoding", ""
        ):
            headers["content-encoding"] = "gzip"
            content = _shrunk(content)
        body = b64encode(content).decode("ascii")
        return {
            "statusCode": HTTPStatus.OK.value,
            "headers": headers,
            "body": body,
            "isBase64Encoded": True,
        }


@cache
def _shrunk(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
