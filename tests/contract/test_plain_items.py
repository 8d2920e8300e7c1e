"""A client that takes batches of items as they came makes of them what every other makes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from faxledger.adapters.plain_items import takes_items_plainly
from faxledger.domain.report import Facts
from faxledger.ledger import keys
from tests.contract import worlds
from tests.contract.worlds import Server
from tests.fakes.clock import NOON
from tests.fakes.faxes import outbound, report, unreadable


@pytest.fixture(scope="module")
def plain(dynamodb_url: str) -> Any:
    return takes_items_plainly(worlds.server_client(dynamodb_url))


def asked(server: Server, *wanted: dict[str, Any]) -> dict[str, Any]:
    return {
        server.table: {"Keys": [{"pk": one["pk"], "sk": one["sk"]} for one in wanted], "ConsistentRead": True}
    }


@pytest.mark.parametrize("has_bytes", [False, True])
def test_items_are_the_same_with_bytes_among_them_or_not(
    dynamodb: Server, plain: Any, *, has_bytes: bool
) -> None:
    world = dynamodb.world()
    for number in range(3):
        facts = Facts(reference='a "B" é \U0001f4e0', pages=number)
        world.ledger.settle(report(outbound(number), completed_at=NOON, facts=facts))
    if has_bytes:
        world.unreadables.set_aside(unreadable())
    request = asked(dynamodb, *dynamodb.items())
    answer, usual = (client.batch_get_item(RequestItems=request) for client in (plain, dynamodb.client))
    by_key = [{item["pk"]["S"]: item for item in one["Responses"][dynamodb.table]} for one in (answer, usual)]
    assert by_key[0] == by_key[1] != {}
    assert answer["UnprocessedKeys"] == {}


def test_a_refusal_is_a_refusal(plain: Any) -> None:
    with pytest.raises(ClientError) as refused:
        plain.batch_get_item(RequestItems={"another-table": {"Keys": [keys.of_fax(outbound())]}})
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
