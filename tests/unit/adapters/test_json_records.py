"""What is kept of a report between two requests comes back as it was, to the last cent and second."""

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from faxledger.adapters.json_records import from_json, to_json
from faxledger.domain.reconciliation import Evidence
from faxledger.domain.report import Fax
from faxledger.domain.spans import Span
from faxledger.domain.submission import Submission
from faxledger.domain.tallies import Costs, Tally
from faxledger.usecases.ports.closing import DayReading
from faxledger.usecases.ports.reconciling import LeftLane, PartialReconciliation
from tests.fakes.clock import NOON
from tests.support.filled import filled
from tests.unit.domain.test_tallies import FOUND


@given(FOUND)
def test_a_partial_reconciliation_comes_back_whole(found: list[Fax | Submission]) -> None:
    partial = PartialReconciliation(
        Span(NOON, NOON + timedelta(hours=2)),
        NOON + timedelta(microseconds=1),
        36,
        (LeftLane("by_time softlinx#outbound#0", "2026-03-10T12:00:00.000Z#x"), LeftLane("due delivery#1")),
        Tally.of(found),
        filled(Evidence),
    )
    for changed_at in (None, NOON):
        reading = DayReading(partial, changed_at)
        assert from_json(DayReading, json.loads(json.dumps(to_json(reading)))) == reading


@dataclass
class Other:
    """As another version has it."""

    faxes: int = 0
    usd: Decimal = Decimal(0)


@pytest.mark.parametrize("kept", [to_json(Other()), {}, None, [], "x", {**to_json(Costs()), "usd": "much"}])
def test_what_this_version_has_not_written_is_refused(kept: object) -> None:
    with pytest.raises(ValueError, match="as it is written"):
        from_json(Costs, kept)
