"""A record matches a pattern here when it does for moto, whatever it holds and lacks."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from moto.events.models import EventPattern

from local.runtime.patterns import matcher_of
from local.runtime.template import read_template
from tests.support.template import ROOT


def filters() -> Iterator[Mapping[str, Any]]:
    """Of every stream in the template."""
    for resource in read_template(ROOT / "template.yaml").resources.values():
        for event in resource.properties.get("Events", {}).values():
            for one in event["Properties"].get("FilterCriteria", {}).get("Filters", ()):
                yield json.loads(one["Pattern"])


PATTERNS = [
    *filters(),
    {},
    {"it": ["this"]},
    {"it": [{"prefix": "th"}]},
    {"it": [{"anything-but": ["this"]}]},
    {"it": [{"exists": False}]},
    {"it": {"below": [{"exists": True}]}},
    {"it": {"below": [True, "this"]}},
    {"$or": [{"it": [1]}, {"other": {"below": [{"exists": True}]}}]},
]
TEXTS: tuple[Any, ...] = (
    "this",
    "that",
    True,
    1,
    1.5,
    None,
    ["this"],
    [],
    {},
    {"below": "this"},
    {"below": {"further": 1}},
)
IMAGES: tuple[Mapping[str, Any], ...] = (
    {},
    {"final_status": {"S": "sent"}},
    {"final_status": {"S": "sent"}, "submission": {"S": "one"}, "joined_by": {"S": "guess"}},
    {"conflict": {"M": {"status": {"S": "sent"}}}, "costs_differ": {"BOOL": True}},
    {"sighting_callback": {"M": {"at": {"S": "now"}, "given": {"M": {"ProjectCode2": {"S": "code"}}}}}},
    {"sighting_poll": {"M": {"given": {"M": {"ProjectCode2": {"S": "code"}}}}}},
    {"state": {"S": "refused"}, "amended_at": {"S": "now"}},
    {"state": {"S": "accepted"}, "costs_differ": {"BOOL": False}},
)
KEYS = ("FAX#softlinx#outbound#acme#33", "FAX#greenfax#outbound#12345#1", "SUBMISSION#one", "CLAIM#one")


def records() -> Iterator[Mapping[str, Any]]:
    yield from ({"it": one} for one in TEXTS)
    yield from ({"other": one} for one in TEXTS)
    yield {}
    for name, key, old, new in product(("INSERT", "MODIFY", "REMOVE"), KEYS, IMAGES, IMAGES):
        yield {
            "eventName": name,
            "dynamodb": {"Keys": {"pk": {"S": key}}, "OldImage": old, "NewImage": new},
        }


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_a_pattern_means_what_moto_says(pattern: Mapping[str, Any]) -> None:
    matches, by_moto = matcher_of(pattern), EventPattern(None, dict(pattern))
    found = [matches(record) for record in records()]
    assert found == [by_moto.matches_event(record) for record in records()]  # type: ignore[arg-type]
    assert any(found)
