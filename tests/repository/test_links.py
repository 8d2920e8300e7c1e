"""What the documents link to is there: files, and headings within them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "tests" / "README.md"])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
OUTSIDE = re.compile(r"[a-z]+:", re.IGNORECASE)


def anchors(document: Path) -> Iterator[str]:
    """Each heading as GitHub makes an anchor of it."""
    for heading in re.findall(r"^#+ (.+)$", FENCED.sub("", document.read_text("utf-8")), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def is_there(link: str, *, seen_from: Path) -> bool:
    place, _, anchor = link.partition("#")
    target = seen_from.parent / place if place else seen_from
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(FENCED.sub("", document.read_text("utf-8")))
    inside = [link for link in links if not OUTSIDE.match(link)]
    assert [link for link in inside if not is_there(link, seen_from=document)] == []
