"""What a million faxes a month cost on AWS, counted operation by operation; exits with 1 over a limit.

The real functions run over the bundle of this machine, beside simulated providers, at the pace of a million
faxes a month, so that batches are as large as they would be. What the schedules do anyway is counted without
a fax and taken off, and stands beside. `make bench-cost` runs it. What it counted last is in `cost.json`,
from which docs/cost.md has its figures; `--record` writes it anew.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import cost_prices as prices
from bench.cost_meter import CALL_MS, EXCHANGE_MS
from bench.cost_prices import PRICES, Item, price_of
from bench.cost_traffic import FAXES_A_MONTH, HOURS_A_MONTH, NOTHING, Kind, Used, span_of, used
from local.runtime.bundle import TEMPLATE
from local.runtime.template import Template, read_template

RECORD: Final = Path(__file__).with_name("cost.json")
# USD a million, nobody told, without storage.
MOST_USD: Final[Mapping[Kind, float]] = {
    Kind.SOFTLINX_OUT: 7,
    Kind.SOFTLINX_IN: 18,
    Kind.GREENFAX_OUT: 6,
    Kind.GREENFAX_IN: 14,
}
MOST_UNITS_OF_DELIVERY: Final = 4
# Of what is recorded: two runs of the bench differ by less.
_AS_RECORDED: Final = 0.03

# Lambda asks a queue by five long polls of 20 seconds, whatever lies in it (its developer guide).
_POLLS_OF_IDLE_QUEUE: Final = 5 * HOURS_A_MONTH * 3600 / 20
_DAYS_A_MONTH: Final = HOURS_A_MONTH / 24


@dataclass(frozen=True, slots=True)
class Counted:
    """`each` is one fax's of a kind, `delivery` one's; `schedules` are a month's with one provider."""

    each: Mapping[Kind, Used]
    delivery: Used
    schedules: Mapping[str, Used]


def main() -> None:
    """Counts, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--faxes", type=int, default=600, help="of each kind (default: %(default)s)")
    parser.add_argument("--record", action="store_true", help="write cost.json anew")
    arguments = parser.parse_args()
    counted = count(arguments.faxes)
    found = as_record(counted)
    print(report(counted, found))
    if arguments.record:
        RECORD.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    limits = {
        f"{kind}: {usd(found, kind):.2f} USD a million (at most {most})": usd(found, kind) <= most
        for kind, most in MOST_USD.items()
    }
    units = counted.delivery.counted.get(Item.WRITE_UNIT, 0)
    limits[f"a delivery: {units:.2f} write units (at most {MOST_UNITS_OF_DELIVERY})"] = (
        units <= MOST_UNITS_OF_DELIVERY
    )
    limits["as bench/cost.json has it, or run it with --record"] = is_as_recorded(found, recorded())
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    sys.exit(0 if all(limits.values()) else 1)


def count(faxes: int) -> Counted:
    span = span_of(faxes)
    idle: dict[bool, Used] = {}
    each: dict[Kind, Used] = {}
    with_many: dict[Kind, Used] = {}
    for kind in Kind:
        print(kind, file=sys.stderr, flush=True)
        if kind.is_softlinx not in idle:
            idle[kind.is_softlinx] = used(kind, 0, span)
        with_many[kind] = used(kind, faxes, span)
        each[kind] = with_many[kind].less(idle[kind.is_softlinx], 1 / faxes)
    print("a delivery", file=sys.stderr, flush=True)
    told = used(Kind.SOFTLINX_OUT, faxes, span, is_told=True)
    a_month = HOURS_A_MONTH * 3600 / span.total_seconds()
    return Counted(
        each,
        told.less(with_many[Kind.SOFTLINX_OUT], 1 / faxes),
        {
            "Softlinx": idle[True].less(NOTHING, a_month),
            "GreenFax": idle[False].less(NOTHING, a_month),
        },
    )


# --- what is recorded ------------------------------------------------------------------------------------


def as_record(counted: Counted) -> dict[str, Any]:
    template = read_template(TEMPLATE)
    return {
        "prices": f"{prices.REGION}, {prices.AS_OF}",
        "usd_a_million": {
            **{str(kind): round(price_of(each.counted) * 1e6, 2) for kind, each in counted.each.items()},
            "a delivery": round(price_of(counted.delivery.counted) * 1e6, 2),
        },
        "usd_a_million_stored": {
            str(kind): round(_storage_usd(each, template) * 1e6, 2) for kind, each in counted.each.items()
        },
        "usd_a_month": {
            **{
                f"schedules with {provider}": round(price_of(month.counted), 2)
                for provider, month in counted.schedules.items()
            },
            "an idle queue": round(_POLLS_OF_IDLE_QUEUE * PRICES[Item.SQS_REQUEST], 2),
            "a secret": prices.SECRET_A_MONTH,
        },
        "counted_each": {
            **{str(kind): _figures(each) for kind, each in counted.each.items()},
            "a delivery": _figures(counted.delivery),
        },
    }


def recorded() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return found


def usd(record: Mapping[str, Any], what: str) -> float:
    """USD for a million of them, without storage."""
    return float(record["usd_a_million"][str(what)])


def is_as_recorded(found: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    known = record.get("usd_a_million", {})
    return all(
        abs(one - known.get(what, 0)) <= one * _AS_RECORDED for what, one in found["usd_a_million"].items()
    )


def _figures(each: Used) -> dict[str, float]:
    return {str(item): round(each.counted.get(item, 0), 3) for item in Item if each.counted.get(item)}


def _storage_usd(each: Used, template: Template) -> float:
    """For as long as the template's defaults keep it, documents apart: they are of any size."""
    kept_days, log_days = (
        float(template.parameters[name]["Default"]) for name in ("RetentionDays", "LogDays")
    )
    in_table = each.kept_bytes / prices.GIGABYTE * prices.TABLE_GB_A_MONTH * kept_days / _DAYS_A_MONTH
    log = each.counted.get(Item.LOG_BYTE, 0) / prices.GIGABYTE
    return in_table + log * prices.LOG_GB_A_MONTH * log_days / _DAYS_A_MONTH


# --- what is said ----------------------------------------------------------------------------------------


def report(counted: Counted, found: Mapping[str, Any]) -> str:
    columns = {**{str(kind): each for kind, each in counted.each.items()}, "a delivery": counted.delivery}
    lines = [
        f"of each one, and USD for {FAXES_A_MONTH:,} a month; prices of {prices.REGION}, {prices.AS_OF},",
        f"from {prices.SOURCE}; a call of AWS is taken for {min(CALL_MS.values())}",
        f"to {max(CALL_MS.values())} ms, an exchange with a provider for {EXCHANGE_MS} ms",
        "",
        " " * 24 + "".join(f"{name:>19}" for name in columns),
    ]
    for item in Item:
        row = [each.counted.get(item, 0.0) for each in columns.values()]
        if any(abs(number) >= 0.0005 for number in row):
            cells = (f"{number:>10.3f}{number * PRICES[item] * 1e6:>9.2f}" for number in row)
            lines.append(f"{item:<24}" + "".join(cells))
    lines.append(f"{'USD a million':<24}" + "".join(f"{usd(found, name):>19.2f}" for name in columns))
    for name, each in columns.items():
        runs = ", ".join(f"{run} {number:.3f}" for run, number in each.runs.items() if number > 0)
        lines.append(f"runs, {name}: {runs}")
    lines.append("beside, USD a month: " + _listed(found["usd_a_month"]))
    lines.append("stored, USD a million, documents apart: " + _listed(found["usd_a_million_stored"]))
    return "\n".join(lines)


def page_rows(record: Mapping[str, Any]) -> list[str]:
    """The table of docs/cost.md: what a million cost, and what is kept of them for as long as by default."""
    stored = record["usd_a_million_stored"]
    return [
        f"| {what} | {figure:.1f} USD | {format(stored[what], '.1f') + ' USD' if what in stored else '-'} |"
        for what, figure in record["usd_a_million"].items()
    ]


def _listed(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {figure:.2f}" for name, figure in figures.items())


if __name__ == "__main__":
    main()
