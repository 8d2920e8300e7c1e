"""Asking the API of a deployed stack, signed, or that of a bundle on this machine."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from local.runtime.errors import CannotRun

# A deployed API's host names its region; behind a domain of one's own the region is that of the profile.
_REGION = re.compile(r"\.execute-api\.([a-z0-9-]+)\.")
_ON_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class Refused(Exception):
    """The API's own words."""


class Api:
    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def ask(self, method: str, path: str, document: object = None) -> Any:
        """The answer's document, None where it has none. Raises `CannotRun`, `Refused`."""
        url = f"{self._url}{path}"
        body = "" if document is None else json.dumps(document)
        try:
            answer = httpx.request(
                method,
                url,
                content=body,
                headers=_headers(method, url, body),
                # The API itself gives up after 30 seconds.
                timeout=35,
                trust_env=False,
            )
        except (BotoCoreError, httpx.HTTPError, httpx.InvalidURL) as error:
            # Neither the request nor its body: what is asked may be health data.
            raise CannotRun(f"{self._url} could not be asked: {type(error).__name__}") from None
        if not answer.is_success:
            raise Refused(_problem(answer))
        return answer.json() if answer.content else None

    def pages(self, path: str, name: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """All that a listing has under `name`, page by page. Raises as `ask` does."""
        while True:
            query = f"?{urlencode(parameters)}" if parameters else ""
            page = self.ask("GET", f"{path}{query}")
            yield from page[name]
            if page["cursor"] is None:
                return
            parameters["cursor"] = page["cursor"]


def _headers(method: str, url: str, body: str) -> Mapping[str, str]:
    """The request's headers: signed (SigV4), except to a bundle on this machine."""
    headers = {"content-type": "application/json"}
    place = urlsplit(url)
    if place.scheme == "http" and place.hostname in _ON_THIS_MACHINE:
        return headers
    if place.scheme != "https":
        raise CannotRun("the API is asked by https only, except on this machine")
    session = Session()
    named = _REGION.search(place.hostname or "")
    region = named[1] if named else session.get_config_variable("region")
    credentials: Credentials | None = session.get_credentials()
    if credentials is None:
        raise CannotRun("there are no AWS credentials: `aws sts get-caller-identity` shows yours")
    if region is None:
        raise CannotRun("the API's region is not known; set AWS_REGION")
    request = AWSRequest(method, url, headers=headers, data=body)
    SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return dict(request.headers.items())


def _problem(answer: httpx.Response) -> str:
    try:
        document = answer.json()
        # The API's own refusals, as of a signature, come as `message`.
        said = document.get("detail") or document.get("message")
    except (ValueError, AttributeError):
        said = None
    return f"{said or 'it was refused'} ({answer.status_code})"
