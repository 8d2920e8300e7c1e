"""`faxledger providers`: whether each provider still speaks, and who has leave to ask it."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from cli.arguments import Commands, add_command, add_json, as_json
from cli.which_stack import add_which_api, api_of

_DESCRIPTION = """\
Say of each provider when it was last heard by each way in which it speaks
unasked, when each query was last read to its end, how far its feeds have
come, who has leave to ask it, and whether it has refused our login.

examples:
  faxledger providers
  faxledger providers --stack clinic --json

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    providers = add_command(
        commands,
        "providers",
        _run,
        short="say when each provider was last heard",
        description=_DESCRIPTION,
    )
    add_json(providers)
    add_which_api(providers)


def _run(given: Namespace) -> int:
    known = api_of(given).ask("GET", "/providers")
    if given.json:
        print(as_json(known))
        return 0
    for provider in known["providers"]:
        for line in _lines(provider):
            print(line)
    return 0


def _lines(provider: Mapping[str, Any]) -> Iterator[str]:
    yield f"{provider['provider']} {provider['account']}"
    for source, heard_at in provider["heard"].items():
        yield f"  {source:<20} last heard {heard_at or 'never'}"
    for query in provider["queries"]:
        yield f"  {query['query']:<20} last read to its end {query['read_at'] or 'never'}"
    for feed in provider["feeds"]:
        missing = f"{feed['missing_days']} days missing" if feed["missing_days"] else "no day missing"
        yield f"  {feed['direction'] + ' feed':<20} last asked {feed['asked_at'] or 'never'}, {missing}"
        if "read_at" in feed:
            yield f"  {'':<20} last read to its end {feed['read_at'] or 'never'}"
    for claim in provider["claims"]:
        if claim["is_held"]:
            yield f"  {claim['what']:<20} held since {claim['since']} until {claim['until']}"
    if refused := provider["login_refused"]:
        yield f"  login refused        {refused['at']}, not tried until {refused['not_tried_until']}"
