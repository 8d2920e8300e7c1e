"""`faxledger report`: what became of every fax of a day or a span, and whether that is all of it."""

import argparse
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from textwrap import wrap
from typing import Any, Final
from urllib.parse import urlencode

from cli.api import Api
from cli.arguments import Commands, add_command
from cli.terminal import coloured, printable
from cli.which_stack import add_which_api, api_of
from local.runtime.errors import CannotRun

_DESCRIPTION = """\
Say what became of every fax of a day, or of a span of 31 days at most: by
status, who told first, what a poll or a feed rescued, what is owed, what it
cost; and whether it is proven that nothing is missing, or what stands
against it. DAY is a date, `today` or `yesterday`, which is the default; a
day is one of the stack's zone, a time without an offset is so too.

examples:
  faxledger report
  faxledger report 2026-11-26 --costs
  faxledger report --from 2026-11-26T10:00 --to 2026-11-26T12:00 --json

Exit status: 0 if it is complete, or 1 if it is not, or was refused, or 2 if
nobody could be asked.
"""

_COLUMNS: Final = 80
_LABEL: Final = 18
# Of these it is said that there are none.
_STATUSES: Final = ("sent", "failed", "received")
_PUSHES_AND_PULLS: Final = ("callback", "notify", "email", "poll", "feed")
Document = Mapping[str, Any]


def add_to(commands: Commands) -> None:
    report = add_command(
        commands,
        "report",
        _run,
        short="say whether a day is complete, and what became of its faxes",
        description=_DESCRIPTION,
    )
    report.add_argument("day", metavar="DAY", nargs="?", type=_day, help="yesterday where none is given")
    report.add_argument("--from", dest="since", metavar="TIME", help="in the place of a day, with --to")
    report.add_argument("--to", dest="until", metavar="TIME", help="not included")
    report.add_argument("--costs", action="store_true", help="also by what references begin with")
    report.add_argument("--json", action="store_true", help="all of it, as docs/openapi.yaml has it")
    add_which_api(report)


def _day(text: str) -> str:
    """As the API takes it, which alone knows what day it is in the stack's zone."""
    if text in {"today", "yesterday"}:
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError("is no day: give 2026-01-31, today or yesterday") from None


def _run(given: Namespace) -> int:
    report = reported(api_of(given), *_asked(given))
    if given.json:
        print(json.dumps(report, indent=2))
    else:
        for line in report_text(report, with_costs=given.costs):
            print(printable(line))
    return 0 if report["is_complete"] else 1


def _asked(given: Namespace) -> tuple[str, dict[str, str]]:
    """The path, and the parameters. Raises `CannotRun`."""
    if given.since is None and given.until is None:
        return f"/reports/{given.day or 'yesterday'}", {}
    if given.day is not None or given.since is None or given.until is None:
        raise CannotRun("give a day, or both --from and --to")
    return "/reports", {"from": given.since, "to": given.until}


def reported(
    api: Api, path: str, parameters: Mapping[str, str], say: Callable[[str], object] | None = None
) -> Document:
    """What is reported at the end, in as many requests as it takes. Raises as `Api.ask` does."""
    say = say or _progress
    asked = dict(parameters)
    while True:
        answer = api.ask("GET", f"{path}?{urlencode(asked)}" if asked else path)
        if "cursor" not in answer:
            return dict(answer)
        say(f"{answer['progress']['faxes']} faxes so far")
        asked["cursor"] = answer["cursor"]


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}", end="\r", file=sys.stderr, flush=True)


def report_text(report: Document, *, with_costs: bool = False) -> Iterator[str]:
    """Lines of 80 columns."""
    total = report["total"]
    yield from _two(f"{_span(report)}  {_counts(total['statuses'], _STATUSES)}", f"{total['faxes']} faxes")
    yield from _labelled("first told by", [_first_told(total["first_told_by"])])
    yield from _labelled("deaf", list(_deaf(report)))
    yield from _labelled("rescued", _rescued(total))
    yield from _labelled("later pushes", _later_pushes(report))
    yield from _labelled("failed by", [_counts(total["failures"])])
    yield from _labelled("pages", _pages(total))
    yield from _labelled("costs", _costs(total["costs"]))
    if with_costs:
        yield from _by_prefix(total["costs"])
    yield from _wrapped("  " + " · ".join(_left(report)), "  ")
    yield from _proof(report)


def _first_told(counts: Mapping[str, int]) -> str:
    named = {**{name: counts[name] for name in _PUSHES_AND_PULLS}, "handover": counts["handover"]}
    shown = {name: count for name, count in named.items() if count or name in {"callback", "poll", "feed"}}
    return _counts(shown, shown)


def _deaf(report: Document) -> Iterator[str]:
    """Of the whole, or where others still heard of each flow that was."""
    for flow in ({"figures": report["total"]}, *report["flows"]):
        name = f"{flow['provider']} {flow['direction']} " if "provider" in flow else ""
        for span in flow["figures"]["deaf"]:
            ends = f"{_clock(span['from'])} to {_clock(span['to'])}"
            yield f"{name}{ends}: {span['faxes']} faxes, all known by {_clock(span['known_by'])}"
        if not name and flow["figures"]["deaf"]:
            return


def _rescued(total: Document) -> list[str]:
    rescued = total["rescued"]
    found = [f"{rescued['faxes']} of {total['faxes']}"]
    if rescued["faxes"]:
        found[0] += f", all known by {_clock(rescued['known_by'])}"
    late = total["lateness"]["together"]
    if late is not None:
        found.append(f"late p50 {_lasting(late['p50'])}")
        found += [f"p95 {_lasting(late['p95'])}", f"p99 {_lasting(late['p99'])}"]
        found.append(f"worst {_lasting(late['worst'])}")
    return found


def _later_pushes(report: Document) -> list[str]:
    late = report["total"]["late_pushes"]
    came = late["agreed"] + late["disagreed"]
    found = []
    if came:
        agreed = "all agreed" if not late["disagreed"] else f"{late['disagreed']} disagreed"
        found.append(f"{came} came after all, {agreed}")
    if late["to_come"]:
        flows = (flow for flow in report["flows"] if flow["figures"]["late_pushes"]["to_come"])
        who = ", ".join(dict.fromkeys(flow["provider"] for flow in flows))
        found.append(f"{who} repeats {late['to_come']} until {_day_and_clock(late['to_come_until'])}")
    if late["never_came"]:
        found.append(f"{late['never_came']} never came")
    return found


def _pages(total: Document) -> list[str]:
    pages = [f"{total['pages']['total']}"]
    if total["pages"]["faxes_without"]:
        pages.append(f"{total['pages']['faxes_without']} faxes without")
    if total["incomplete"]:
        pages.append(f"{total['incomplete']} faxes sent but not all of their pages")
    return pages


def _costs(costs: Document) -> list[str]:
    found = [f"{costs['usd']} USD"]
    if costs["without"]:
        found.append(f"{costs['without']} faxes without")
    if costs["differing"]:
        found.append(f"{costs['differing']} said differently, by {costs['difference_usd']} USD")
    return found


def _by_prefix(costs: Document) -> Iterator[str]:
    for one in costs["by_prefix"]:
        name = one["prefix"] or "(no reference)"
        yield f"    {name:<40} {one['faxes']:>9} faxes {one['usd']:>12} USD"
        if one["without"]:
            yield f"    {'':<40} {one['without']:>9} without"
    if others := costs["other_prefixes"]:
        yield f"    {'(others)':<40} {others['faxes']:>9} faxes {others['usd']:>12} USD"


def _left(report: Document) -> list[str]:
    total, owed = report["total"], report["total"]["owed"]
    unmarked = owed["unmarked"] + owed["marks_given_up"]
    return [
        f"open {total['open']}",
        f"set aside {report['set_aside']}",
        f"conflicts {total['conflicts']['open']}",
        f"not delivered {owed['undelivered'] + owed['deliveries_given_up']}",
        f"documents missing {owed['unstored'] + owed['documents_given_up']}",
        *([f"not marked {unmarked}"] if unmarked else []),
    ]


def _proof(report: Document) -> Iterator[str]:
    if report["is_complete"]:
        first, *others = _wrapped("  ".join(["COMPLETE", *_together(_read(report["evidence"]))]), " " * 10)
        yield first.replace("COMPLETE", coloured("COMPLETE", "green"), 1)
        yield from others
        return
    yield coloured("NOT COMPLETE", "red")
    for reason in report["reasons"]:
        yield from _wrapped(f"  {reason['text']}", "    ")


def _together(parts: Iterable[str]) -> list[str]:
    """As one, or none where there is none."""
    return list(filter(None, [" · ".join(parts)]))


def _read(evidence: Document) -> Iterator[str]:
    """When what proves it was read last."""
    for provider in dict.fromkeys(one["provider"] for one in evidence["queries"]):
        queries = [one for one in evidence["queries"] if one["provider"] == provider]
        names = ", ".join(one["query"] for one in queries)
        yield f"{provider} {names} read from {_clock(min(one['read_at'] for one in queries), seconds=True)}"
    for one in evidence["feeds"]:
        read_at = "after its days" if one["read_at"] is None else _clock(one["read_at"])
        yield f"{one['provider']} {one['direction']} {read_at}"


def _counts(counts: Mapping[str, int], named: Iterable[str] = ()) -> str:
    """Those that are not none, and those named whatever they are."""
    shown = [f"{name.replace('_', ' ')} {count}" for name, count in counts.items() if count or name in named]
    return " · ".join(shown)


def _labelled(label: str, parts: list[str]) -> Iterator[str]:
    """Nothing where there is nothing to say."""
    for text in _together(filter(None, parts)):
        yield from _wrapped(f"  {label:<{_LABEL - 2}}{text}", " " * _LABEL)


def _two(left: str, right: str) -> Iterator[str]:
    """One at the left and one at the right, where both fit into a line."""
    if len(left) + 2 + len(right) <= _COLUMNS:
        yield f"{left}{right:>{_COLUMNS - len(left)}}"
    else:
        yield from _wrapped(left, " " * _LABEL)
        yield f"{right:>{_COLUMNS}}"


def _wrapped(text: str, indent: str) -> list[str]:
    lead = text[: len(text) - len(text.lstrip())]
    # Blanks within are the columns of a label.
    kept = text.replace("  ", "\0\0")
    lines = wrap(
        kept,
        _COLUMNS,
        subsequent_indent=indent,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0\0", "  ") for line in lines] or [lead]


def _span(report: Document) -> str:
    since, until = _moment(report["from"]), _moment(report["to"])
    if since.time() == until.time() == datetime.min.time() and until - since == timedelta(days=1):
        return f"{since:%-d %b %Y} UTC"
    last = f"{until:%H:%M}" if until.date() == since.date() else f"{until:%-d %b %H:%M}"
    return f"{since:%-d %b %H:%M} to {last} UTC"


def _lasting(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _clock(text: str, *, seconds: bool = False) -> str:
    return f"{_moment(text):%H:%M:%S}" if seconds else f"{_moment(text):%H:%M}"


def _day_and_clock(text: str) -> str:
    return f"{_moment(text):%-d %b %H:%M}"
