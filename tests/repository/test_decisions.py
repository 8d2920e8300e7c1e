"""The log of decisions can be searched: every entry stands in the index and has the same parts."""

import re
from pathlib import Path

LOG = (Path(__file__).parents[2] / "docs" / "decisions.md").read_text("utf-8")
INDEX, _, ENTRIES = LOG.partition("\n## ")
PARTS = ("\nTaken 20", "\n- **Decided.** ", "\n- **Why.** ", "\n- **Turned down.** ", "\n- **Governs:** [")


def test_the_index_has_every_subject_and_every_entry_in_their_order() -> None:
    headings = re.findall(r"^##+ (.+)$", LOG, re.MULTILINE)
    assert re.findall(r"^ *- \[(.+)\]\(#", INDEX, re.MULTILINE) == headings


def test_no_entry_lacks_a_part() -> None:
    entries = re.split(r"^### ", ENTRIES, flags=re.MULTILINE)[1:]
    lacking = {
        entry.partition("\n")[0]: part for entry in entries for part in PARTS if entry.count(part) != 1
    }
    assert lacking == {}


def test_no_title_stands_twice() -> None:
    titles = re.findall(r"^### (.+)$", LOG, re.MULTILINE)
    assert sorted(titles) == sorted(set(titles))


def test_what_a_decision_governs_is_called_by_its_path() -> None:
    governed = re.findall(r"^- \*\*Governs:\*\* (.+)$", LOG, re.MULTILINE)
    links = [link for line in governed for link in re.findall(r"\[([^]]+)\]\(([^)]+)\)", line)]
    named_otherwise = [
        (name, place)
        for name, place in links
        if name.removeprefix("docs/") != place.removeprefix("../").removeprefix("shared/faxledger/")
    ]
    assert named_otherwise == []
