"""`faxledger show` and `faxledger amend`: what is claimed of a fax, and what a person says it really was."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from cli.api import Api


def show(api: Api, fax_id: str) -> Iterator[str]:
    """What is claimed of the fax, by whom, and who was told of it, line by line."""
    known = api.ask("GET", f"/faxes/{quote(fax_id, safe='')}")
    if "id" not in known:
        yield f"{known['submission']} is {known['state']}"
        return
    yield from _claims(known)
    for one in known["tellings"]:
        problem = f": {one['problem']}" if one["problem"] else ""
        yield f"  {one['event']} to {one['channel']} {one['target']}: {one['state']}{problem}"


def amend(api: Api, fax_id: str, *, status: str, because: str) -> Iterator[str]:
    """What is claimed of the fax now, line by line."""
    reason = sys.stdin.read() if because == "-" else because
    path = f"/faxes/{quote(fax_id, safe='')}/amendments"
    yield from _claims(api.ask("POST", path, {"status": status, "because": reason}))


def _claims(known: Mapping[str, Any]) -> Iterator[str]:
    yield f"{known['id']} is {known['status']}"
    if known["conflict"]:
        for claim in known["conflict"]["claims"]:
            yield f"  {claim['seen_at']}  {claim['source']}: {claim['status']}"
        if not known["conflict"]["is_resolved"]:
            yield "  These two disagree: ask the provider, then put on record with `amend` which is true."
    else:
        yield f"  first status: {known['first_status']}"
    for one in known["amendments"]:
        yield f"  {one['at']}  {one['by']}: {one['status']} (was {one['was']})"
