"""A query followed from page to page, until it ends or turns out not to."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.api import BrokenFax, Page, Selection
from faxledger.providers.softlinx.orders import date_text

_FAX_ID: Final = re.compile("[0-9]{1,18}")
# A page that can't be read is asked for in pages of a tenth, and at last one by one.
_SMALLER: Final = 10


class Answer(Protocol):
    """What both clients make of one page's answer."""

    @property
    def broken(self) -> tuple[BrokenFax, ...]: ...

    def rows(self, name: str) -> tuple[Mapping[str, str], ...]: ...

    def is_true(self, name: str) -> bool: ...

    def text(self, name: str) -> str | None: ...


class _Stuck(Exception):
    """A page of one fax can't be read: `error` says why."""

    def __init__(self, error: ProviderAnswerUnreadable) -> None:
        super().__init__(str(error))
        self.error = error


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

        Raises `ProviderAnswerUnreadable` when a page comes again, after `page_limit` pages, and where nothing
        can be read. One fax that can't be read costs itself, and of several those that lie between them.
        """
        mark, after, before = selection.mark, selection.created_after, selection.created_before
        arguments = {
            "Mark": None if mark is None else "true" if mark else "false",
            "FaxStatus": selection.status,
            "DatetimeAfter": date_text(after) if after else None,
            "DatetimeBefore": date_text(before) if before else None,
            # Identifiers are handed out in increasing order (doc).
            "SortColumn": self.sort_column,
            "SortOrder": "asc",
        }
        query = _Query(what, ask, {name: value for name, value in arguments.items() if value is not None})
        first = last = ""
        try:
            for page in self._in_smaller_and_smaller(query):
                yield page
                last = _last_id(page) or last
        except _Stuck as stuck:
            trouble = stuck.error
        else:
            return
        try:
            for page in self._in_smaller_and_smaller(query.backwards()):
                yield replace(page, is_backwards=True)
                first = _last_id(page) or first
                if first and last and int(first) <= int(last):
                    # It can be read by now, or the order was not heeded: only the next query will tell.
                    raise trouble
        except _Stuck:
            pass
        else:
            return
        # Either one fax can't be read, or by now nothing can.
        if not first and not (last and self._is_readable(query)):
            raise trouble
        place = f"behind {last or 'none'}, before {first or 'none'}".encode()
        yield Page((), has_more=False, broken=(BrokenFax(str(trouble), place),), is_backwards=True)

    def _in_smaller_and_smaller(self, query: "_Query") -> Iterator[Page]:
        """The pages of a query; one that can't be read makes it begin anew with smaller ones.

        A reference is followed by pages of the size that it was given for: whether it may be another is open.
        Raises `_Stuck` where a page of one fax can't be read.
        """
        size = self.page_size
        while True:
            try:
                yield from self._followed(query, size)
            except _Stuck:
                if size == 1:
                    raise
                size = max(1, size // _SMALLER)
            else:
                return

    def _followed(self, query: "_Query", size: int) -> Iterator[Page]:
        known_pages: set[int] = set()
        reference: str | None = None
        for _ in range(self.page_limit):
            page, reference = query.page(size, reference)
            # Whether each page has a reference of its own is open: the sign is a page that brings nothing.
            content = hash((*(row.get("FaxId") for row in page.rows), *page.broken) or reference)
            if page.has_more and content in known_pages:
                raise ProviderAnswerUnreadable(f"{query.what}: the same page again")
            known_pages.add(content)
            yield page
            if not page.has_more:
                return
            # One that had to be mended is another than the one given.
            if not reference or "\ufffd" in reference:
                raise ProviderAnswerUnreadable(f"{query.what}: more results, but no ResultsReference")
        raise ProviderAnswerUnreadable(f"{query.what}: no end after {self.page_limit} pages")

    def _is_readable(self, query: "_Query") -> bool:
        try:
            query.page(1, None)
        except _Stuck:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Query:
    what: str
    ask: Callable[[dict[str, str]], Answer]
    arguments: Mapping[str, str]

    def backwards(self) -> "_Query":
        return replace(self, arguments={**self.arguments, "SortOrder": "desc"})

    def page(self, size: int, reference: str | None) -> tuple[Page, str | None]:
        """A page, and the reference of the next. Raises `_Stuck`, `ProviderError`."""
        arguments = {**self.arguments, "ResultLimit": str(size)}
        if reference is not None:
            arguments["GetNextResults"] = reference
        try:
            answer = self.ask(arguments)
            page = Page(answer.rows("FaxInfo"), answer.is_true("HasMoreResults"), answer.broken)
            return page, answer.text("ResultsReference")
        except ProviderAnswerUnreadable as error:
            trouble = error
        raise _Stuck(trouble)


def _last_id(page: Page) -> str:
    """The last identifier of a page that is one; empty where none is."""
    ids = [row.get("FaxId", "").strip() for row in page.rows]
    return next((fax_id for fax_id in reversed(ids) if _FAX_ID.fullmatch(fax_id)), "")


def one_of(what: str, fax_id: str, rows: tuple[Mapping[str, str], ...]) -> Mapping[str, str] | None:
    """The row of one fax, None for no row; raises `ProviderAnswerUnreadable` for any other answer."""
    if any(_number(row.get("FaxId", "")) != _number(fax_id) for row in rows):
        raise ProviderAnswerUnreadable(f"{what}: the answer is about another fax")
    if any(row != rows[0] for row in rows):
        raise ProviderAnswerUnreadable(f"{what}: the answer contradicts itself")
    return rows[0] if rows else None


def _number(fax_id: str) -> str:
    return fax_id.strip().lstrip("0")
