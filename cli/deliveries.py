"""`faxledger deliveries`: who was not told, and having them told after all."""

import argparse
import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cli.api import Api
from cli.arguments import Commands, add_command
from cli.fax_lines import full_time, short_time
from cli.terminal import Progress, coloured
from cli.which_stack import add_which_api, api_of
from local.runtime.errors import CannotRun

_DESCRIPTION: Final = """\
Say who was not told what became of faxes, or that a day is closed: for each
target how many deliveries were given up, since when, and what came of their
last attempts. `faxledger routes list` shows which address a target is.

`faxledger deliveries redrive` has those made that were given up, or with
--missed what happened while a target was disabled or in no route. It says
what there is and asks first. A receiver gets two a second, from within five
minutes on. Whoever was told is never told again, also if this is done twice,
or beside `faxledger redrive notify`. Times without an offset are in the
stack's time zone.

examples:
  faxledger deliveries
  faxledger deliveries --since 2026-11-27T18:00 --each
  faxledger deliveries --state pending --route default
  faxledger deliveries redrive --dry-run
  faxledger deliveries redrive --target 9f86d081884c7d65 --yes
  faxledger deliveries redrive --missed --route default --since 2026-11-27

Exit status: 0, or 1 if it was refused or you said no, or 2 if nobody could
be asked.
"""
_FILTERS: Final = ("state", "target", "route", "since", "until")
_LONGEST_PAGE: Final = "200"


def add_to(commands: Commands) -> None:
    deliveries = add_command(
        commands,
        "deliveries",
        _run,
        short="say who was not told, and have them told after all",
        description=_DESCRIPTION,
    )
    deliveries.add_argument(
        "action", metavar="redrive", nargs="?", choices=["redrive"], help="have them made; else list them"
    )
    _add_filters(deliveries)
    form = deliveries.add_argument_group("as what").add_mutually_exclusive_group()
    form.add_argument("--each", action="store_true", help="a line for each, the latest first")
    form.add_argument("--json", action="store_true", help="a JSON document in each line, as the API has it")
    how = deliveries.add_argument_group("redrive")
    how.add_argument("--missed", action="store_true", help="what found nobody to tell; needs --since")
    how.add_argument("--dry-run", action="store_true", help="only say what there is")
    how.add_argument("--yes", action="store_true", help="don't ask")
    add_which_api(deliveries)


def _add_filters(deliveries: argparse.ArgumentParser) -> None:
    which = deliveries.add_argument_group("which")
    which.add_argument("--state", choices=["given_up", "pending"], metavar="WORD", help="given_up or pending")
    which.add_argument("--target", metavar="ID", help="for this target: 16 digits, as in the list")
    which.add_argument("--route", metavar="ROUTE", help="by this route, as `faxledger routes list` has it")
    which.add_argument(
        "--since", metavar="TIME", help="of what happened then or later, as in 2026-11-27T18:00"
    )
    which.add_argument("--until", metavar="TIME", help="of what happened before then")


def _run(given: Namespace) -> int:
    api = api_of(given)
    filters = {name: value for name in _FILTERS if (value := getattr(given, name)) is not None}
    if given.action == "redrive":
        if given.each:
            raise CannotRun("--each goes with the list: `redrive` counts by target")
        return _redrive(api, filters | ({"missed": True} if given.missed else {}), given)
    for name in ("missed", "dry_run", "yes"):
        if getattr(given, name):
            raise CannotRun(f"--{name.replace('_', '-')} goes with `faxledger deliveries redrive`")
    return _list(api, filters, given)


def _list(api: Api, filters: Mapping[str, str], given: Namespace) -> int:
    found = api.pages("/deliveries", "deliveries", **filters, limit=_LONGEST_PAGE)
    with Progress("deliveries") as progress:
        read = _counted(found, progress)
        word = filters.get("state", "given_up").replace("_", " ")
        for line in (
            _each(read) if given.each else map(json.dumps, read) if given.json else _summary(read, word)
        ):
            print(line)
    return 0


def _counted(found: Iterable[Mapping[str, Any]], progress: Progress) -> Iterator[Mapping[str, Any]]:
    for one in found:
        progress.one_more()
        yield one


def _each(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in found:
        when = f", next {full_time(one['next_at'])}" if one["next_at"] else ""
        yield f"{_subject(one)}  {one['event']} by {one['channel']} to {one['target']}"
        yield (
            f"  since {full_time(one['planned_at'])}, {one['attempts']} attempts{when}: "
            f"{one['problem'] or 'no problem yet'}"
        )


def _subject(one: Mapping[str, Any]) -> str:
    return str(one["fax"] or f"{one['day']}, version {one['day_version']}")


@dataclass(slots=True)
class _Backlog:
    """What one target was not told."""

    channel: str
    planned_at: list[str] = field(default_factory=list)
    routes: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)


def _summary(found: Iterable[Mapping[str, Any]], word: str) -> Iterator[str]:
    backlogs: dict[str, _Backlog] = {}
    for one in found:
        backlog = backlogs.setdefault(one["target"], _Backlog(one["channel"]))
        backlog.planned_at.append(one["planned_at"])
        backlog.routes[one["route"] or "named by the sender"] += 1
        backlog.problems[one["problem"] or "no problem yet"] += 1
    if not backlogs:
        yield f"None is {word}." if word == "pending" else f"None was {word}."
    for target, backlog in sorted(backlogs.items(), key=lambda one: -len(one[1].planned_at)):
        count = coloured(f"{len(backlog.planned_at):,} {word}", "red" if word == "given up" else "yellow")
        span = _span(min(backlog.planned_at), max(backlog.planned_at))
        yield f"{target}  {backlog.channel}  {count}  {span}"
        yield f"  route: {_commonest(backlog.routes)}"
        yield f"  last attempt: {_commonest(backlog.problems)}"


def _commonest(counter: Counter[str]) -> str:
    if len(counter) == 1:
        return next(iter(counter))
    shown = ", ".join(f"{text} ({times:,})" for text, times in counter.most_common(3))
    return f"{shown} and others" if len(counter) > 3 else shown


def _span(first: str, last: str) -> str:
    return f"{short_time(first)} to {short_time(last)} UTC"


@dataclass(slots=True)
class _Found:
    """What the pages of a redrive have said of one target by now."""

    channel: str
    first_at: str
    last_at: str
    matched: int = 0
    unwanted: int = 0
    redriven: int = 0

    def add(self, page: Mapping[str, Any]) -> None:
        self.first_at, self.last_at = min(self.first_at, page["first_at"]), max(self.last_at, page["last_at"])
        self.matched += page["matched"]
        self.unwanted += page["unwanted"]
        self.redriven += page["redriven"]


def _redrive(api: Api, asked: Mapping[str, Any], given: Namespace) -> int:
    found: dict[str, _Found] = {}
    for page in _pages(api, {**asked, "dry_run": True}):
        _add(found, page)
    wanted = sum(one.matched - one.unwanted for one in found.values())
    if not given.json:
        for line in _shown(found, "missed" if given.missed else "given up"):
            print(line)
    if given.dry_run or not wanted:
        _print_json(found, given)
        return 0
    if not given.yes and not _is_agreed(wanted):
        print("Nothing was done.", file=sys.stderr)
        return 1
    done: dict[str, _Found] = {}
    due_until = None
    try:
        for page in _pages(api, asked):
            _add(done, page)
            due_until = max(filter(None, (due_until, page["due_until"])), default=None)
            _say_how_far(sum(one.redriven for one in done.values()), wanted)
    finally:
        # Also where it breaks off: what is due by now stays so, and the same command does the rest.
        if sys.stderr.isatty():
            print(file=sys.stderr)
        if not given.json:
            redriven = sum(one.redriven for one in done.values())
            last = f", the last at {full_time(due_until)}" if due_until else ""
            print(f"{redriven:,} are due{last}.")
            print("`faxledger deliveries --state pending` shows what is left.")
    _print_json(done, given)
    return 0


def _pages(api: Api, asked: Mapping[str, Any]) -> Iterator[Any]:
    page = api.ask("POST", "/deliveries/redrive", asked)
    yield page
    while page["cursor"] is not None:
        page = api.ask("POST", "/deliveries/redrive", {**asked, "cursor": page["cursor"]})
        yield page


def _add(found: dict[str, _Found], page: Mapping[str, Any]) -> None:
    for one in page["targets"]:
        of_target = _Found(one["channel"], one["first_at"], one["last_at"])
        found.setdefault(one["target"], of_target).add(one)


def _shown(found: Mapping[str, _Found], word: str) -> Iterator[str]:
    if not found:
        yield f"None was {word}."
    for target, one in sorted(found.items(), key=lambda pair: -pair[1].matched):
        yield f"{target}  {one.channel}  {one.matched:,} {word}  {_span(one.first_at, one.last_at)}"
        if one.unwanted:
            yield f"  {one.unwanted:,} of them for a target that is disabled or no longer in its route:"
            yield "  `faxledger routes enable ROUTE`"


def _is_agreed(wanted: int) -> bool:
    if not sys.stdin.isatty():
        raise CannotRun("nobody is there to be asked: --yes has them made, --dry-run only counts them")
    print(f"Have {wanted:,} made, two a second for each target? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _say_how_far(redriven: int, wanted: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{redriven:,} of {wanted:,}", end="", file=sys.stderr, flush=True)


def _print_json(found: Mapping[str, _Found], given: Namespace) -> None:
    if given.json:
        for target, one in found.items():
            counts = {"matched": one.matched, "unwanted": one.unwanted, "redriven": one.redriven}
            span = {"first_at": one.first_at, "last_at": one.last_at}
            print(json.dumps({"target": target, "channel": one.channel, **counts, **span}))
