"""The count of costs counts what it says: requests as they are made, units as DynamoDB bills them."""

from datetime import UTC, datetime
from typing import Any

from bench.cost_meter import write_units
from bench.cost_prices import Item
from bench.cost_traffic import Kind, span_of, used
from local.dynamodb.tables import MemoryTable
from local.runtime.bundle import TEMPLATE
from local.runtime.template import read_template

FAXES = 3
TABLE = MemoryTable(read_template(TEMPLATE).resources["Table"].properties, lambda: datetime.now(UTC))


def item(length: int = 0, **keys: str) -> dict[str, Any]:
    names = {"pk": "FAX#1", "sk": "STATUS", "text": "x" * length, **keys}
    return {name: {"S": value} for name, value in names.items()}


def test_a_write_takes_a_unit_for_each_begun_kilobyte_of_the_larger_one() -> None:
    assert write_units(TABLE, None, item()) == 1
    assert write_units(TABLE, item(), item(1500)) == 2
    assert write_units(TABLE, item(2500), item()) == 3
    assert write_units(TABLE, item(2500), None) == 3


def test_an_index_takes_a_unit_for_an_entry_put_and_one_for_an_entry_gone() -> None:
    due = item(due_key="DUE#1", due_at="2026")
    assert write_units(TABLE, None, due) == 2
    assert write_units(TABLE, due, item(due_key="DUE#1", due_at="2027")) == 3
    assert write_units(TABLE, due, item()) == 2
    assert write_units(TABLE, due, due) == 1


def test_each_fax_is_one_request_and_one_event_and_is_paid_for_once() -> None:
    span = span_of(FAXES)
    each = used(Kind.GREENFAX_IN, FAXES, span).less(used(Kind.GREENFAX_IN, 0, span), 1 / FAXES)

    assert round(each.counted[Item.API_REQUEST], 3) == 1
    assert round(each.counted[Item.EVENT], 3) == 1
    assert round(each.counted[Item.S3_WRITE], 3) == 1
    assert each.counted[Item.WRITE_UNIT] >= 4
    assert each.counted[Item.LOG_BYTE] > 500


def test_one_login_serves_all_faxes_that_are_settled_within_a_minute() -> None:
    faxes = 24
    many = used(Kind.SOFTLINX_OUT, faxes, span_of(faxes))

    # They become final over ten minutes.
    assert many.runs["MarkFax"] <= faxes / 2
    assert many.calls["secretsmanager:GetSecretValue"] <= many.runs["MarkFax"]
