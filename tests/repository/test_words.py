"""One word for each idea: the glossary is short and true, and the words that went do not come back."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_WORDS = 25
SPEAKING = ("shared", "functions", "cli", "local", "docs", "bench", "tools", "console/src")
FILES = ("template.yaml", "monitoring.yaml", "README.md", "CONTRIBUTING.md", "SECURITY.md")
TEXTS = {".py", ".md", ".yaml", ".json", ".ts", ".tsx", ".css"}

# The glossary has what stands for each now.
RETIRED = ("telling", "errand", "teller", "reception", "verdict", "sparing", "unheard")
# One of these as a word, or as a part of a name: `telling_of`, `TellingFailed`, `count_tellings`.
_ANY = "|".join(RETIRED)
_CAMEL = "|".join(word.capitalize() for word in RETIRED)
GONE = re.compile(rf"(?<![A-Za-z])(?:(?i:{_ANY}))s?(?![A-Za-z])|(?:{_CAMEL})s?(?![a-z])|\btold_at\b")
# SES's own name for what it says of a received email.
NOT_OURS = re.compile(r"\b[a-z]+Verdict\b|\{\w+\}Verdict\b")
RETIRED_MODULES = {"asking", "following", "handovers", "lanes", "losses", "parts", "waiting"}


def texts() -> Iterator[tuple[str, str]]:
    """Every file in which the bundle speaks, by its path from the root."""
    for path in [*(ROOT / name for name in FILES), *(p for s in SPEAKING for p in (ROOT / s).rglob("*"))]:
        if path.suffix in TEXTS and "__pycache__" not in path.parts:
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def glossary() -> list[list[str]]:
    """The rows of the glossary: word, meaning, where."""
    words = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("\n## Words\n")[2]
    rows = re.findall(r"^\| (.+) \|$", words.partition("\n## ")[0], re.MULTILINE)
    return [row.split(" | ") for row in rows[2:]]


def test_the_glossary_has_25_words_at_most_in_their_order() -> None:
    words = [row[0] for row in glossary()]
    assert 0 < len(words) <= MOST_WORDS
    assert words == sorted(set(words))


def test_each_word_of_the_glossary_is_found_where_it_is_said_to_be() -> None:
    everything = "\n".join(f"{path}\n{text}" for path, text in texts() if path != "docs/architecture.md")
    places = [place for _, _, where in glossary() for place in re.findall(r"`([^`]+)`", where)]
    assert [place for place in places if place not in everything] == []


def test_no_retired_word_is_left() -> None:
    left = {
        f"{path}:{number}": line.strip()
        for path, text in texts()
        if GONE.search(NOT_OURS.sub("", text))
        for number, line in enumerate(text.splitlines(), 1)
        if GONE.search(NOT_OURS.sub("", line))
    }
    assert left == {}


def test_no_module_has_a_name_that_was_retired() -> None:
    modules = [path for path, _ in texts() if Path(path).stem in RETIRED_MODULES]
    assert modules == []
