"""`faxledger show`: what became of a fax, when, and who says so."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from cli.arguments import Commands, add_command, add_json, as_json
from cli.fax_lines import COLOURS, full_time
from cli.terminal import coloured, printable
from cli.which_stack import add_which_api, api_of

_DESCRIPTION: Final = """\
Say what became of a fax: its status and who settled it, and then in the order
of time what each source said of it, in the provider's word, what persons put
on record, and who was told. ID is a fax's or a submission's.

Names and numbers are left out, so that this can stand in a ticket; --json has
everything as the API answers it.

examples:
  faxledger show softlinx.outbound.acme.33
  faxledger show softlinx.outbound.acme.33 --json | jq .sightings

Exit status: 0, or 1 if there is none, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    show = add_command(
        commands,
        "show",
        _run,
        short="say what became of a fax, and who says so",
        description=_DESCRIPTION,
    )
    show.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    add_json(show)
    add_which_api(show)


def _run(given: Namespace) -> int:
    known = api_of(given).ask("GET", f"/faxes/{quote(given.id, safe='')}")
    if given.json:
        print(as_json(known))
        return 0
    for line in _submission(known) if known["kind"] == "submission" else _fax(known):
        print(printable(line))
    return 0


def _submission(known: Mapping[str, Any]) -> Iterator[str]:
    state = known["state"]
    yield f"{known['submission']} is {coloured(state, COLOURS.get(state))}"
    yield from _failure(known["failure"])
    if known["resends"]:
        yield f"  sends {known['resends']} once more"
    if known["requested_by"]:
        yield f"  requested by {known['requested_by']}"
    times = [(known["accepted_at"], "accepted")]
    if known["state_at"] and state != "accepted":
        times.append((known["state_at"], state))
    yield from _in_order([*times, *_delivered(known)])
    yield from _undelivered(known)


def _fax(known: Mapping[str, Any]) -> Iterator[str]:
    yield f"{known['id']} is {coloured(known['status'], COLOURS.get(known['status']))}"
    yield from _failure(known["failure"])
    if known["settled_by"]:
        yield f"  settled by {known['settled_by']}, {full_time(known['settled_at'])}"
    else:
        yield "  no source has told its final status yet"
    yield from disagreement(known)
    yield from _facts(known)
    yield from _relatives(known)
    yield from _in_order([*_told(known), *_put_on_record(known), *_delivered(known)])
    for duty, progress in known["duties"].items():
        yield _duty(duty, progress)
    yield from _undelivered(known)


def disagreement(known: Mapping[str, Any]) -> Iterator[str]:
    """Both statements where two sources disagree; else the first status, where that is not the status."""
    if known["conflict"]:
        for statement in known["conflict"]["statements"]:
            yield f"  {statement['source']}: {statement['status']}, {full_time(statement['seen_at'])}"
        if not known["conflict"]["is_resolved"]:
            yield "  These two disagree: ask the provider, then put on record with"
            yield "  `faxledger amend` which is true."
    elif known["first_status"] and known["first_status"] != known["status"]:
        yield f"  first status: {known['first_status']}"


def amendments(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What persons said, each with its time."""
    for one in known["amendments"]:
        yield one["at"], f"{one['by']}: {one['status']} (was {one['was']})"


def _failure(failure: Mapping[str, Any] | None) -> Iterator[str]:
    if failure:
        words = " ".join(failure[name] for name in ("code", "text") if failure[name])
        yield f"  failed as {failure['class']}{f': {words}' if words else ''}"


def _facts(known: Mapping[str, Any]) -> Iterator[str]:
    if known["incomplete"]:
        yield f"  {known['pages']} of {known['pages_total']} pages went through"
    elif known["pages"] is not None:
        yield f"  {known['pages']} {'page' if known['pages'] == 1 else 'pages'}"
    if known["cost_usd"] is not None:
        differ = "; another source says otherwise" if known["costs_differ"] else ""
        yield f"  {known['cost_usd']} USD{differ}"
    if known["requested_by"]:
        yield f"  requested by {known['requested_by']}"
    if known["joined_by"] == "guess":
        yield "  joined with its submission by a guess, of number and time"


def _relatives(known: Mapping[str, Any]) -> Iterator[str]:
    if known["resends"]:
        yield f"  sends {known['resends']} once more"
    if known["resent_as"]:
        yield f"  sent once more as {known['resent_as']}"
    if known["case"]:
        yield f"  the document came in {len(known['case']['faxes'])} calls; whole in {known['case']['id']}"


def _told(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the sources said, each with its time."""
    if known["submitted_at"]:
        yield known["submitted_at"], "submitted"
    if known["completed_at"]:
        yield known["completed_at"], "completed, says the provider"
    for one in known["sightings"]:
        meaning = one["status"] or "not final"
        unread = f"; not read of it: {', '.join(one['unread'])}" if one["unread"] else ""
        yield one["seen_at"], f'{one["source"]}: {meaning} ("{one["word"]}"){unread}'
    for one in known["unsettling"]:
        yield one["seen_at"], f'{one["source"]}: settles nothing ("{one["word"]}")'


def _put_on_record(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from amendments(known)
    if known["resent_at"]:
        yield known["resent_at"], "sent once more"
    if known["content"]:
        yield known["content"]["stored_at"], f"document stored, {known['content']['size']:,} bytes"


def _delivered(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in known["deliveries"]:
        if one["delivered_at"]:
            yield one["delivered_at"], f"{one['event']} to {one['channel']} {one['target']}: {one['state']}"


def _undelivered(known: Mapping[str, Any]) -> Iterator[str]:
    for one in known["deliveries"]:
        if not one["delivered_at"]:
            tries = f" after {one['attempts']} attempts" if one["attempts"] else ""
            problem = f": {one['problem']}" if one["problem"] else ""
            next_at = f", next {full_time(one['next_at'])}" if one["next_at"] else ""
            told = f"{one['event']} to {one['channel']} {one['target']}"
            yield f"  {told}: {one['state']}{tries}{problem}{next_at}"


def _duty(duty: str, progress: Mapping[str, Any]) -> str:
    tries = f" after {progress['failed_tries']} failed tries" if progress["failed_tries"] else ""
    problem = f": {progress['last_problem']}" if progress["last_problem"] else ""
    next_at = f", asked for again {full_time(progress['next_at'])}" if progress["next_at"] else ""
    return f"  {duty}: {progress['state']}{tries}{problem}{next_at}"


def _in_order(times: list[tuple[str, str]]) -> Iterator[str]:
    # By the moments, not their texts: one of the two may have no fractions.
    in_order = sorted(times, key=lambda one: datetime.fromisoformat(one[0]))
    yield from (f"  {full_time(at)}  {what}" for at, what in in_order)
