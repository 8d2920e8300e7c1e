"""`faxledger doctor`: looks at a stack, and says of each thing how it stands and what to do about it."""

import textwrap
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import httpx

from cli.api import Api, NotAllowed
from cli.arguments import Commands, add_command, as_json
from cli.checkup import alarms, callbacks, providers, secrets, stack
from cli.checkup.aws import Boto3Calls, NotPermitted
from cli.checkup.examined import Examined, deployed, on_this_machine
from cli.checkup.findings import Finding, Health, not_looked, not_permitted
from cli.guard import DONE, NOT_ASKED, REFUSED, problem_in
from cli.installation import add_which_installation
from cli.terminal import coloured, printable
from cli.which_stack import stack_or_bundle_of

_DESCRIPTION = """\
Look at a stack from all sides and say what is well, what is not, and what to
do about it. It reads, and changes nothing, but for a test callback to each
provider's URL: that leaves a mark for a day, which nothing lists or counts.

Each line begins with
  ✓  it is well
  !  it should be looked at, or could not be
  ✗  it has to be mended: faxes are lost or late, or nobody is told
  -  there is nothing of this here

Whoever runs it needs docs/policies/examiner.json. What that or another policy
does not allow is said by the name of the permission, and the rest goes on.

examples:
  faxledger doctor                          the bundle on this machine
  faxledger doctor --stack clinic
  faxledger doctor --stack clinic --json

Exit status: 0 if all is well, 1 if there is something to mend, 2 if something
could not be looked at.
"""

Check = Callable[[Examined], Iterable[Finding]]

# In the order in which a person reads them. What a check's finding is called is its own.
CHECKS: Final[Sequence[tuple[str, Check]]] = (
    ("stack", stack.stack_state),
    ("version", stack.versions),
    ("clock", stack.clock),
    ("secrets", secrets.secrets),
    ("providers", providers.providers),
    ("test callbacks", callbacks.test_callbacks),
    ("callbacks refused", providers.refused_callbacks),
    ("schedules", stack.schedules),
    ("dead letters", alarms.dead_letters),
    ("alarms", alarms.alarms),
    ("alarm topic", alarms.subscriptions),
    ("concurrency", stack.concurrency),
    ("retention", stack.retention),
    ("logs", stack.retention_of_logs),
)

_MARKS: Final = {
    Health.WELL: ("✓", "green"),
    Health.ATTENTION: ("!", "yellow"),
    Health.WRONG: ("✗", "red"),
    Health.NOT_LOOKED: ("!", "yellow"),
    Health.NOT_HERE: ("-", None),
}
_TO_MEND: Final = frozenset({Health.ATTENTION, Health.WRONG})
_COLUMNS: Final = 80
# A function that starts and finds no table answers within its 15 s.
_PATIENCE_SECONDS: Final = 16
_CHECK_COLUMNS: Final = 22


def add_to(commands: Commands) -> None:
    doctor = add_command(
        commands,
        "doctor",
        _run,
        short="say what is well with a stack, and what to do",
        description=_DESCRIPTION,
    )
    doctor.add_argument("--json", action="store_true", help="every finding, for a program")
    add_which_installation(doctor)


def _run(given: Namespace) -> int:
    findings = look(_examined(given))
    if given.json:
        print(as_json([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print("\n".join(text_of(finding)))
        print(f"\n{summary_of(findings)}")
    return exit_status(findings)


def _examined(given: Namespace) -> Examined:
    asked = stack_or_bundle_of(given)
    if isinstance(asked, Api):
        # A proxy that the environment names is for other machines.
        http = httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=False)
        return on_this_machine(asked, given.admin_port, http=http)
    return deployed(
        asked.name,
        Boto3Calls(asked.session()),
        lambda url: Api(asked.api_url or url, profile=asked.profile, region=asked.region),
        http=httpx.Client(timeout=_PATIENCE_SECONDS),
        now=lambda: datetime.now(UTC),
    )


def look(examined: Examined, checks: Sequence[tuple[str, Check]] = CHECKS) -> Sequence[Finding]:
    """What the checks find, in their order; they are made side by side, and none ends another."""
    with ThreadPoolExecutor(len(checks)) as threads:
        found = [threads.submit(_made, examined, name, check) for name, check in checks]
        return [finding for one in found for finding in one.result()]


def _made(examined: Examined, name: str, check: Check) -> Sequence[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(check(examined))
    except NotPermitted as error:
        findings.append(not_permitted(name, error.action))
    except NotAllowed:
        findings.append(not_permitted(name, "execute-api:Invoke"))
    except Exception as error:  # noqa: BLE001 - the outermost edge: what one check meets must not hold the others
        findings.append(not_looked(name, f"could not be looked at: {problem_in(error)}", "run it again"))
    return findings


def exit_status(findings: Iterable[Finding]) -> int:
    found = {finding.health for finding in findings}
    if found & _TO_MEND:
        return REFUSED
    return NOT_ASKED if Health.NOT_LOOKED in found else DONE


def summary_of(findings: Sequence[Finding]) -> str:
    """One line: whether there is something to do."""
    health = Counter(finding.health for finding in findings)
    parts = [
        (health[Health.WRONG], "to mend (✗)"),
        (health[Health.ATTENTION], "to look at (!)"),
        (health[Health.NOT_LOOKED], "not looked at (!)"),
    ]
    said = ", ".join(f"{count} {what}" for count, what in parts if count)
    if not said:
        return "All is well."
    return f"{said}. Each → says what to do."


def text_of(finding: Finding) -> Iterator[str]:
    """The lines that a person reads, of 80 columns."""
    mark, colour = _MARKS[finding.health]
    seen = _wrapped(finding.seen, f"{finding.check:<{_CHECK_COLUMNS}} ")
    yield f"{coloured(mark, colour)} {seen[0]}"
    yield from (f"  {line}" for line in seen[1:])
    if finding.remedy:
        yield from (f"  {line}" for line in _wrapped(finding.remedy, " " * (_CHECK_COLUMNS - 1) + "→ "))


def _wrapped(text: str, first: str) -> Sequence[str]:
    """No word is broken: what is to be typed can be copied."""
    return textwrap.wrap(
        printable(text),
        _COLUMNS - len("✓ "),
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
