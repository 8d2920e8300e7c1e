"""A query followed from page to page, until it ends or turns out not to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.api import Page


@dataclass(frozen=True, slots=True)
class Paged:
    page: Page
    reference: str | None


def pages(what: str, limit: int, ask: Callable[[str | None], Paged]) -> Iterator[Page]:
    """Each page as it comes; `ask` is given the reference of the results before, None at first.

    Raises `ProviderAnswerUnreadable` when a page comes again, and after `limit` pages.
    """
    known_pages: set[int] = set()
    reference: str | None = None
    for _ in range(limit):
        paged = ask(reference)
        page, reference = paged.page, paged.reference
        # Whether each page has a reference of its own is open: the sign is a page that brings nothing.
        content = hash(tuple(row.get("FaxId") for row in page.rows) or reference)
        if page.has_more and content in known_pages:
            raise ProviderAnswerUnreadable(f"{what}: the same page again")
        known_pages.add(content)
        yield page
        if not page.has_more:
            return
        if not reference:
            raise ProviderAnswerUnreadable(f"{what}: more results, but no ResultsReference")
    raise ProviderAnswerUnreadable(f"{what}: no end after {limit} pages")


def one_of(what: str, fax_id: str, rows: tuple[Mapping[str, str], ...]) -> Mapping[str, str] | None:
    """The row of one fax, None for no row; raises `ProviderAnswerUnreadable` for any other answer."""
    if any(_number(row.get("FaxId", "")) != _number(fax_id) for row in rows):
        raise ProviderAnswerUnreadable(f"{what}: the answer is about another fax")
    if any(row != rows[0] for row in rows):
        raise ProviderAnswerUnreadable(f"{what}: the answer contradicts itself")
    return rows[0] if rows else None


def _number(fax_id: str) -> str:
    return fax_id.strip().lstrip("0")
