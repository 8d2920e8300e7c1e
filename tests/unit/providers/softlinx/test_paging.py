"""A fax that makes every page with it unreadable costs itself, and the others are read all the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.api import BrokenFax, Page, Selection
from faxledger.providers.softlinx.paging import Answer, Paging
from tests.fakes.clock import NOON

WHAT = "GET outboundfaxes"


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a page of the service below says."""

    faxes: tuple[int, ...]
    reference: str | None
    broken: tuple[BrokenFax, ...] = ()

    def rows(self, _name: str) -> tuple[Mapping[str, str], ...]:
        return tuple({"FaxId": str(fax)} for fax in self.faxes)

    def is_true(self, _name: str) -> bool:
        return self.reference is not None

    def text(self, _name: str) -> str | None:
        return self.reference


@dataclass(slots=True)
class Service:
    """Pages of `faxes`; one with any of `bad` among them can't be read, nor any after so many were asked for.

    A reference goes on only with the size that it was given for. The newest come first where they are asked
    for and it `heeds_order`.
    """

    faxes: list[int]
    bad: set[int]
    heeds_order: bool = True
    down_after: int = 10_000
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def ask(self, arguments: dict[str, str]) -> Answer:
        self.asked.append(arguments)
        size, order = int(arguments["ResultLimit"]), arguments["SortOrder"]
        faxes = sorted(self.faxes, reverse=order == "desc" and self.heeds_order)
        begins_at, given_for = map(int, arguments.get("GetNextResults", f"0 {size}").split())
        assert given_for == size
        page = faxes[begins_at : begins_at + size]
        if self.bad.intersection(page) or len(self.asked) > self.down_after:
            raise ProviderAnswerUnreadable(f"{WHAT}: the answer is not JSON")
        ends_at = begins_at + size
        return ServiceAnswer(tuple(page), f"{ends_at} {size}" if ends_at < len(faxes) else None)


def read(service: Service, size: int = 100) -> list[Page]:
    return list(Paging(size, 1_000, "faxId").pages(WHAT, service.ask, Selection()))


def ids(pages: list[Page]) -> set[int]:
    return {int(row["FaxId"]) for page in pages for row in page.rows}


def broken(pages: list[Page]) -> list[BrokenFax]:
    return [one for page in pages for one in page.broken]


@pytest.mark.parametrize("size", [1, 2, 7, 100])
@pytest.mark.parametrize("bad", [1, 2, 50, 119, 120])
def test_a_fax_that_cant_be_read_is_told_of_and_all_others_are_read(size: int, bad: int) -> None:
    pages = read(Service(list(range(1, 121)), {bad}), size)
    assert ids(pages) == set(range(1, 121)) - {bad}
    (gap,) = broken(pages)
    assert gap.problem == f"{WHAT}: the answer is not JSON"
    behind, before = bad - 1 or "none", bad + 1 if bad < 120 else "none"
    assert gap.raw == f"behind {behind}, before {before}".encode()


def test_of_several_those_between_them_are_left_for_when_they_can_be_read() -> None:
    pages = read(Service(list(range(1, 121)), {30, 90}))
    assert ids(pages) == {*range(1, 30), *range(91, 121)}
    assert [gap.raw for gap in broken(pages)] == [b"behind 29, before 91"]


def test_what_is_read_backwards_is_no_place_to_go_on_behind() -> None:
    pages = read(Service(list(range(1, 121)), {50}))
    assert {fax: page.is_backwards for page in pages for fax in ids([page])} == {
        fax: fax > 50 for fax in range(1, 121) if fax != 50
    }


def test_once_the_others_are_marked_it_costs_few_requests() -> None:
    service = Service([50], {50})
    with pytest.raises(ProviderAnswerUnreadable):
        read(service)
    assert len(service.asked) == 6


@pytest.mark.parametrize("down_after", [0, 1, 2, 5])
def test_where_nothing_can_be_read_any_more_no_fax_is_blamed(down_after: int) -> None:
    service = Service(list(range(1, 121)), set(), down_after=down_after)
    with pytest.raises(ProviderAnswerUnreadable, match="the answer is not JSON"):
        read(service, 10)


def test_an_order_that_is_not_heeded_is_noticed() -> None:
    service = Service(list(range(1, 121)), {50}, heeds_order=False)
    with pytest.raises(ProviderAnswerUnreadable, match="the answer is not JSON"):
        read(service)


def test_a_page_that_can_be_read_again_is_read_to_its_end() -> None:
    class Hiccup(Service):
        def ask(self, arguments: dict[str, str]) -> Answer:
            self.bad = {50} if len(self.asked) < 2 else set()
            return super().ask(arguments)

    pages = read(Hiccup(list(range(1, 121)), set()))
    assert ids(pages) == set(range(1, 121))
    assert broken(pages) == []


def test_every_page_is_of_the_same_selection() -> None:
    service = Service(list(range(1, 121)), {50})
    selection = Selection(status="sent", created_after=NOON, created_before=NOON + timedelta(days=1))
    list(Paging(100, 1_000, "faxId").pages(WHAT, service.ask, selection))
    changing = {"ResultLimit", "GetNextResults", "SortOrder"}
    assert {
        frozenset((name, value) for name, value in asked.items() if name not in changing)
        for asked in service.asked
    } == {
        frozenset(
            {
                ("Mark", "false"),
                ("FaxStatus", "sent"),
                ("SortColumn", "faxId"),
                ("DatetimeAfter", "2026-03-10T12:00:00+00:00"),
                ("DatetimeBefore", "2026-03-11T12:00:00+00:00"),
            }
        )
    }
