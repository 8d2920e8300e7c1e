"""What a repeated reading costs, and what stands in its way."""

import json

import pytest

from faxledger.errors import SecretUnavailable
from tests.functions.greenfax_feed.reading import (
    ALSO_GOOD,
    GOOD,
    WHOLE,
    answered,
    covered,
    read,
    statuses,
    whole,
)
from tests.support.bundle_on_moto import Stack
from tests.support.scripted_server import ScriptedServer, http


def test_unchanged_rows_cost_the_table_nothing(stack: Stack, server: ScriptedServer) -> None:
    rows = whole(GOOD, ALSO_GOOD)
    answered(stack, server, rows)
    read(stack, after_minutes=23)
    looked_up, written = stack.count_of("dynamodb:BatchGetItem"), fax_writes(stack)
    for _ in range(5):
        read(stack, after_minutes=23)
    assert (stack.count_of("dynamodb:BatchGetItem"), fax_writes(stack)) == (looked_up, written)
    answered(stack, server, rows.replace("success", "failed", 1))
    while len(server.asked) < 9:
        read(stack, after_minutes=23)
    assert stack.count_of("dynamodb:BatchGetItem") > looked_up
    (fax,) = [item for item in stack.items("FAX#greenfax#outbound") if item["pk"].endswith("#1")]
    assert fax["conflict"]["status"] == "failed"


def fax_writes(stack: Stack) -> int:
    return sum(
        call.action == "dynamodb:UpdateItem"
        and any(key.startswith("FAX#greenfax#outbound#") for key in call.keys)
        for _, call in stack.calls
    )


def test_a_word_that_a_new_setting_knows_settles_the_fax_the_next_time(
    stack: Stack, server: ScriptedServer
) -> None:
    answered(stack, server, whole(GOOD.replace("success", "gone"), ALSO_GOOD))
    assert statuses(stack) == {"1": None, "2": "sent"}
    stack.restart()
    stack.parameters["GreenFaxSentWords"] = "success,gone"
    for _ in range(2):
        read(stack, after_minutes=23)
    assert statuses(stack) == {"1": "sent", "2": "sent"}


def test_a_bucket_out_of_reach_costs_thrift_and_nothing_else(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with stack.out_of_reach("s3"):
        answered(stack, server, whole(GOOD))
    assert statuses(stack) == {"1": "sent"}
    assert covered(stack) == WHOLE
    assert '"FeedMemoryLost":[1.0]' in capsys.readouterr().out


def test_without_a_password_nothing_is_asked(stack: Stack, server: ScriptedServer) -> None:
    stack.put_secret("GreenFaxCredentials", json.dumps({"password": ""}))
    with pytest.raises(SecretUnavailable, match="has no password yet"):
        read(stack)
    assert server.asked == []
    assert stack.items("CLAIM#") == []


def test_a_ledger_that_gives_out_lets_no_day_count(stack: Stack, server: ScriptedServer) -> None:
    server.answer("", http(whole(GOOD)))
    with (
        pytest.raises(Exception, match="table did not answer"),
        stack.out_of_reach("dynamodb", "BatchGetItem"),
    ):
        read(stack)
    assert covered(stack) == {}
    assert statuses(stack) == {}
