"""The tables in memory answer as DynamoDB Local does, request by request."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from faxledger.ledger.attributes import to_attribute, to_attributes
from faxledger.ledger.keys import BY_TIME
from local.at_once import over_the_wire
from tests.contract import worlds
from tests.contract.worlds import Server

# DynamoDB Local counts what it was not asked to count.
_OF_THE_WAY = {"ResponseMetadata", "ConsumedCapacity"}

Request = tuple[str, dict[str, Any]]
Answer = Mapping[str, Any]


def answered(server: Server, operation: str, request: Mapping[str, Any]) -> Answer:
    """What comes back, errors included, without what only says how it travelled."""
    named = {} if operation == "batch_get_item" else {"TableName": server.table}
    try:
        answer = getattr(server.client, operation)(**named, **request)
    except ClientError as error:
        response: Mapping[str, Any] = error.response
        return {"error": response["Error"]["Code"], "item": response.get("Item")}
    return {name: value for name, value in answer.items() if name not in _OF_THE_WAY}


@pytest.fixture
def both(memory_client: Any, dynamodb_client: Any) -> Iterator[tuple[Server, Server]]:
    with (
        worlds.memory_tables(),
        worlds.new_table(memory_client) as here,
        worlds.new_table(dynamodb_client) as there,
    ):
        yield here, there


def key(number: int) -> dict[str, Any]:
    return to_attributes({"pk": f"FAX#{number}", "sk": "STATUS"})


# --- whatever the ledger may ask for -----------------------------------------------------------------------

NUMBERS = st.integers(1, 4)
NAMES = st.sampled_from(["alpha", "beta", "gamma", "map"])
VALUES = st.one_of(
    st.sampled_from(["", "a", "b", "\u00e9", "\U0001f600", "\uffff"]).map(lambda text: {"S": text}),
    # Written as DynamoDB would: DynamoDB Local keeps some others as they are given.
    st.sampled_from(["0", "-1", "2", "10", "1.5"]).map(lambda number: {"N": number}),
    st.booleans().map(lambda truth: {"BOOL": truth}),
    st.binary(max_size=3).map(lambda content: {"B": content}),
    st.fixed_dictionaries({"inner": st.sampled_from(["x", "y"]).map(to_attribute)}).map(lambda m: {"M": m}),
)
ORDERED = st.one_of(
    st.sampled_from(["", "a", "b", "\u00e9"]).map(lambda text: {"S": text}),
    st.sampled_from(["0", "-1", "2", "10", "1.5"]).map(lambda number: {"N": number}),
)


@st.composite
def conditions(draw: st.DrawFn, names: dict[str, str], values: dict[str, Any]) -> str:
    def name() -> str:
        names["#c"] = names.get("#c") or draw(NAMES)
        return "#c"

    def value(kind: st.SearchStrategy[Any]) -> str:
        alias = f":c{len(values)}"
        values[alias] = draw(kind)
        return alias

    kinds: list[Callable[[], str]] = [
        lambda: f"attribute_exists({name()})",
        lambda: f"attribute_not_exists({name()})",
        lambda: f"{name()} = {value(VALUES)}",
        lambda: f"{name()} <> {value(VALUES)}",
        lambda: f"{name()} {draw(st.sampled_from(['<', '<=', '>', '>=']))} {value(ORDERED)}",
        lambda: f"{name()} IN ({value(VALUES)}, {value(VALUES)})",
        lambda: f"{name()}.inner = {value(VALUES)}",
        lambda: f"NOT {name()} = {value(VALUES)}",
    ]
    parts = [draw(st.sampled_from(kinds))() for _ in range(draw(st.integers(1, 3)))]
    joined = draw(st.sampled_from([" AND ", " OR "])).join(parts)
    return f"({joined}) AND attribute_exists(pk)" if draw(st.booleans()) else joined


@st.composite
def writes(draw: st.DrawFn) -> Request:
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    request: dict[str, Any] = {}
    operation = draw(
        st.sampled_from(["put_item", "update_item", "update_item", "update_item", "delete_item"])
    )
    number = draw(NUMBERS)
    if operation == "put_item":
        more = draw(st.dictionaries(NAMES, VALUES, max_size=3))
        request["Item"] = {**key(number), **more, **_listed(draw, number)}
    else:
        request["Key"] = key(number)
    if operation == "update_item":
        request["UpdateExpression"] = draw(changes(number, names, values))
        request["ReturnValues"] = draw(st.sampled_from(["NONE", "ALL_NEW", "ALL_OLD"]))
    if draw(st.booleans()):
        request["ConditionExpression"] = draw(conditions(names, values))
        request["ReturnValuesOnConditionCheckFailure"] = draw(st.sampled_from(["NONE", "ALL_OLD"]))
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = values
    return operation, request


@st.composite
def changes(draw: st.DrawFn, number: int, names: dict[str, str], values: dict[str, Any]) -> str:
    clauses: dict[str, list[str]] = {"SET": [], "ADD": [], "REMOVE": []}
    for at, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))):
        alias, given_ = f"#u{at}", f":u{at}"
        names[alias] = name
        match draw(st.integers(0, 4)):
            case 0:
                clauses["REMOVE"].append(alias)
                continue
            case 1:
                clauses["ADD"].append(f"{alias} {given_}")
                # As the ledger counts. DynamoDB Local writes some other sums as DynamoDB does not.
                values[given_] = {"N": draw(st.sampled_from(["1", "-2", "5"]))}
                continue
            case 2:
                clauses["SET"].append(f"{alias} = if_not_exists({alias}, {given_})")
            case 3:
                clauses["SET"].append(f"{alias}.inner = {given_}")
            case _:
                clauses["SET"].append(f"{alias} = {given_}")
        values[given_] = draw(VALUES)
    for name, value in _listed(draw, number).items():
        clauses["SET"].append(f"{name} = :{name}")
        values[f":{name}"] = value
    if draw(st.booleans()) and not any("time_key" in one for one in clauses["SET"]):
        clauses["REMOVE"].append("time_key")
    return " ".join(f"{verb} {', '.join(done)}" for verb, done in clauses.items() if done)


def _listed(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """Where in an index it stands, if anywhere; of two no position is the same."""
    if draw(st.booleans()):
        return {}
    position = f"{draw(st.sampled_from(['a', 'b', 'c']))}{number}"
    return to_attributes({"time_key": draw(st.sampled_from(["one", "two"])), "listed_at": position})


@st.composite
def reads(draw: st.DrawFn) -> Request:
    match draw(st.integers(0, 3)):
        case 0:
            return "get_item", {"Key": key(draw(NUMBERS)), "ConsistentRead": True}
        case 1:
            return "query", {
                "KeyConditionExpression": "pk = :pk AND sk = :sk",
                "ExpressionAttributeValues": {":pk": key(draw(NUMBERS))["pk"], ":sk": to_attribute("STATUS")},
            }
        case 2:
            values = {":one": to_attribute(draw(st.sampled_from(["one", "two"])))}
            values |= {":low": to_attribute(draw(st.sampled_from(["a", "a2", "b"])))}
            condition = draw(st.sampled_from(["listed_at > :low", "listed_at <= :low", "BETWEEN"]))
            if condition == "BETWEEN":
                condition = "listed_at BETWEEN :low AND :high"
                values[":high"] = to_attribute(draw(st.sampled_from(["b", "b3", "c"])))
            return "query", {
                "IndexName": BY_TIME.name,
                "KeyConditionExpression": f"time_key = :one AND {condition}",
                "ExpressionAttributeValues": values,
                "ScanIndexForward": draw(st.booleans()),
                "Limit": draw(st.integers(1, 4)),
            }
        case _:
            numbers = draw(st.lists(NUMBERS, min_size=1, max_size=4, unique=True))
            return "batch_get_item", {"keys": [key(number) for number in numbers]}


def hold_together(here: Server, there: Server, request: Request) -> None:
    operation, asked = request
    if operation == "batch_get_item":
        # In no order that anybody promises.
        one, other = (in_order(_batch(server, asked["keys"])) for server in (here, there))
        assert one == other
        return
    found = answered(here, operation, asked)
    assert found == answered(there, operation, asked), request
    if "LastEvaluatedKey" in found:
        following = {**asked, "ExclusiveStartKey": found["LastEvaluatedKey"]}
        hold_together(here, there, (operation, following))


def in_order(items: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def _batch(server: Server, keys: Sequence[Any]) -> Sequence[Any]:
    asked = {"RequestItems": {server.table: {"Keys": keys, "ConsistentRead": True}}}
    found: Sequence[Any] = answered(server, "batch_get_item", asked)["Responses"][server.table]
    return found


@settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.one_of(writes(), writes(), reads()), min_size=5, max_size=40), st.booleans())
def test_whatever_is_asked_for_the_answers_are_the_same(
    both: tuple[Server, Server],
    requests: list[Request],
    is_at_once: bool,  # noqa: FBT001 - as hypothesis gives it
) -> None:
    here, there = both
    for server in both:
        for number in range(1, 5):
            server.client.delete_item(TableName=server.table, Key=key(number))
    with nullcontext() if is_at_once else over_the_wire():
        for request in requests:
            hold_together(here, there, request)
        assert in_order(here.items()) == in_order(there.items())


def test_an_answer_at_once_is_whole_and_ones_own(memory_client: Any) -> None:
    refused = {
        "Item": {**key(1), "a": {"S": "new"}},
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }

    def put(server: Server) -> Any:
        with pytest.raises(server.client.exceptions.ConditionalCheckFailedException) as caught:
            server.client.put_item(TableName=server.table, **refused)
        return caught.value.response

    with worlds.memory_tables(), worlds.new_table(memory_client) as server:
        item = {**key(1), "a": {"S": "old"}, "m": {"M": {"b": {"B": b"\x00"}}}}
        server.client.put_item(TableName=server.table, Item=item)
        at_once = put(server)
        with over_the_wire():
            over_wire = put(server)
        assert (
            at_once["ResponseMetadata"]["HTTPStatusCode"] == over_wire["ResponseMetadata"]["HTTPStatusCode"]
        )
        assert {**at_once, "ResponseMetadata": 0} == {**over_wire, "ResponseMetadata": 0}
        # Whatever is done to an answer, the table keeps what it has.
        at_once["Item"]["m"]["M"].clear()
        assert server.items() == [item]


# --- what nobody may ask for -------------------------------------------------------------------------------

SET_A = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "1"}}}
WRONG: dict[str, Request] = {
    "a reserved word": ("update_item", {**SET_A, "UpdateExpression": "SET user = :a"}),
    "an alias of a name that nobody uses": (
        "update_item",
        {**SET_A, "ExpressionAttributeNames": {"#b": "b"}},
    ),
    "an alias of a value that nobody uses": (
        "update_item",
        {**SET_A, "ExpressionAttributeValues": {":a": {"S": "1"}, ":b": {"S": "1"}}},
    ),
    "an alias of a name that nobody defines": ("update_item", {**SET_A, "UpdateExpression": "SET #a = :a"}),
    "an alias of a value that nobody defines": (
        "update_item",
        {**SET_A, "UpdateExpression": "SET a = :a, b = :b"},
    ),
    "no names at all": ("update_item", {**SET_A, "ExpressionAttributeNames": {}}),
    "no expression": ("update_item", {"UpdateExpression": " "}),
    "a word that is no clause": ("update_item", {**SET_A, "UpdateExpression": "PUT a = :a"}),
    "a sign that is none": ("update_item", {**SET_A, "UpdateExpression": "SET a = :a;"}),
    "an expression that breaks off": ("update_item", {**SET_A, "UpdateExpression": "SET a ="}),
    "a clause twice": (
        "update_item",
        {**SET_A, "UpdateExpression": "SET a = :a SET b = :a"},
    ),
    "one path twice": ("update_item", {**SET_A, "UpdateExpression": "SET a = :a REMOVE a"}),
    "a path within another": ("update_item", {**SET_A, "UpdateExpression": "SET a = :a REMOVE a.b"}),
    "a path through nothing": ("update_item", {**SET_A, "UpdateExpression": "SET a.b = :a"}),
    "a value of nothing": ("update_item", {"UpdateExpression": "SET a = b"}),
    "a part of the key": ("update_item", {**SET_A, "UpdateExpression": "SET sk = :a"}),
    "a text added": ("update_item", {**SET_A, "UpdateExpression": "ADD a :a"}),
    "more than a number has digits": (
        "update_item",
        {**SET_A, "ExpressionAttributeValues": {":a": {"N": "1" * 39}}},
    ),
    "a number that is none": ("update_item", {**SET_A, "ExpressionAttributeValues": {":a": {"N": "one"}}}),
    "an order of truths": (
        "update_item",
        {
            "UpdateExpression": "SET a = :b",
            "ConditionExpression": "pk < :b",
            "ExpressionAttributeValues": {":b": {"BOOL": True}},
        },
    ),
    "an empty key of an index": (
        "update_item",
        {"UpdateExpression": "SET time_key = :a", "ExpressionAttributeValues": {":a": {"S": ""}}},
    ),
    "a key of an index that is a number": (
        "update_item",
        {"UpdateExpression": "SET time_key = :a", "ExpressionAttributeValues": {":a": {"N": "1"}}},
    ),
    "a partition's key that is too long": ("get_item", {"Key": to_attributes({"pk": "x" * 2049, "sk": "S"})}),
    "a sort key that is too long": ("get_item", {"Key": to_attributes({"pk": "x", "sk": "S" * 1025})}),
    "a sort key of an index that is too long": (
        "update_item",
        {"UpdateExpression": "SET listed_at = :a", "ExpressionAttributeValues": {":a": {"S": "x" * 1025}}},
    ),
    "half a key": ("get_item", {"Key": to_attributes({"pk": "x"})}),
    "more than a key": ("get_item", {"Key": to_attributes({"pk": "x", "sk": "y", "z": "z"})}),
    "an empty key": ("get_item", {"Key": to_attributes({"pk": "", "sk": "STATUS"})}),
    "an item without its key": ("put_item", {"Item": to_attributes({"pk": "x"})}),
    "an item that is too large": ("put_item", {"Item": {**key(1), "a": {"S": "x" * 409_600}}}),
    "an index that reads consistently": (
        "query",
        {
            "IndexName": BY_TIME.name,
            "ConsistentRead": True,
            "KeyConditionExpression": "time_key = :a",
            "ExpressionAttributeValues": {":a": {"S": "x"}},
        },
    ),
    "an index that is not there": (
        "query",
        {
            "IndexName": "by_nothing",
            "KeyConditionExpression": "time_key = :a",
            "ExpressionAttributeValues": {":a": {"S": "x"}},
        },
    ),
    "a query without the partition": (
        "query",
        {"KeyConditionExpression": "sk = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}},
    ),
    "a query of several partitions": (
        "query",
        {"KeyConditionExpression": "pk > :a", "ExpressionAttributeValues": {":a": {"S": "x"}}},
    ),
    "a query for none": (
        "query",
        {"Limit": 0, "KeyConditionExpression": "pk = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}},
    ),
    "a start that is no key": (
        "query",
        {
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "x"}},
            "ExclusiveStartKey": to_attributes({"pk": "x"}),
        },
    ),
}


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_what_dynamodb_refuses_is_refused(both: tuple[Server, Server], request_: Request) -> None:
    operation, asked = request_
    whole = {"Key": key(1), **asked} if operation == "update_item" else asked
    here, there = (answered(server, operation, whole) for server in both)

    assert there == {"error": "ValidationException", "item": None}
    assert here == there


@pytest.mark.parametrize("count", [100, 101])
def test_a_batch_is_of_a_hundred_keys(both: tuple[Server, Server], count: int) -> None:
    here, there = (
        answered(
            server,
            "batch_get_item",
            {"RequestItems": {server.table: {"Keys": [key(number) for number in range(count)]}}},
        )
        for server in both
    )

    assert here.get("error") == there.get("error") == (None if count == 100 else "ValidationException")


def test_no_key_stands_twice_in_a_batch(both: tuple[Server, Server]) -> None:
    for server in both:
        asked = {"RequestItems": {server.table: {"Keys": [key(1), key(1)]}}}
        assert answered(server, "batch_get_item", asked)["error"] == "ValidationException"


def test_a_page_ends_at_a_megabyte(both: tuple[Server, Server]) -> None:
    for server in both:
        for number in range(6):
            item = {**to_attributes({"pk": "large", "sk": f"{number}"}), "a": {"S": "x" * 300_000}}
            server.client.put_item(TableName=server.table, Item=item)

    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "large"}}}
    hold_together(*both, ("query", asked))
