"""What was measured, as tables, and whether it stays within the limits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.aws_calls import ALLOWED, Calls
from bench.contestants import CALLBACKS, PEERS, Build
from bench.loaded import Loaded
from bench.measure import Cost, Result

_FRAMEWORKS = tuple(name for name in PEERS if name != "bare")


@dataclass(frozen=True, slots=True)
class Limit:
    """A callback's start and answer may cost at most `factor` times those of the cheapest of some peers.

    `by_the_clock` bounds the time as well. Without a factor the comparison is only shown.
    """

    factor: float | None
    what: str
    peers: Sequence[str]
    build: Build
    by_the_clock: float | None = None


LIMITS = (
    # The bare client gets what our build leaves out of packages, and nothing of what our code does.
    Limit(0.85, "the bare client", ("bare",), Build.TRIMMED, by_the_clock=0.95),
    Limit(0.55, "the best peer", _FRAMEWORKS, Build.BYTECODE),
    Limit(0.15, "the best peer", _FRAMEWORKS, Build.USUAL),
    Limit(None, "the best peer", _FRAMEWORKS, Build.TRIMMED),
)


def table(results: Sequence[Result]) -> str:
    """Every contestant's starts: milliseconds, as median and least, and millions of instructions."""
    ours = [result for result in results if result.contestant.name not in PEERS]
    groups = {"The bundle": ours} | {
        f"Peers, {build}": [
            result for result in results if result not in ours and result.contestant.build is build
        ]
        for build in Build
    }
    lines = [
        f"{'':20}{'start, to the first':>28}{'first answer':>28}",
        f"{'':20}{'request for work':>28}{'':>28}",
        f"{'':20}{'ms (least)':>16}{'M instr.':>12}{'ms (least)':>16}{'M instr.':>12}",
    ]
    for title, group in groups.items():
        lines += ["", title, *map(_row, group)]
    return "\n".join(lines)


def _row(result: Result) -> str:
    median, least = result.median, result.least
    counted = result.instructions or Cost(0, None)
    cells = [
        f"{median.ready:.0f} ({least.ready:.0f})",
        f"{counted.ready / 1e6:,.0f}" if counted.ready else "",
        f"{median.answer:.0f} ({least.answer:.0f})" if median.answer and least.answer else "",
        f"{counted.answer / 1e6:,.0f}" if counted.answer else "",
    ]
    return f"  {result.contestant.name:18}{cells[0]:>16}{cells[1]:>12}{cells[2]:>16}{cells[3]:>12}".rstrip()


def loaded(found: Sequence[Loaded]) -> str:
    """What each function has loaded by its first request for work, with the largest packages."""
    lines = ["", f"{'Loaded by the first request for work':38}{'modules':>8}  of which"]
    for one in found:
        largest = ", ".join(f"{package} {count}" for package, count in one.packages[:6])
        lines.append(f"  {one.function:36}{one.modules:>8}  {largest}")
    return "\n".join(lines)


def limits(results: Sequence[Result]) -> tuple[str, bool]:
    """Every callback against every limit, and whether all are kept.

    Instructions are judged, which repeat to a percent where times vary by a third; time is held to one limit.
    The start is judged together with the first answer: what is put off until then is not saved.
    """
    is_counted = all(result.instructions for result in results)
    judged = _instructions if is_counted else _median
    lines = [
        "",
        f"{'Limits: times the start of':64}{'at most':>8}{'start':>7}{'+ answer':>10}{'by the clock':>22}",
    ]
    are_kept = True
    for name in CALLBACKS:
        for limit in LIMITS:
            start, total = _ratios(name, results, limit, judged)
            by_the_clock = _ratios(name, results, limit, _median)
            clock = " / ".join(f"{ratio:.2f}" for ratio in by_the_clock)
            is_kept = (limit.factor is None or total <= limit.factor) and (
                limit.by_the_clock is None or by_the_clock[1] <= limit.by_the_clock
            )
            are_kept = are_kept and is_kept
            compared = f"{name} / {limit.what}, {limit.build}"
            allowed = "-" if limit.factor is None else f"{limit.factor:.2f}"
            if limit.by_the_clock is not None:
                clock += f" of {limit.by_the_clock:.2f}"
            missed = "" if is_kept else "  MISSED"
            lines.append(f"  {compared:62}{allowed:>8}{start:>7.2f}{total:>10.2f}{clock:>22}{missed}")
    if not is_counted:
        lines += [
            "",
            "!!! NOT COUNTED: there is no valgrind here, so the clock was judged, which varies by a third.",
            "!!! Debian: apt-get install valgrind",
        ]
    return "\n".join(lines), are_kept


def _ratios(
    name: str, results: Sequence[Result], limit: Limit, cost: Callable[[Result], Cost]
) -> tuple[float, float]:
    ours = next(cost(result) for result in results if result.contestant.name == name)
    peers = [
        cost(result)
        for result in results
        if result.contestant.name in limit.peers and result.contestant.build is limit.build
    ]
    return (
        ours.ready / min(peer.ready for peer in peers),
        ours.total / min(peer.total for peer in peers),
    )


def _median(result: Result) -> Cost:
    return result.median


def _instructions(result: Result) -> Cost:
    if result.instructions is None:
        raise ValueError(f"the instructions of {result.contestant.name} were not counted")
    return result.instructions


def calls(counted: Sequence[Calls]) -> tuple[str, bool]:
    """What each callback asked of AWS, and whether that is as little as it has to be."""
    lines = ["", f"{'AWS calls of one callback':44}{'table':>8}{'has to be':>12}{'secret':>8}"]
    for one in counted:
        missed = "" if one.is_as_allowed else "  MISSED"
        about = f"{one.function}, {one.occasion}"
        lines.append(f"  {about:42}{one.table:>8}{ALLOWED[one.occasion]:>12}{one.secret:>8}{missed}")
    lines.append("  The secret is read once in an environment, and again every five minutes.")
    return "\n".join(lines), all(one.is_as_allowed for one in counted)
