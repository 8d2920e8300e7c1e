"""What an update from the released templates would replace, break or refuse in a stack that lives.

Both sides are descriptions as tests/support/releases.py makes them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.support.releases import STATELESS, WHAT_IT_HOLDS
from tests.support.transformed import Section


class Breach(NamedTuple):
    """`place` as in `template.yaml Table.KeySchema`."""

    place: str
    why: str


def breaches(released: Section, current: Section) -> list[Breach]:
    """In the order of the released description."""
    return list(_breaches(released, current))


def _breaches(released: Section, current: Section) -> Iterator[Breach]:
    for file, sections in released.items():
        for section, compare in _SECTIONS.items():
            for place, why in compare(sections.get(section, {}), current[file].get(section, {})):
                yield Breach(f"{file} {place}", why)


Found = Iterator[tuple[str, str]]  # where, and why not


# --- Resources ----------------------------------------------------------------------------------------------


def _resources(released: Section, current: Section) -> Found:
    for name, before in released.items():
        kind = before["Type"]
        now = current.get(name)
        if now is None:
            if kind not in STATELESS:
                yield name, f"{kind} would be removed, or made anew under another name and empty"
        elif now["Type"] != kind:
            yield name, f"CloudFormation makes no {now['Type']} of a {kind}"
        elif kind not in STATELESS:
            for place, why in _resource(kind, before, now):
                yield f"{name}.{place}", why


def _may_be_gone(before: Section, now: Section) -> bool:
    """Whether the present condition may fail to hold where the one of before did, or where there was none."""
    condition, was = now.get("Condition"), before.get("Condition")
    is_wider = isinstance(condition, dict) and was is not None and was in condition.get("Fn::Or", [])
    return condition not in (None, was) and not is_wider


def _resource(kind: str, before: Section, now: Section) -> Found:
    if _may_be_gone(before, now):
        yield "Condition", "it would be removed wherever the other condition does not hold"
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if before.get(policy, "Delete") != "Delete" and now.get(policy, "Delete") != before[policy]:
            yield policy, f"it is {before[policy]}, so that what it holds outlives the stack"
    were, are = before["Properties"], now["Properties"]
    for name in sorted(were.keys() | are.keys()):
        if were.get(name) != are.get(name):
            if (kind, name) in _PARTLY:
                yield from _PARTLY[kind, name](were.get(name, []), are.get(name, []))
            else:
                yield (
                    name,
                    WHAT_IT_HOLDS.get(kind, {}).get(
                        name, f"a change makes a new {kind}, without what it holds"
                    ),
                )
    yield from _routes(before.get("Routes", {}), now.get("Routes", {}))


def _indexes(released: list[Section], current: list[Section]) -> Found:
    were, are = (_by_name(indexes, "IndexName") for indexes in (released, current))
    for name in were.keys() & are.keys():
        if were[name] != are[name]:
            yield (
                f"GlobalSecondaryIndexes.{name}",
                "neither the keys nor the projection of an index can be changed",
            )
    if len(made_or_dropped := sorted(were.keys() ^ are.keys())) > 1:
        yield (
            "GlobalSecondaryIndexes",
            f"one update makes or drops one index, not {', '.join(made_or_dropped)}",
        )


def _attributes(released: list[Section], current: list[Section]) -> Found:
    were, are = (_by_name(attributes, "AttributeName") for attributes in (released, current))
    for name in were.keys() & are.keys():
        if were[name] != are[name]:
            yield f"AttributeDefinitions.{name}", "the type of a key can't be changed"


def _by_name(entries: list[Section], name: str) -> Mapping[str, Section]:
    return {entry[name]: entry for entry in entries}


# Properties of which a part may change.
_PARTLY: Mapping[tuple[str, str], Callable[[list[Section], list[Section]], Found]] = {
    ("AWS::DynamoDB::Table", "AttributeDefinitions"): _attributes,
    ("AWS::DynamoDB::Table", "GlobalSecondaryIndexes"): _indexes,
}


def _routes(released: Section, current: Section) -> Found:
    for route, before in released.items():
        now = current.get(route)
        if now is None:
            yield f"Routes.{route}", "whoever calls it is answered 404"
        elif now["Asks"] != before["Asks"]:
            yield (
                f"Routes.{route}",
                f"it asked a caller for {before['Asks']}, and would ask for {now['Asks']}",
            )
        elif _may_be_gone(before, now):
            yield f"Routes.{route}", "it would be gone wherever the other condition does not hold"


# --- Parameters, rules, outputs -----------------------------------------------------------------------------


def _parameters(released: Section, current: Section) -> Found:
    for name, before in released.items():
        if name not in current:
            yield name, "a deployment that gives the parameter is refused, and what it said is forgotten"
        else:
            for constraint, why in _narrower(before, current[name]):
                yield f"{name}.{constraint}", why
    for name in sorted(current.keys() - released.keys()):
        if "Default" not in current[name]:
            yield name, "a new parameter needs a default, else no stack can be updated without it"


def _narrower(before: Section, now: Section) -> Found:
    if now["Type"] != before["Type"]:
        yield "Type", f"values of a {before['Type']} may be none of a {now['Type']}"
    if "Default" in before and "Default" not in now:
        yield "Default", "a stack could not be made any more without it"
    # Whether one pattern allows all that another does can't be told, so that every change is looked at.
    if now.get("AllowedPattern") not in (None, before.get("AllowedPattern")):
        yield "AllowedPattern", "the value of a stack may not have the other form"
    if "AllowedValues" in now:
        gone = [value for value in before.get("AllowedValues", ["any"]) if value not in now["AllowedValues"]]
        if gone:
            yield "AllowedValues", f"a stack may have {', '.join(map(str, gone))}"
    for bound, is_narrower in _BOUNDS.items():
        if bound in now and (bound not in before or is_narrower(now[bound], before[bound])):
            yield bound, f"a stack may have what {now[bound]} leaves out"


_BOUNDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "MinValue": lambda now, before: now > before,
    "MinLength": lambda now, before: now > before,
    "MaxValue": lambda now, before: now < before,
    "MaxLength": lambda now, before: now < before,
}


def _rules(released: Section, current: Section) -> Found:
    for name, now in current.items():
        if now != released.get(name):
            yield name, "a new or changed rule may refuse the parameters of a stack"


def _outputs(released: Section, current: Section) -> Found:
    for name, before in released.items():
        now = current.get(name)
        if now is None:
            yield name, "scripts and other stacks read the output"
        elif _may_be_gone(before, now):
            yield f"{name}.Condition", "it would be gone wherever the other condition does not hold"
        elif "Export" in before and now.get("Export") != before["Export"]:
            yield f"{name}.Export", "a stack that imports it holds up the update"


_SECTIONS: Mapping[str, Callable[[Section, Section], Found]] = {
    "Parameters": _parameters,
    "Rules": _rules,
    "Resources": _resources,
    "Outputs": _outputs,
}
