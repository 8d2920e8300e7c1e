"""`faxledger amend`: a person says what really became of a fax."""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import Session

# A deployed API's host names its region; behind a domain of one's own the region is that of the profile.
_REGION = re.compile(r"\.execute-api\.([a-z0-9-]+)\.")
_ON_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


def amend(fax_id: str, *, status: str, because: str, api_url: str) -> int:
    """Prints what is claimed of the fax now; the exit status."""
    reason = sys.stdin.read() if because == "-" else because
    url = f"{api_url.rstrip('/')}/faxes/{quote(fax_id, safe='')}/amendments"
    body = json.dumps({"status": status, "because": reason})
    try:
        answer = httpx.post(url, content=body, headers=_headers(url, body), timeout=35, trust_env=False)
    except CannotAsk as problem:
        return _fail(str(problem))
    except (BotoCoreError, httpx.HTTPError, httpx.InvalidURL) as error:
        # Neither the request nor its body: the reason is nobody's business but the ledger's.
        return _fail(f"{api_url} could not be asked: {type(error).__name__}")
    if answer.status_code != httpx.codes.CREATED:
        print(f"faxledger amend: {_problem(answer)}", file=sys.stderr)
        return 1
    for line in _lines(answer.json()):
        print(line)
    return 0


class CannotAsk(Exception):
    """The request could not be made; the message says what to do."""


def _headers(url: str, body: str) -> Mapping[str, str]:
    """The request's headers: signed (SigV4), except to a bundle on this machine."""
    headers = {"content-type": "application/json"}
    place = urlsplit(url)
    if place.scheme == "http" and place.hostname in _ON_THIS_MACHINE:
        return headers
    if place.scheme != "https":
        raise CannotAsk("the API is asked by https only, except on this machine")
    session = Session()
    named = _REGION.search(place.hostname or "")
    region = named[1] if named else session.get_config_variable("region")
    credentials: Credentials | None = session.get_credentials()
    if credentials is None:
        raise CannotAsk("there are no AWS credentials: `aws sts get-caller-identity` shows yours")
    if region is None:
        raise CannotAsk("the API's region is not known; set AWS_REGION")
    request = AWSRequest("POST", url, headers=headers, data=body)
    SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return dict(request.headers.items())


def _lines(known: Mapping[str, Any]) -> list[str]:
    lines = [f"{known['id']} is {known['status']}"]
    claims = known["conflict"]["claims"] if known["conflict"] else []
    if claims:
        lines += [f"  {claim['seen_at']}  {claim['source']}: {claim['status']}" for claim in claims]
    else:
        lines.append(f"  first status: {known['first_status']}")
    lines += [
        f"  {one['at']}  {one['by']}: {one['status']} (was {one['was']})" for one in known["amendments"]
    ]
    return lines


def _problem(answer: httpx.Response) -> str:
    try:
        document = answer.json()
        # The API's own refusals, as of a signature, come as `message`.
        said = document.get("detail") or document.get("message")
    except (ValueError, AttributeError):
        said = None
    return f"{said or 'no amendment was made'} ({answer.status_code})"


def _fail(problem: str) -> int:
    print(f"faxledger amend: {problem}", file=sys.stderr)
    return 2
