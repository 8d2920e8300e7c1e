"""Deploys, changes and deletes the bundle in moto, and says what was made; `make deploy-emulated` runs it.

Exits with 1 where moto does not do what it is listed to do, or does what it is listed not to do.
"""

import os
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable

from tests.support.emulated import deployments
from tests.support.template import REGION

WIDTH = 80
# An account that is nobody's.
os.environ |= {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": REGION}
os.environ.pop("AWS_PROFILE", None)


def main() -> int:
    wanted: Counter[str] = Counter()
    made: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    unknown: dict[str, str] = {}
    forgotten: set[str] = set()
    for name, series in deployments.DEPLOYMENTS.items():
        report = deployments.deploy(series)
        print(f"{name}: {report.made.total()} of {report.wanted.total()} resources made")
        wanted, made, kept = wanted | report.wanted, made | report.made, kept | report.kept
        unknown |= report.problems
        forgotten |= report.forgotten
    print(f"\n{'type':44}{'wanted':>8}{'made':>8}{'kept':>8}")
    for kind in sorted(wanted):
        print(f"{kind:44}{wanted[kind]:8}{made[kind]:8}{kept[kind] or '':>8}".rstrip())
    say("kept: what outlives the stack when it is deleted.", ())
    say("Calls that moto does not know:", named(deployments.UNKNOWN_TO_MOTO.items()))
    say("What moto takes and does not keep:", named(deployments.FORGOTTEN_BY_MOTO.items()))
    say("What nobody sees here:", deployments.OUT_OF_SIGHT)
    surprises = deployments.surprises(unknown, forgotten)
    if surprises:
        say("NOT AS LISTED in tests/support/emulated/deployments.py:", surprises)
    return 1 if surprises else 0


def say(title: str, lines: Iterable[str]) -> None:
    print(f"\n{title}")
    for line in lines:
        print(
            textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        )


def named(reasons: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (f"{name}: {reason}" for name, reason in reasons)


if __name__ == "__main__":
    sys.exit(main())
