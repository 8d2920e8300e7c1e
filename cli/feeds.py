"""`faxledger feeds`: which days of the provider's history have been read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cli.api import Api


def run(api: Api) -> Iterator[str]:
    """How far each feed has come, line by line. Raises `CannotAsk`, `Refused`."""
    for feed in api.ask("GET", "/feeds")["feeds"]:
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
