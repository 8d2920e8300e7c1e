"""`faxledger send` and `faxledger resend`: a document on its way, once."""

import mimetypes
import sys
from argparse import Namespace
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx

from cli.api import Api, TryAgain
from cli.arguments import Commands, add_command
from cli.outcome import outcome_of
from cli.which_stack import add_which_api, api_of
from faxledger.domain.document_types import type_by_beginning
from local.runtime.errors import CannotRun

_SEND: Final = """\
Send documents to one or more numbers, a fax to each. The ids of the
submissions are printed; `faxledger show ID` says how far one has come, and
--wait waits until it is known what became of them all.

What is lost on the way is asked again under the same key, and then nothing is
sent twice. Where no answer comes at all, the key is told: repeat the command
with --key. --to - reads numbers from the input, one a line.

examples:
  faxledger send letter.pdf --to 12025550100
  faxledger send letter.pdf annex.tif --to 12025550100 --to 12025550101 \\
      --reference case-7 --wait
  faxledger send --cover-page --to 12025550100
  faxledger send letter.pdf --to - --stack clinic < numbers.txt

Exit status: 0, or with --wait 0 if all were sent; 1 if it was refused, or one
was not sent; 2 if nobody could be asked.
"""
_RESEND: Final = """\
Send a failed fax once more, to its number or to another.

examples:
  faxledger resend softlinx.outbound.acme.33
  faxledger resend softlinx.outbound.acme.33 --number 12025550101 --wait

Exit status: 0, or with --wait 0 if it was sent; 1 if it was refused, or was
not sent; 2 if nobody could be asked.
"""
# What the API takes within a request; larger documents are put at a link before.
_INLINE_BYTES: Final = 3 * 1024 * 1024
_TRIES: Final = 3
# 20 MB by a slow line.
_UPLOAD_SECONDS: Final = 300


def add_to(commands: Commands) -> None:
    send = add_command(commands, "send", _send, short="send a document", description=_SEND)
    send.add_argument("files", metavar="FILE", nargs="*", help="a PDF, a TIFF or what the provider takes")
    send.add_argument("--to", metavar="N", action="append", required=True, help="whom to; may be given again")
    send.add_argument(
        "--provider", default="softlinx", metavar="NAME", help="softlinx or greenfax (softlinx)"
    )
    send.add_argument("--reference", metavar="TEXT", help="your own, by which faxes are listed")
    send.add_argument("--user", metavar="NAME", help="the fax user at the provider")
    send.add_argument("--cover-page", action="store_true", help="have Softlinx put a cover page before it")
    _add_common(send)
    resend = add_command(
        commands, "resend", _resend, short="send a failed fax once more", description=_RESEND
    )
    resend.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    resend.add_argument("--number", metavar="N", help="another number than it went to")
    _add_common(resend)


def _add_common(command: Any) -> None:
    command.add_argument("--wait", action="store_true", help="until it is known what became of it")
    command.add_argument("--key", metavar="KEY", help="of a request that got no answer (a new one)")
    add_which_api(command)


def _send(given: Namespace) -> int:
    api, key = api_of(given), given.key or uuid4().hex
    documents = [(_media_type(name, content), content) for name in given.files if (content := _read(name))]
    is_inline = sum(len(content) for _, content in documents) <= _INLINE_BYTES
    asked: dict[str, Any] = {
        "provider": given.provider,
        "recipients": [{"number": number} for number in _numbers(given.to)],
        "documents": [_inline(*one) if is_inline else _uploaded(api, key, *one) for one in documents],
        **{name: value for name in ("reference", "user") if (value := getattr(given, name))},
    }
    if given.cover_page:
        asked["options"] = {"has_cover_page": True}
    return _submitted(api, "/faxes", asked, key, given)


def _resend(given: Namespace) -> int:
    asked = {"number": given.number} if given.number else {}
    key = given.key or uuid4().hex
    return _submitted(api_of(given), f"/faxes/{quote(given.id, safe='')}/resend", asked, key, given)


def _submitted(api: Api, path: str, asked: Mapping[str, Any], key: str, given: Namespace) -> int:
    """Prints the ids of the submissions, and with --wait what became of each."""
    submissions = [one["id"] for one in _once(api, path, asked, key)["submissions"]]
    for submission in submissions:
        print(submission, flush=True)
    if given.wait:
        return outcome_of(api, submissions)
    if sys.stdout.isatty():
        print(f"How far it has come: faxledger show {submissions[0]}", file=sys.stderr)
    return 0


def _once(api: Api, path: str, asked: Mapping[str, Any], key: str) -> Any:
    for left in reversed(range(_TRIES)):
        try:
            return api.ask("POST", path, asked, headers={"idempotency-key": key})
        except TryAgain as problem:
            if not left:
                raise CannotRun(
                    f"{problem}. Whether it was taken is not known: repeat it with --key {key}, and nothing "
                    "is sent twice"
                ) from None
    raise AssertionError


def _numbers(given: Sequence[str]) -> list[str]:
    numbers = [
        number.strip() for one in given for number in (sys.stdin.read().splitlines() if one == "-" else [one])
    ]
    if not (found := [number for number in numbers if number]):
        raise CannotRun("no number was given: --to 12025550100, or one a line with --to -")
    return found


def _read(name: str) -> bytes:
    content = Path(name).read_bytes()
    if not content:
        raise CannotRun(f"{name} is empty")
    return content


def _media_type(name: str, content: bytes) -> str:
    """By its first bytes, else by its name."""
    if found := type_by_beginning(content):
        return found.media_type
    named, _ = mimetypes.guess_type(name)
    if named is None:
        raise CannotRun(f"{name} is neither a PDF nor a TIFF, and its name tells no other type")
    return named


def _inline(media_type: str, content: bytes) -> Mapping[str, str]:
    return {"type": media_type, "content": b64encode(content).decode("ascii")}


def _uploaded(api: Api, key: str, media_type: str, content: bytes) -> Mapping[str, str]:
    """Under the request's key, so that whoever repeats that names the same upload."""
    asked = {"type": media_type, "size": len(content), "sha256": sha256(content).hexdigest()}
    link = api.ask("POST", "/faxes/uploads", asked, headers={"idempotency-key": key})
    try:
        put = httpx.put(
            link["url"],
            content=content,
            headers=link["headers"],
            timeout=_UPLOAD_SECONDS,
            trust_env=not api.is_on_this_machine,
        )
    except httpx.HTTPError as error:
        raise CannotRun(f"a document could not be uploaded ({type(error).__name__})") from None
    if not put.is_success:
        raise CannotRun(f"a document could not be uploaded: the bucket answered {put.status_code}")
    return {"upload": link["upload"]}
