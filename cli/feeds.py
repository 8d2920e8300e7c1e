"""`faxledger feeds`: which days of the provider's history have been read."""

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cli.arguments import Commands, add_command, add_json, as_json
from cli.which_stack import add_which_api, api_of

_DESCRIPTION = """\
Say which days of GreenFax's feeds have been read and which are missing, what
was passed over and why, how far GreenFaxHistoryFrom has come, when GreenFax
was asked last, and what it will be asked for next.

examples:
  faxledger feeds
  faxledger feeds --stack clinic --json

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    feeds = add_command(
        commands,
        "feeds",
        _run,
        short="say which days of GreenFax's feeds have been read",
        description=_DESCRIPTION,
    )
    add_json(feeds)
    add_which_api(feeds)


def _run(given: Namespace) -> int:
    known = api_of(given).ask("GET", "/feeds")
    if given.json:
        print(as_json(known))
        return 0
    for line in _lines(known["feeds"]):
        print(line)
    return 0


def _lines(feeds: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """How far each feed has come."""
    for feed in feeds:
        yield f"{feed['provider']} {feed['direction']}"
        yield f"  read         {_spans(feed['covered'])}"
        yield f"  missing      {_spans(feed['missing'])}"
        if feed["passed_over"]:
            why = feed["passed_over"]["because"] or "a window could not be read to its end"
            yield f"  passed over  {_spans(feed['passed_over']['days'])}: {why}"
        if feed["back_fill"]:
            filled = feed["back_fill"]
            yield f"  history      {filled['days_read']} of {filled['days']} days, {_span(filled)}"
        last = f"{feed['asked_at']} for {_span(feed['asked_for'])}" if feed["asked_for"] else feed["asked_at"]
        yield f"  last asked   {last or 'never'}"
        yield f"  next         {_span(feed['next'])}, not before {feed['not_before'] or 'now'}"


def _spans(spans: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(map(_span, spans)) or "nothing"


def _span(days: Mapping[str, Any]) -> str:
    return f"{days['first']} to {days['last']}"
