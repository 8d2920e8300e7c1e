"""The providers: whether they let us in and are asked to the end, and whether they still call us."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from cli.checkup.examined import Examined
from cli.checkup.findings import Finding, attention, deployed_with, not_here, well, wrong

# As the alarm PollFails: three runs of the hourly poll. A feed is asked every 23 minutes.
_SILENT_FOR: Final = timedelta(hours=3)
# What is asked once a day, and an hour more.
_DAILY: Final = timedelta(hours=25)
_DEFAULT_NO_FINAL_HOURS: Final = 72
# Nobody is asked twice in so short a time: a claim that lasts longer says that GreenFax found us too early.
_USUAL_CLAIM: Final = timedelta(minutes=30)
_REFUSED_WITHIN: Final = timedelta(days=1)
_Document = Mapping[str, Any]

# By the name of each provider's callback function in the metrics (monitoring.yaml).
_ORIGINS: Final = {"softlinx": "softlinx-callback", "greenfax": "greenfax-notify"}
_REASONS: Final = ("token", "address")
_NOT_ASKED: Final = (
    "if the schedule of GreenFaxFeed is on (the line schedules), its log says what keeps it from asking "
    "(docs/operations.md, FeedIsRefused)"
)


def providers(examined: Examined) -> Iterator[Finding]:
    for provider in examined.api.ask("GET", "/providers")["providers"]:
        if provider["queries"]:
            yield _login(examined, provider)
            yield _queries(examined, provider)
        for feed in provider["feeds"]:
            yield _feed(examined, provider, feed)
        yield from _pushes(examined, provider)


def _login(examined: Examined, provider: _Document) -> Finding:
    """Nobody logs in to find out: one refusal more may lock the account."""
    name = provider["provider"]
    check = f"{name} login"
    if refused := provider["login_refused"]:
        return wrong(
            check,
            f"refused {_at(refused['at'])}, and not tried again until {_when(refused['not_tried_until'])}",
            f"`faxledger credentials {name}` puts in the right one, which is tried at once",
        )
    let_in = max((one["read_at"] for one in provider["queries"] if one["read_at"]), default=None)
    if let_in is None:
        return attention(
            check, "never seen to work", f"`faxledger credentials {name}` tries it; {_poll_now(examined)}"
        )
    return well(check, f"last seen to work {_at(let_in)}")


def _poll_now(examined: Examined) -> str:
    if examined.is_on_this_machine:
        return "`faxledger run softlinx_poll` polls now"
    function = examined.called("AWS::Lambda::Function").get("SoftlinxPoll", "SOFTLINX_POLL")
    return f"`aws lambda invoke --function-name {function} /dev/stdout` polls now"


def _queries(examined: Examined, provider: _Document) -> Finding:
    now, name = examined.now(), provider["provider"]
    check = f"{name} poll"
    read = {one["query"]: one["read_at"] for one in provider["queries"]}
    latest = max(filter(None, read.values()), default=None)
    remedy = (
        f"{_poll_now(examined)}; the log of SoftlinxPoll says why it fails (docs/operations.md, PollFails)"
    )
    if latest is None:
        return attention(check, "never read to its end; every hour is usual", _poll_now(examined))
    if now - _moment(latest) > _SILENT_FOR:
        return wrong(check, f"last read to its end {_at(latest)}: every hour is usual", remedy)
    behind = [query for query, at in read.items() if at is None or now - _moment(at) > _DAILY]
    if behind:
        return attention(
            check, f"read to its end {_at(latest)}, but not for a day: {', '.join(behind)}", remedy
        )
    return well(check, f"last read to its end {_at(latest)}")


def _feed(examined: Examined, provider: _Document, feed: _Document) -> Finding:
    now = examined.now()
    not_asked = "`faxledger run greenfax_feed` asks now" if examined.is_on_this_machine else _NOT_ASKED
    check = f"{provider['provider']} {feed['direction']}"
    asked_at = feed["asked_at"]
    if asked_at is None:
        return attention(check, "its feed was never asked; every 23 minutes is usual", not_asked)
    if now - _moment(asked_at) > _SILENT_FOR:
        return wrong(check, f"its feed was last asked {_at(asked_at)}", not_asked)
    if too_soon := _found_too_soon(now, provider):
        return wrong(
            check,
            f"GreenFax said that its feed was asked too soon, and is left alone until {_when(too_soon)}",
            "find out who else asks with this account; where nobody does, "
            + deployed_with("GreenFaxAllowance=shared"),
        )
    read_at = feed.get("read_at")
    if read_at is None or now - _moment(read_at) > _SILENT_FOR:
        return wrong(
            check,
            f"its feed was asked {_at(asked_at)}, and an answer last read {_at(read_at)}",
            f"the log of GreenFaxFeed says why; `faxledger credentials {provider['provider']}` tries the "
            "password (docs/operations.md, FeedIsRefused)",
        )
    if missing := feed["missing_days"]:
        return wrong(
            check,
            f"{missing} day{'s' * (missing != 1)} of its feed could not be read; asked {_at(asked_at)}",
            "`faxledger feeds` lists them; the log of GreenFaxFeed says why (docs/operations.md, "
            "FeedIsRefused)",
        )
    return well(check, f"its feed was last read {_at(read_at)}, and no day is missing")


def _found_too_soon(now: datetime, provider: _Document) -> str | None:
    """Until when the feeds are left alone for longer than after an answer."""
    untils = (
        str(claim["until"])
        for claim in provider["claims"]
        if _moment(claim["until"]) - _moment(claim["since"]) > _USUAL_CLAIM and _moment(claim["until"]) > now
    )
    return max(untils, default=None)


def _pushes(examined: Examined, provider: _Document) -> Iterator[Finding]:
    name = provider["provider"]
    silence = timedelta(hours=int(examined.parameters.get("NoFinalHours", _DEFAULT_NO_FINAL_HOURS)))
    for source, heard_at in provider["heard"].items():
        check = f"{name} {source}"
        if source == "email" and not examined.parameters.get("StatusEmailRuleSet"):
            continue  # nobody waits for any
        if heard_at is None:
            yield attention(
                check, "never heard", "`faxledger urls` prints what to send to its support, if it was not"
            )
        elif examined.now() - _moment(heard_at) > silence:
            yield attention(
                check,
                f"last heard {_at(heard_at)}",
                "ask the provider whether it still calls the URL (`faxledger urls`)",
            )
        else:
            yield well(check, f"last heard {_at(heard_at)}")


def refused_callbacks(examined: Examined) -> Iterator[Finding]:
    """Whoever calls with a token that is not valid, or from an address that is not allowed."""
    check = "callbacks refused"
    if examined.is_on_this_machine:
        yield not_here(check, "the bundle on this machine keeps no metrics")
        return
    counts = _counted(examined)
    refused = {about: count for about, count in counts.items() if count}
    if not refused:
        yield well(check, "none within a day")
        return
    yield attention(
        check,
        "within a day "
        + ", ".join(f"{count} of {origin} for their {reason}" for (origin, reason), count in refused.items()),
        "docs/operations.md (Callbacks are refused): a provider's address calls under a token that was "
        "taken out (`faxledger urls` has the right one), or it is a stranger",
    )


def _counted(examined: Examined) -> Mapping[tuple[str, str], int]:
    """How many callbacks were refused within a day, by the function that they came to and the reason."""
    abouts = [(origin, reason) for origin in _ORIGINS.values() for reason in _REASONS]
    queries: Sequence[_Document] = [
        {
            "Id": f"refused{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": f"Faxledger/{examined.name}",
                    "MetricName": "CallbackRefused",
                    "Dimensions": [{"Name": "origin", "Value": origin}, {"Name": "reason", "Value": reason}],
                },
                "Period": 3600,
                "Stat": "Sum",
            },
        }
        for number, (origin, reason) in enumerate(abouts)
    ]
    now = examined.now()
    answer = examined.aws.ask(
        "cloudwatch",
        "get_metric_data",
        MetricDataQueries=queries,
        StartTime=now - _REFUSED_WITHIN,
        EndTime=now,
    )
    sums = {result["Id"]: round(sum(result["Values"])) for result in answer["MetricDataResults"]}
    return {about: sums.get(f"refused{number}", 0) for number, about in enumerate(abouts)}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _at(text: str | None) -> str:
    return "never" if text is None else f"at {_when(text)}"


def _when(text: str) -> str:
    return f"{_moment(text):%Y-%m-%d %H:%M} UTC"
