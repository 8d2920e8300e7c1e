"""`faxledger receipt`: what can be shown of a fax's transmission: in words, as JSON, a page or a PDF."""

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any, Final
from urllib.parse import quote

from cli.arguments import Commands, add_command
from cli.terminal import printable
from cli.which_stack import add_which_api, api_of
from faxledger.web.receipt_page import page_of
from faxledger.web.receipt_text import TITLE, result_of, sections_of
from local.runtime.errors import CannotRun

PAPERS: Final = ("a4", "letter")
_VERSION: Final = 1
_COLUMNS: Final = 80
_DESCRIPTION: Final = """\
Show the receipt of a fax that has come to its end: what was transmitted and
when, what each source said of it word for word, and the SHA-256 of all that.
It says that a fax was transmitted, never that a person has received it.

A receipt is for the person whose fax it was: it holds the number and whatever
the provider said. ID is a fax's or a submission's. --json is the form that
`faxledger verify` checks, and that a signature is about.

examples:
  faxledger receipt softlinx.outbound.acme.33
  faxledger receipt softlinx.outbound.acme.33 --pdf receipt.pdf
  faxledger receipt softlinx.outbound.acme.33 --html receipt.html
  faxledger receipt softlinx.outbound.acme.33 --json > receipt.json

Exit status: 0, or 1 if there is none, or none yet, or 2 if nobody could be
asked.
"""


def add_to(commands: Commands) -> None:
    receipt = add_command(
        commands,
        "receipt",
        _run,
        short="show what can be shown of a fax's transmission",
        description=_DESCRIPTION,
    )
    receipt.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    form = receipt.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print it as JSON, to be kept and verified")
    form.add_argument("--html", type=Path, metavar="FILE", help="write a page that needs no other file")
    form.add_argument("--pdf", type=Path, metavar="FILE", help="write a PDF to be printed")
    receipt.add_argument("--paper", choices=PAPERS, default="letter", help="the PDF's (letter)")
    add_which_api(receipt)


def _run(given: Namespace) -> int:
    receipt = api_of(given).ask("GET", f"/faxes/{quote(given.id, safe='')}/receipt")
    if receipt["version"] != _VERSION:
        raise CannotRun(f"this is a receipt of version {receipt['version']}: update this command")
    if given.json:
        print(json.dumps(receipt, ensure_ascii=False, indent=2))
    elif given.html:
        given.html.write_text(page_of(receipt), "utf-8")
    elif given.pdf:
        # Installed with faxledger[receipts] alone, and slow to load.
        from cli.receipt_pdf import write_pdf  # noqa: PLC0415

        write_pdf(receipt, given.pdf, paper=given.paper)
    else:
        for line in _lines(receipt):
            print(printable(line))
    return 0


def _lines(receipt: Any) -> Iterator[str]:
    yield f"{TITLE}: {result_of(receipt)}"
    yield from wrap(receipt["meaning"], _COLUMNS)
    for section in sections_of(receipt):
        yield ""
        yield section.title
        for row in section.rows:
            for number, line in enumerate(row.text.split("\n")):
                yield f"  {row.label if number == 0 else '':<18} {line}"
