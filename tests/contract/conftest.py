from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from local.runtime.quick_moto import quick_moto
from tests.contract import worlds
from tests.contract.worlds import Server, World


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb_url: str) -> Any:
    return worlds.server_client(dynamodb_url)


@pytest.fixture(scope="session")
def moto_client() -> Any:
    return worlds.moto_client()


@pytest.fixture
def dynamodb(dynamodb_client: Any) -> Server:
    """An empty table on DynamoDB Local, which is as strict as DynamoDB about sizes and reserved words."""
    return worlds.new_table(dynamodb_client)


@pytest.fixture(params=["moto", "dynamodb-local"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An empty table as the template defines it."""
    if request.param == "dynamodb-local":
        yield worlds.new_table(request.getfixturevalue("dynamodb_client"))
        return
    with mock_aws(), quick_moto():
        yield worlds.new_table(request.getfixturevalue("moto_client"))


@pytest.fixture(params=["in-memory", "moto", "dynamodb-local"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """An empty ledger."""
    if request.param == "in-memory":
        yield worlds.in_memory()
    elif request.param == "dynamodb-local":
        yield worlds.new_table(request.getfixturevalue("dynamodb_client")).world()
    else:
        with mock_aws(), quick_moto():
            yield worlds.new_table(request.getfixturevalue("moto_client")).world()
