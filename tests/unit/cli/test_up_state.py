"""A start goes on as the one before it, unless it is told otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import parser
from cli.up import UpOptions, parameters_of
from cli.up_state import (
    Counterparts,
    counterparts_as_before,
    environment_as_before,
    keep_told,
    opened,
)
from local.runtime.errors import CannotRun
from local.state.facts import StateFacts

OURS = Counterparts(is_simulated=True, urls={})
RECEIVER = {"receiver": "http://127.0.0.1:9/"}
THEIRS = Counterparts(is_simulated=False, urls={"softlinx_url": "https://fax.example", **RECEIVER})


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[StateFacts]:
    with opened(tmp_path) as journal:
        yield StateFacts(journal)


def test_the_servers_of_before_are_asked_where_no_others_are_named(facts: StateFacts) -> None:
    assert counterparts_as_before(facts, THEIRS, says_which=True) == THEIRS
    keep_told(facts, THEIRS, {})
    assert counterparts_as_before(facts, OURS, says_which=False) == THEIRS
    moved = Counterparts(is_simulated=False, urls={"softlinx_url": "https://new.example"})
    assert counterparts_as_before(facts, moved, says_which=True).urls == {**moved.urls, **RECEIVER}


@pytest.mark.parametrize(
    ("before", "given", "problem"),
    [
        (OURS, THEIRS, "is of simulated providers; for other servers name another folder"),
        (THEIRS, OURS, "is of other servers; for simulated providers name another folder"),
    ],
)
def test_simulated_faxes_and_others_never_meet_in_a_folder(
    facts: StateFacts, before: Counterparts, given: Counterparts, problem: str
) -> None:
    keep_told(facts, before, {})
    with pytest.raises(CannotRun, match=problem):
        counterparts_as_before(facts, given, says_which=True)


def test_variables_of_before_hold_until_they_are_given_anew(facts: StateFacts) -> None:
    first = {"SoftlinxRealm": "Acme", "SOFTLINX_PASSWORD": "secret", "HOME": "/home/somebody"}
    assert environment_as_before(facts, first) == first
    keep_told(facts, OURS, first, TellFrom="2026-11-23T00:00:00Z")
    assert environment_as_before(facts, {"SoftlinxRealm": "", "RetentionDays": "500"}) == {
        "SoftlinxRealm": "",
        "SOFTLINX_PASSWORD": "secret",
        "RetentionDays": "500",
        "TellFrom": "2026-11-23T00:00:00Z",
    }


def test_what_no_bundle_could_run_with_is_not_said_to_the_next(facts: StateFacts) -> None:
    environment_as_before(facts, {"RetentionDays": "-1"})
    assert environment_as_before(facts, {}) == {}


def test_a_folder_that_is_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with (
        opened(tmp_path),
        pytest.raises(CannotRun, match=r"^--state: .* is in use by another .*\.$"),
        opened(tmp_path),
    ):
        pass


def told(*arguments: str, **environment: str) -> dict[str, str]:
    options = UpOptions.from_arguments(parser("up_arguments").parse_args(["up", *arguments]), {})
    return parameters_of(options, environment)


ELSEWHERE = ("--softlinx-url", "https://fax.example")


def test_who_keeps_nothing_marks_nothing_at_a_softlinx_elsewhere() -> None:
    assert told(*ELSEWHERE)["MarkFaxes"] == "false"
    rest = told(
        "--no-simulate", SoftlinxUrl="http://127.0.0.1:1/", SoftlinxRestUrl="https://fax.example/rest"
    )
    assert rest["MarkFaxes"] == "false"
    # Who says so has thought of it.
    assert told(*ELSEWHERE, MarkFaxes="true")["MarkFaxes"] == "true"


@pytest.mark.parametrize(
    "arguments",
    [(), (*ELSEWHERE, "--state", "folder"), ("--softlinx-url", "http://127.0.0.1:8001")],
    ids=["simulated", "kept", "of this machine"],
)
def test_others_mark_as_the_template_has_it(arguments: tuple[str, ...]) -> None:
    assert "MarkFaxes" not in told(*arguments)


def test_where_there_is_no_realm_nothing_is_there_to_be_marked() -> None:
    assert "MarkFaxes" not in told(*ELSEWHERE, SoftlinxRealm="")
