"""An HTTP request as API Gateway's HTTP API hands it over (payload format 2.0)."""

from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faxledger.errors import MalformedInput


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """`headers` have lower-case names; `query` is the query string as sent.

    `route` is the template's, as in `GET /faxes/{id}`: the path itself may begin with a stage's or a domain's
    own, and is never read. `path` holds what stands for the braces, which the gateway has decoded once.
    What the console asks is the API's own under a path of the console's, and its routes are named alike.
    `caller` is whom the API has found the caller to be, and nothing that the request itself says: an ARN, or
    the token's issuer and subject with `|` between them, which no ARN has.
    """

    route: str
    path: Mapping[str, str]
    address: str
    caller: str
    headers: Mapping[str, str]
    query: str
    encoded_body: str
    is_base64: bool

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        context = event.get("requestContext") or {}
        authorizer = context.get("authorizer") or {}
        return cls(
            route=(event.get("routeKey") or "").replace(" /console/api/", " /", 1),
            path=event.get("pathParameters") or {},
            address=(context.get("http") or {}).get("sourceIp") or "",
            caller=_caller(authorizer),
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            query=event.get("rawQueryString") or "",
            encoded_body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
        )

    def raw(self) -> bytes:
        """What the caller sent, as bytes: the body, or the query string of a GET."""
        if self.route.startswith("GET "):
            return _bytes(self.query)
        try:
            return self.body()
        except MalformedInput:
            return _bytes(self.encoded_body)

    def body(self) -> bytes:
        """The body's bytes; raises `MalformedInput` when they are not the base64 they are said to be."""
        if not self.is_base64:
            return _bytes(self.encoded_body)
        try:
            return b64decode(self.encoded_body, validate=True)
        except (BadBase64, ValueError):
            raise MalformedInput("body", "is not valid base64") from None


def _caller(authorizer: Mapping[str, Any]) -> str:
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    if claims.get("iss") and claims.get("sub"):
        return f"{claims['iss']}|{claims['sub']}"
    return (authorizer.get("iam") or {}).get("userArn") or ""


def _bytes(text: str) -> bytes:
    # Half a surrogate pair is valid JSON and no valid text: kept here, refused where the bytes are read.
    return text.encode("utf-8", "surrogatepass")
