"""A query followed from page to page, until it ends or turns out not to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.api import Page, Selection
from faxledger.providers.softlinx.orders import date_text


class Answer(Protocol):
    """What both clients make of one page's answer."""

    @property
    def broken(self) -> tuple[bytes, ...]: ...

    def rows(self, name: str) -> tuple[Mapping[str, str], ...]: ...

    def is_true(self, name: str) -> bool: ...

    def text(self, name: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Paging:
    """How queries are divided: rows a page, the most pages, and the column that keeps the rows in order."""

    page_size: int
    page_limit: int
    sort_column: str

    def pages(
        self,
        what: str,
        ask: Callable[[dict[str, str]], Answer],
        selection: Selection,
    ) -> Iterator[Page]:
        """Each page as it comes; `ask` is given the arguments, which both APIs name alike.

        Raises `ProviderAnswerUnreadable` when a page comes again, and after `page_limit` pages.
        """
        mark, after, before = selection.mark, selection.created_after, selection.created_before
        arguments = {
            "Mark": None if mark is None else "true" if mark else "false",
            "FaxStatus": selection.status,
            "DatetimeAfter": date_text(after) if after else None,
            "DatetimeBefore": date_text(before) if before else None,
            "ResultLimit": str(self.page_size),
            # Identifiers are handed out in increasing order (doc).
            "SortColumn": self.sort_column,
            "SortOrder": "asc",
        }
        given = {name: value for name, value in arguments.items() if value is not None}
        known_pages: set[int] = set()
        reference: str | None = None
        for _ in range(self.page_limit):
            answer = ask(given if reference is None else {**given, "GetNextResults": reference})
            page = Page(answer.rows("FaxInfo"), answer.is_true("HasMoreResults"), answer.broken)
            reference = answer.text("ResultsReference")
            # Whether each page has a reference of its own is open: the sign is a page that brings nothing.
            content = hash((*(row.get("FaxId") for row in page.rows), *page.broken) or reference)
            if page.has_more and content in known_pages:
                raise ProviderAnswerUnreadable(f"{what}: the same page again")
            known_pages.add(content)
            yield page
            if not page.has_more:
                return
            # One that had to be mended is another than the one given.
            if not reference or "\ufffd" in reference:
                raise ProviderAnswerUnreadable(f"{what}: more results, but no ResultsReference")
        raise ProviderAnswerUnreadable(f"{what}: no end after {self.page_limit} pages")


def one_of(what: str, fax_id: str, rows: tuple[Mapping[str, str], ...]) -> Mapping[str, str] | None:
    """The row of one fax, None for no row; raises `ProviderAnswerUnreadable` for any other answer."""
    if any(_number(row.get("FaxId", "")) != _number(fax_id) for row in rows):
        raise ProviderAnswerUnreadable(f"{what}: the answer is about another fax")
    if any(row != rows[0] for row in rows):
        raise ProviderAnswerUnreadable(f"{what}: the answer contradicts itself")
    return rows[0] if rows else None


def _number(fax_id: str) -> str:
    return fax_id.strip().lstrip("0")
