"""`faxledger api`: any request to the API, signed."""

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Final

import httpx

from cli.arguments import Commands, add_command
from cli.guard import DONE, NOT_ASKED, REFUSED
from cli.which_stack import add_which_api, api_of
from local.runtime.errors import CannotRun

_DESCRIPTION: Final = """\
Make any request of docs/openapi.yaml, signed with your AWS credentials as the
AWS CLI would sign it, and print the answer. Of a redirect the link is printed.

examples:
  faxledger api GET /faxes/softlinx.outbound.acme.33
  faxledger api GET '/faxes?status=failed&limit=5' | jq .faxes[].id
  faxledger api POST /faxes/search --data '{"number": "12025550100"}'
  faxledger api POST /faxes --header 'Idempotency-Key: case-7-1' \\
      --data - < fax.json
  curl "$(faxledger api GET /faxes/greenfax.inbound.12345.7/content)" > fax.pdf

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    api = add_command(
        commands, "api", _run, short="make any request to the API, signed", description=_DESCRIPTION
    )
    api.add_argument("method", metavar="METHOD", type=str.upper, help="GET, POST, PUT or DELETE")
    api.add_argument("path", metavar="PATH", help="as in /faxes?status=failed")
    api.add_argument("--data", metavar="JSON", help="the body; - reads it from the input, @FILE from a file")
    api.add_argument(
        "--header", metavar="'NAME: VALUE'", action="append", default=[], help="may be given again"
    )
    add_which_api(api)


def _run(given: Namespace) -> int:
    if not given.path.startswith("/"):
        raise CannotRun("PATH begins with a slash, as in /faxes?status=failed")
    headers = dict(_header(text) for text in given.header)
    answer = api_of(given).send(given.method, given.path, _body(given.data), headers=headers)
    if location := answer.headers.get("location"):
        print(location)
    elif answer.content:
        print(_text(answer))
    if answer.is_success or answer.is_redirect:
        return DONE
    print(f"{answer.status_code} {answer.reason_phrase}", file=sys.stderr)
    return NOT_ASKED if answer.is_server_error else REFUSED


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (colon and name.strip()):
        raise CannotRun("a header is written as 'Idempotency-Key: case-7-1'")
    return name.strip(), value.strip()


def _body(data: str | None) -> str:
    if data is None:
        return ""
    if data == "-":
        return sys.stdin.read()
    return Path(data[1:]).read_text("utf-8") if data.startswith("@") else data


def _text(answer: httpx.Response) -> str:
    """JSON in lines for a person, and as it came for a program."""
    if not sys.stdout.isatty():
        return answer.text
    try:
        return json.dumps(answer.json(), indent=2, ensure_ascii=False)
    except ValueError:
        return answer.text
