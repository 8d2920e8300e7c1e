"""Which conditions of the templates can hold together, over every choice of parameters, one bit for each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from math import prod
from typing import Any, NamedTuple

from tests.support.transformed import Documents, Section

Condition = tuple[str, str]  # the template's file, and the condition's name
Outcome = tuple[Condition, bool]


class _Scope(NamedTuple):
    """A template, and what its parameters are given."""

    document: Section
    given: Mapping[str, Any]
    outside: "_Scope | None"


class Choices:
    """Bit n of a set stands for the nth choice of one level for each parameter.

    `levels` are the values that a parameter may take, of those that conditions and rules depend on.
    """

    def __init__(self, templates: Documents, levels: Mapping[str, Sequence[str]]) -> None:
        self._levels = levels
        self._count = prod(map(len, levels.values()))
        self._all = (1 << self._count) - 1
        self._taken: dict[str, dict[str, int]] = {}
        block = 1
        for name, values in levels.items():
            period = block * len(values)
            ones = _repeated((1 << block) - 1, period, self._count)
            self._taken[name] = {value: ones << (block * n) for n, value in enumerate(values)}
            block = period
        bundle = _Scope(templates.bundle, {}, None)
        monitoring = _Scope(templates.monitoring, _nested(templates)["Parameters"], bundle)
        self._allowed = self._keeping_to_the_rules(bundle)
        self.holding: dict[Condition, int] = {
            (file, name): self._holds(scope, {"Condition": name}) & self._allowed
            for file, scope in (("template.yaml", bundle), ("monitoring.yaml", monitoring))
            for name in scope.document["Conditions"]
        }

    def choice(self, among: int) -> Mapping[str, str]:
        """The parameters of the first choice of a set."""
        bit = among & -among
        return {
            name: next(value for value, taken in self._taken[name].items() if taken & bit)
            for name in self._levels
        }

    def of_every_pair(self) -> Iterator[Mapping[str, str]]:
        """Few choices, in which any two conditions are seen in each way in which they can be together."""
        left = {pair: choices for pair in self._pairs() if (choices := self._choices_of(*pair))}
        while left:
            # One pair after the other is asked for, where a choice is left that has those before it as well.
            among = self._allowed
            for choices in left.values():
                among = among & choices or among
            bit = among & -among
            left = {pair: choices for pair, choices in left.items() if not choices & bit}
            yield self.choice(bit)

    def together(self, one: Condition, other: Condition) -> set[tuple[bool, bool]]:
        """The ways in which two conditions can be, over all choices of parameters."""
        return {
            (is_one, is_other)
            for is_one, is_other in product((True, False), repeat=2)
            if self._choices_of((one, is_one), (other, is_other))
        }

    def _pairs(self) -> Iterator[tuple[Outcome, Outcome]]:
        for one, other in combinations(self.holding, 2):
            for is_one, is_other in product((True, False), repeat=2):
                yield (one, is_one), (other, is_other)

    def _choices_of(self, *outcomes: Outcome) -> int:
        found = self._allowed
        for condition, holds in outcomes:
            found &= self.holding[condition] if holds else ~self.holding[condition]
        return found

    def _keeping_to_the_rules(self, scope: _Scope) -> int:
        kept = self._all
        for rule in scope.document.get("Rules", {}).values():
            asked = self._holds(scope, rule["RuleCondition"]) if "RuleCondition" in rule else self._all
            for assertion in rule["Assertions"]:
                kept &= ~asked | self._holds(scope, assertion["Assert"])
        return kept

    def _holds(self, scope: _Scope, condition: Mapping[str, Any]) -> int:
        ((function, argument),) = condition.items()
        match function:
            case "Condition":
                return self._holds(scope, scope.document["Conditions"][argument])
            case "Fn::Not":
                return self._all & ~self._holds(scope, argument[0])
            case "Fn::And" | "Fn::Or":
                found = self._holds(scope, argument[0])
                for one in argument[1:]:
                    holds = self._holds(scope, one)
                    found = found & holds if function == "Fn::And" else found | holds
                return found
            case "Fn::Equals":
                left, right = (self._values(scope, side) for side in argument)
                return sum(choices & right.get(value, 0) for value, choices in left.items())
        raise AssertionError(f"a condition uses {function}, which its tests don't know")

    def _values(self, scope: _Scope, value: Any) -> dict[str, int]:
        """What it can be, each with the choices in which it is that."""
        match value:
            case {"Ref": name} if name in scope.given:
                assert scope.outside is not None
                return self._values(scope.outside, scope.given[name])
            case {"Ref": name} if name in self._taken:
                return self._taken[name]
            case {"Fn::If": [name, chosen, otherwise]}:
                holds = self._holds(scope, {"Condition": name})
                found: dict[str, int] = {}
                for side, where in ((chosen, holds), (otherwise, self._all & ~holds)):
                    for one, choices in self._values(scope, side).items():
                        found[one] = found.get(one, 0) | choices & where
                return found
            case dict():
                return {json.dumps(value): self._all}
        return {str(value): self._all}


def _repeated(bits: int, period: int, length: int) -> int:
    """The bits once each period, up to the length, by doubling: to divide takes a square of the time."""
    while period < length:
        bits |= bits << period
        period *= 2
    return bits & ((1 << length) - 1)


def compared(templates: Documents) -> Mapping[str, set[str]]:
    """What each parameter of the bundle is compared with, by rules and by conditions of both templates."""
    parameters = templates.bundle["Parameters"]
    given = _nested(templates)["Parameters"]
    found: dict[str, set[str]] = {}
    for sides in [
        *_comparisons([templates.bundle["Conditions"], templates.bundle["Rules"]]),
        *(
            [_in_bundle(side, given) for side in sides]
            for sides in _comparisons(templates.monitoring["Conditions"])
        ),
    ]:
        names = {side["Ref"] for side in sides if isinstance(side, dict) and side.get("Ref") in parameters}
        for name in names:
            found.setdefault(name, set()).update(str(side) for side in sides if not isinstance(side, dict))
    return found


def _in_bundle(value: Any, given: Mapping[str, Any]) -> Any:
    """What the nested stack is given for a parameter of its own."""
    return given.get(value["Ref"], value) if isinstance(value, dict) and "Ref" in value else value


def _nested(templates: Documents) -> Section:
    return templates.first("AWS::CloudFormation::Stack")


def _comparisons(value: Any) -> Iterator[list[Any]]:
    """The two sides of every Fn::Equals."""
    if isinstance(value, dict) and "Fn::Equals" in value:
        yield value["Fn::Equals"]
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _comparisons(one)
