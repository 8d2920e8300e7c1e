"""`make docs`: the documents as a site of pages that needs no other server, strict about every link.

The pages lie as in the repository, so that a link is the same here and there. Sphinx renders them as
CommonMark, which is what the repository's host does, and fails at a link or a heading that is not there.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Final

import yaml

from tools import api_page

ROOT: Final = Path(__file__).parents[1]
_TOOLS: Final = ROOT / ".tools" / "site"
_API: Final = "docs/api.md"

# The pages behind the first one, README.md, by their captions in the site's list.
CONTENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Begin": ("docs/getting_started.md", "docs/sending.md", "docs/notifications.md", "docs/cost.md"),
    "Operate": (
        "docs/operations.md",
        "docs/parameters.md",
        "docs/upgrading.md",
        "docs/security.md",
        "docs/console/README.md",
        "docs/events/README.md",
        _API,
    ),
    "Understand": ("docs/architecture.md", "docs/adding_a_provider.md", "docs/decisions.md"),
    "Take part": ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
}
PAGES: Final = ("README.md", *(page for pages in CONTENTS.values() for page in pages))
# Which page is read instead of a file.
_INSTEAD: Final = {"docs/openapi.yaml": _API}
# What pages show or hand out, by their endings.
_BESIDE: Final = {".svg", ".png", ".json", ".yaml"}

_FENCED: Final = re.compile(r"(^ *```.*?^ *```$)", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^][]|\[[^]]*\])*)\]\((?P<to>[^)\s]+)\)")
_OUTSIDE: Final = re.compile(r"[a-z]+:", re.IGNORECASE)

_SETTINGS: Final = {
    "project": "Faxledger",
    "html_title": "Faxledger",
    "root_doc": "README",
    "extensions": "myst_parser",
    "html_theme": "furo",
    "html_show_sphinx": "0",
    "html_copy_source": "0",
    "myst_heading_anchors": "6",
    # A block that names no language has commands with gaps in them, and quotes are as they were typed.
    "highlight_language": "text",
    "smartquotes": "0",
    # What looks like JSON with three dots in it is meant to be read, not parsed.
    "suppress_warnings": "misc.highlighting_failure",
}


def main() -> None:
    """Lays the pages out and has Sphinx make HTML of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default="", help="where the repository's files can be read: an address")
    source: str = parser.parse_args().source
    pages, site = _TOOLS / "pages", _TOOLS / "html"
    lay_out(pages, source=source)
    shutil.rmtree(site, ignore_errors=True)
    settings = [f"--define={name}={value}" for name, value in _SETTINGS.items()]
    strict = ("--quiet", "--fail-on-warning", "--isolated", "--fresh-env")
    sphinx = (str(_TOOLS / "bin" / "python"), "-m", "sphinx", "--builder=html", *strict, *settings)
    done = subprocess.run(
        [*sphinx, f"--doctree-dir={_TOOLS / 'doctrees'}", str(pages), str(site)], check=False
    )
    if done.returncode:
        sys.exit(done.returncode)  # Sphinx has said what is wrong, and where
    # The first page of a site is asked for by no name, or by this one.
    shutil.copy(site / "README.html", site / "index.html")
    print(f"{site.relative_to(ROOT)}/index.html")


def lay_out(target: Path, *, source: str) -> None:
    """Puts the pages, and what lies beside them, under a folder that is made anew."""
    shutil.rmtree(target, ignore_errors=True)
    beside = [path for path in (ROOT / "docs").rglob("*") if path.suffix in _BESIDE]
    for path in beside:
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    laid = {*PAGES, *(str(path.relative_to(ROOT)) for path in beside)}
    for page in PAGES:
        text = with_links(_text_of(page), page=page, laid=laid, source=source)
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        (target / page).write_text(text + (_contents() if page == "README.md" else ""), "utf-8")


def _text_of(page: str) -> str:
    if page == _API:
        document: Mapping[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text("utf-8"))
        return api_page.page(document)
    return (ROOT / page).read_text("utf-8")


def with_links(text: str, *, page: str, laid: set[str], source: str) -> str:
    """The text with each link to a file of the repository, which is no page, led to where that can be read.

    Where nobody said where that is, the link's text is left alone.
    """
    relink = partial(_relinked, page=page, laid=laid, source=source)
    parts = _FENCED.split(text)
    return "".join(part if at % 2 else _LINK.sub(relink, part) for at, part in enumerate(parts))


def _relinked(link: re.Match[str], *, page: str, laid: set[str], source: str) -> str:
    to, _, anchor = link["to"].partition("#")
    if not to or _OUTSIDE.match(to):
        return link[0]
    place = normpath(PurePosixPath(page).parent / to)
    if place in _INSTEAD and page != _INSTEAD[place]:
        return f"[{link['text']}](/{_INSTEAD[place]})"
    if place in laid or not (ROOT / place).exists():
        return link[0]  # what is nowhere is Sphinx's to refuse
    return f"[{link['text']}]({source}/{place}{anchor and f'#{anchor}'})" if source else link["text"]


def _contents() -> str:
    return "".join(_toctree(caption, pages) for caption, pages in CONTENTS.items())


def _toctree(caption: str, pages: tuple[str, ...]) -> str:
    names = "\n".join(page.removesuffix(".md") for page in pages)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{names}\n```\n"


if __name__ == "__main__":
    main()
