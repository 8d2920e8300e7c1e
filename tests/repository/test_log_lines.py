"""Every log line says by the same words what it is about, and none says more than it may."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("shared/faxledger", "functions")

# What a line is about: the words of events and of the API.
IDS = frozenset({"fax_id", "submission_id", "order_id"})
# What else a line may say. None of it is anybody's name, number, subject or document, nor a secret.
WORDS = frozenset(
    {
        # who or what it happened to
        "provider", "source", "origin", "route", "address", "caller", "feed", "offer", "step", "batch",
        "email_id", "message_id", "event_id", "target_id", "targets", "channel", "unreadable_id", "record",
        # what happened
        "type", "status", "was", "outcome", "joined_by", "code", "attempt", "bytes", "left",
        # why
        "error", "reason",
    }
)  # fmt: skip
# Lines that are about no one fax, or come before anybody knows which.
ABOUT_NO_FAX = {
    "another run closes days": "a run",
    "another run is under way": "a run of the poll",
    "announced again": "a batch; each of its faxes has lines of its own",
    "deliveries redriven": "how many, by target; each has lines of its own",
    "callback refused": "nothing of it was read",
    "day closed": "the record of a day, which names no fax",
    "email refused": "nothing of it was read",
    "failed batch unreadable": "a batch of which nothing can be read",
    "login not tried": "a login",
    "message unreadable": "an event of SES, of which nothing can be read",
    "not noted on its day": "what has happened to faxes of a day that is closed",
    "not noted as heard": "when a provider was last heard, whichever fax it spoke of",
    "not swept": "a step of the sweep",
    "request not answered": "what a request names is its caller's text, which no line repeats",
    "route changed": "whose faxes a route is for is kept out of the logs",
    "routes not looked up": "a batch; its events are for somebody, then",
    "set aside": "nobody could read which fax it is about",
    "stopped asking in time": "a run of the poll",
    "stopped closing in time": "a run; what is left comes again",
    "stopped marking in time": "a run of the poll",
    "stopped reading in time": "a run of the poll",
    "stopped retrieving in time": "a run; what is left comes again",
    "stopped sweeping in time": "a run; what is left comes again",
    "unreadable read": "nobody could read which fax it is about",
    "test callback kept": "a test of ours, which is about no fax",
    "the bus refused a day": "the record of a day, which names no fax",
    "the bus took nothing": "a batch; each of its events has a line of its own",
    "the rows of the last reading are forgotten": "a reading of a feed",
}


@dataclass(frozen=True, slots=True)
class Line:
    """`message` is None where it is an argument of the function that logs: that is a run's, not a fax's."""

    place: str
    message: str | None
    keys: frozenset[str]


def test_every_line_says_what_it_is_about_by_the_same_words() -> None:
    found = lines()
    assert len(found) > 50, "the lines are not where they were"
    assert {line.place: line.keys - IDS - WORDS for line in found if line.keys - IDS - WORDS} == {}


def test_every_line_about_a_fax_carries_its_public_id() -> None:
    assert [
        f"{line.place}: {line.message}"
        for line in lines()
        if line.message is not None and not line.keys & IDS and line.message not in ABOUT_NO_FAX
    ] == []


def test_what_is_said_to_be_about_no_fax_is_still_said() -> None:
    assert set(ABOUT_NO_FAX) - {line.message for line in lines()} == set()


def test_a_line_that_says_a_fax_by_another_word_is_found() -> None:
    source = 'def f(self):\n    self.log.info("marked", extra={"fax": 1, **_about(2)})\n'
    about = 'def _about(x):\n    return {"job_id": x}\n'
    line = Line("a.py:2", "marked", frozenset({"fax", "job_id"}))
    assert list(lines_of("a.py", source + about)) == [line]


def lines() -> Sequence[Line]:
    return [
        line
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in lines_of(str(path.relative_to(ROOT)), path.read_text("utf-8"))
    ]


def lines_of(place: str, source: str) -> Iterator[Line]:
    """Whatever is called with `extra`, and whatever a log is told without it."""
    module = ast.parse(source)
    functions = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        extra = next((word.value for word in call.keywords if word.arg == "extra"), None)
        if isinstance(extra, ast.Constant) or (extra is None and not _is_log(call.func)):
            continue
        where = f"{place}:{call.lineno}"
        assert extra is not None, f"{where} says something without saying what it is about"
        (said,) = call.args
        message = said.value if isinstance(said, ast.Constant) else None
        yield Line(where, None if message is None else str(message), _keys_of(extra, functions, where))


def _is_log(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in {"info", "warning", "error", "exception"}:
        return False
    owner = called.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name.strip("_").endswith("log")


def _keys_of(extra: ast.expr, functions: dict[str, ast.FunctionDef], where: str) -> frozenset[str]:
    """The keys of a dictionary that is written out, with those of functions of the module beside it."""
    if isinstance(extra, ast.Call) and isinstance(extra.func, ast.Name) and extra.func.id in functions:
        returned = functions[extra.func.id].body[-1]
        assert isinstance(returned, ast.Return), f"{extra.func.id} has to return a dictionary written out"
        assert returned.value is not None
        return _keys_of(returned.value, functions, where)
    assert isinstance(extra, ast.Dict), f"{where} has to write its keys out"
    keys: frozenset[str] = frozenset()
    for key, value in zip(extra.keys, extra.values, strict=True):
        if key is None:
            keys |= _keys_of(value, functions, where)
        else:
            assert isinstance(key, ast.Constant), f"{where} has to write its keys out"
            keys |= {str(key.value)}
    return keys
