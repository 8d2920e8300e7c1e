from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import worlds
from tests.contract.worlds import Server, World


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb_url: str) -> Any:
    return worlds.server_client(dynamodb_url)


@pytest.fixture(scope="session")
def memory_client() -> Any:
    return worlds.memory_client()


@pytest.fixture
def dynamodb(dynamodb_client: Any) -> Iterator[Server]:
    """An empty table on DynamoDB Local, which is as strict as DynamoDB about sizes and reserved words."""
    with worlds.new_table(dynamodb_client) as table:
        yield table


@pytest.fixture(params=["memory", "dynamodb-local"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An empty table as the template defines it, in this process's memory and on DynamoDB Local."""
    if request.param == "dynamodb-local":
        with worlds.new_table(request.getfixturevalue("dynamodb_client")) as table:
            yield table
        return
    with worlds.memory_tables(), worlds.new_table(request.getfixturevalue("memory_client")) as table:
        yield table


@pytest.fixture(params=["fake", "memory", "dynamodb-local"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """An empty ledger."""
    if request.param == "fake":
        yield worlds.in_memory()
    elif request.param == "dynamodb-local":
        with worlds.new_table(request.getfixturevalue("dynamodb_client")) as table:
            yield table.world()
    else:
        with worlds.memory_tables(), worlds.new_table(request.getfixturevalue("memory_client")) as table:
            yield table.world()
