"""A reconciliation as a JSON document (docs/openapi.yaml)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from faxledger.domain.fax import FailureClass, Provider, Source, Status
from faxledger.domain.reconciliation import (
    DeafSpan,
    Evidence,
    Lateness,
    PushesToCome,
    Reason,
    Reconciliation,
    deaf_spans,
    known_by,
    lateness_of,
    pushes_to_come,
)
from faxledger.domain.submission import SubmissionState
from faxledger.domain.tallies import ConflictState, Costs, FlowTally, LatePush, Owed
from faxledger.web.statements import Document, time_text

Name = TypeVar("Name", bound=str)

# A fax, or the states of a submission that is not joined with one.
_OPEN_AS: Final[tuple[str, ...]] = (
    "fax",
    *(state for state in SubmissionState if state is not SubmissionState.REFUSED),
)


def reconciliation_document(
    found: Reconciliation,
    pushing: Mapping[Provider, timedelta | None],
    now: datetime,
    *,
    names_prefixes: bool = True,
) -> Document:
    """`pushing` are the providers that push, with how long each repeats what was not taken, if it does.

    It names prefixes of references unless it is to outlive the faxes: a whole reference may be one.
    """
    tally = found.tally.where_pushed(pushing)
    to_come = {
        flow: pushes_to_come(one.minutes, pushing.get(flow.provider), now)
        for flow, one in tally.flows.items()
    }
    return {
        "from": time_text(found.span.since),
        "to": time_text(found.span.until),
        "as_of": time_text(found.begun_at),
        "is_complete": found.is_complete,
        "reasons": [_reason(reason) for reason in found.reasons],
        "evidence": _evidence(found.evidence),
        "set_aside": tally.set_aside,
        "open_before": tally.open_before,
        "unreadable_items": tally.unreadable_items,
        "total": _figures(tally.total, to_come.values(), names_prefixes=names_prefixes),
        "flows": [
            {
                "provider": flow.provider,
                "direction": flow.direction,
                "figures": _figures(one, [to_come[flow]], names_prefixes=names_prefixes),
            }
            for flow, one in sorted(tally.flows.items())
        ],
    }


def _reason(reason: Reason) -> Document:
    return {
        "code": reason.code,
        "text": reason.text,
        "count": reason.count,
        "provider": reason.provider,
        "what": reason.what,
    }


def _evidence(evidence: Evidence) -> Document:
    return {
        "queries": [
            {"provider": one.provider, "query": one.query, "read_at": time_text(one.read_at)}
            for one in evidence.queries
        ],
        "feeds": [
            {
                "provider": one.provider,
                "direction": one.direction,
                "first": one.days.first.isoformat(),
                "last": one.days.last.isoformat(),
                "read_at": time_text(one.read_at),
            }
            for one in evidence.feeds
        ],
    }


def _figures(tally: FlowTally, to_come: Iterable[PushesToCome], *, names_prefixes: bool) -> Document:
    return {
        "faxes": tally.faxes,
        "final": tally.final,
        "open": tally.open,
        "statuses": _each(Status, tally.statuses),
        "open_as": _each(_OPEN_AS, tally.open_as),
        "amended": tally.amended,
        "history": tally.history,
        "incomplete": tally.incomplete,
        "timeless": tally.timeless,
        "first_told_by": _each(Source, tally.first_told),
        "repeats": _each(Source, tally.repeats),
        "rescued": {
            "faxes": tally.rescued.total(),
            "by": _each((Source.POLL, Source.FEED), tally.rescued),
            "known_by": time_text(known_by(tally.minutes)),
        },
        "late_pushes": {**_each(LatePush, tally.late_pushes), **_to_come(list(to_come))},
        "deaf": [_deaf(one) for one in deaf_spans(tally.minutes)],
        "lateness": _lateness(tally),
        "conflicts": _each(ConflictState, tally.conflicts),
        "failures": _each(FailureClass, tally.failures),
        "pages": {"total": tally.pages, "faxes_without": tally.without_pages},
        "costs": _all_costs(tally, names_prefixes=names_prefixes),
        "owed": _each(Owed, tally.owed),
    }


def _each(names: Iterable[Name], counts: Mapping[Name, int]) -> Document:
    """A count for each name, also where there is none."""
    return {str(name): counts.get(name, 0) for name in names}


def _to_come(to_come: list[PushesToCome]) -> Document:
    ends = [one.until for one in to_come if one.until is not None]
    return {
        "to_come": sum(one.faxes for one in to_come),
        "to_come_until": time_text(max(ends, default=None)),
        "never_came": sum(one.given_up for one in to_come),
    }


def _deaf(span: DeafSpan) -> Document:
    return {
        "from": time_text(span.since),
        "to": time_text(span.until),
        "faxes": span.faxes,
        "known_by": time_text(span.known_by),
    }


def _lateness(tally: FlowTally) -> Document:
    together = Counter[int]()
    for seconds in tally.lateness.values():
        together.update(seconds)
    return {
        "together": _percentiles(lateness_of(together)),
        "by_source": {
            source: _percentiles(lateness_of(seconds)) for source, seconds in sorted(tally.lateness.items())
        },
    }


def _percentiles(lateness: Lateness | None) -> Document | None:
    if lateness is None:
        return None
    return {
        "faxes": lateness.faxes,
        "p50": lateness.p50,
        "p95": lateness.p95,
        "p99": lateness.p99,
        "worst": lateness.worst,
    }


def _all_costs(tally: FlowTally, *, names_prefixes: bool) -> Document:
    told_apart = tally.costs_by_prefix if names_prefixes else tally.costs_by_prefix.together
    by_prefix, others = told_apart.shortest, told_apart.others
    return {
        **_costs(tally.costs),
        "differing": tally.differing_costs,
        "difference_usd": _usd(tally.difference_usd),
        "by_source": {source: _costs(one) for source, one in sorted(tally.costs_by_source.items())},
        "by_prefix": [{"prefix": prefix or None, **_costs(one)} for prefix, one in sorted(by_prefix.items())],
        "other_prefixes": _costs(others) if others.faxes else None,
    }


def _costs(costs: Costs) -> Document:
    return {"faxes": costs.faxes, "usd": _usd(costs.usd), "without": costs.without}


def _usd(amount: Decimal) -> str:
    # Exact, and never as 1E+1.
    return f"{amount:f}"
