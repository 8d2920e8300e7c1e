"""Asking the API of a deployed stack, signed, or that of a bundle on this machine."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session

from local.runtime.errors import CannotRun

# A deployed API's host names its region; behind a domain of one's own the region is that of the profile.
_REGION = re.compile(r"\.execute-api\.([a-z0-9-]+)\.")
_ON_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
# The API itself gives up after 30.
_PATIENCE_SECONDS: Final = 35
_QUICKLY: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
_NOT_YOU: Final = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}


class Refused(Exception):
    """The API's own words."""


class TryAgain(CannotRun):
    """Nobody answered, or whoever did asks for patience."""


class NoAnswerInTime(TryAgain):
    """Whoever was asked has said nothing for longer than the API ever takes."""


class NotAllowed(CannotRun):
    """Whoever asks has no policy that allows this request."""


class NotOurApi(CannotRun):
    """What was answered is nothing that Faxledger's API says: another server, or another version of it."""


class _Answer(dict[str, Any]):
    """An object of an answer: who looks for a member that is not there is told whose answer it is."""

    def __missing__(self, name: str) -> Any:
        raise NotOurApi(
            f"the answer has no `{name}`: this is not Faxledger's API, or that of another version than this "
            "command's. The stack's output ApiUrl says where the API is"
        )


class Api:
    """Asks at `url`; where that is not on this machine, as whom the profile (else the environment) names."""

    def __init__(self, url: str, *, profile: str | None = None, region: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._profile = profile
        self._region = region

    @property
    def is_on_this_machine(self) -> bool:
        place = urlsplit(self.url)
        return place.scheme == "http" and place.hostname in _ON_THIS_MACHINE

    def ask(
        self, method: str, path: str, document: object = None, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The answer's document, None where it has none. Raises `CannotRun`, `Refused`."""
        body = "" if document is None else json.dumps(document)
        answer = self.send(method, path, body, headers=headers)
        if not answer.is_success:
            raise _refusal(answer, self.url)
        return _document(answer, self.url) if answer.content else None

    def send(
        self, method: str, path: str, body: str = "", *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Whatever is answered, a refusal too. Raises `CannotRun`, and `TryAgain` where nobody answers."""
        with self.stream(method, path, body, headers=headers) as answer:
            answer.read()
            return answer

    @contextmanager
    def stream(
        self, method: str, path: str, body: str | bytes = "", *, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """What `send` returns, its body still to be read. Raises as `send` does, while it is read too."""
        url = f"{self.url}{path}"
        signed = self._headers(method, url, body, headers or {})
        kind: type[TryAgain] = TryAgain
        try:
            with self._client.stream(method, url, content=body, headers=signed) as answer:
                yield answer
                return
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Neither the request nor its body: what is asked may be health data.
            problem = f"{self.url} could not be asked ({type(error).__name__})"
            if isinstance(error, httpx.TimeoutException):
                kind = NoAnswerInTime
        if self.is_on_this_machine:
            problem += ": `faxledger up` starts a bundle on this machine, --stack NAME asks a deployed one"
        raise kind(problem)

    def pages(self, path: str, name: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """All that a listing has under `name`, page by page. Raises as `ask` does."""
        while True:
            query = f"?{urlencode(parameters)}" if parameters else ""
            page = self.ask("GET", f"{path}{query}")
            yield from page[name]
            if page["cursor"] is None:
                return
            parameters["cursor"] = page["cursor"]

    def forget_credentials(self) -> None:
        """Have them looked for again at the next call: somebody may have logged in meanwhile."""
        self.__dict__.pop("_session", None)

    def check_credentials(self) -> None:
        """Raises `CannotRun` where there are none, and botocore's errors where AWS takes them no more."""
        if not self.is_on_this_machine:
            region = self._region_of(self.url)
            sts: Any = self._session.create_client("sts", region_name=region, config=_QUICKLY)
            sts.get_caller_identity()

    @cached_property
    def _client(self) -> httpx.Client:
        # A proxy that the environment names is for other machines.
        return httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=not self.is_on_this_machine)

    @cached_property
    def _session(self) -> Session:
        return Session(profile=self._profile)

    def _headers(
        self, method: str, url: str, body: str | bytes, given: Mapping[str, str]
    ) -> Mapping[str, str]:
        """The request's headers: signed (SigV4), except to a bundle on this machine."""
        headers = {"content-type": "application/json", **{name.lower(): given[name] for name in given}}
        if self.is_on_this_machine:
            return headers
        place = urlsplit(url)
        if place.scheme != "https":
            raise CannotRun("the API is asked by https only, except on this machine")
        credentials: Credentials | None = self._session.get_credentials()
        if credentials is None:
            raise CannotRun("there are no AWS credentials: `aws sts get-caller-identity` shows yours")
        region = self._region_of(url)
        request = AWSRequest(method, url, headers=headers, data=body)
        SigV4Auth(credentials, "execute-api", region).add_auth(request)
        return dict(request.headers.items())

    def _region_of(self, url: str) -> str:
        named = _REGION.search(urlsplit(url).hostname or "")
        region: str | None = (
            named[1] if named else self._region or self._session.get_config_variable("region")
        )
        if region is None:
            raise CannotRun("the API's region is not known: give --region, or set AWS_DEFAULT_REGION")
        return region


def _document(answer: httpx.Response, url: str) -> Any:
    try:
        return json.loads(answer.content, object_hook=_Answer)
    except (ValueError, RecursionError):
        raise NotOurApi(
            f"{url} answers ({answer.status_code}), but not with JSON: this is not Faxledger's API. The "
            "stack's output ApiUrl says where that is"
        ) from None


def _is_json(answer: httpx.Response) -> bool:
    return "json" in answer.headers.get("content-type", "")


def _refusal(answer: httpx.Response, url: str) -> Exception:
    """`Refused` where the request was, `TryAgain` where another time would help, else some `CannotRun`."""
    if answer.is_server_error and not _is_json(answer):
        return TryAgain(f"{url} answers {answer.status_code}. Try again in a moment")
    document = _document(answer, url)
    # The gateway's own refusals, as of a signature, come as `message`, sometimes with a capital.
    known = document if isinstance(document, dict) else {}
    said = next((known[name] for name in ("detail", "message", "Message") if known.get(name)), None)
    words = f"{said or 'it was refused'} ({answer.status_code})"
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        return TryAgain(f"{words}. Try again in a moment")
    if answer.status_code in _NOT_YOU and "detail" not in known:
        return NotAllowed(
            f"{words}. `aws sts get-caller-identity` says who you are; docs/operations.md names the "
            "policy that each command needs"
        )
    return Refused(words)
