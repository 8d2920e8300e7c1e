"""What Softlinx is asked for in each run: every final word has a query, the failed ones first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.fax import Direction
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.api import Page, Selection, SoftlinxApi
from faxledger.providers.softlinx.marking import Mode, SoftlinxMarking
from faxledger.providers.softlinx.status import FINAL_WORDS

ACCOUNT = SoftlinxAccount("acme", ZoneInfo("America/New_York"), marks_faxes=True)
OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND


class AskedApi:
    """A Softlinx without faxes that remembers what it was asked for; its session is itself."""

    def __init__(self) -> None:
        self.asked: list[tuple[Direction, str | None]] = []
        self.marks: list[bool | None] = []

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["AskedApi"]:  # noqa: ARG002
        yield self

    def query(self, direction: Direction, selection: Selection) -> Iterator[Page]:
        self.asked.append((direction, selection.status))
        self.marks.append(selection.mark)
        return iter(())


def asked_for(mode: Mode, every: timedelta | None) -> list[tuple[Direction, str | None]]:
    api = AskedApi()
    marking = SoftlinxMarking(ACCOUNT, cast("SoftlinxApi", api), mode)
    with marking.session() as session:
        for offer in marking.offers:
            if offer.every == every and not offer.looks_back:
                list(session.pages(offer))
    assert set(api.marks) <= {False}
    return api.asked


def test_every_hour_each_final_word_is_asked_for_the_failed_ones_first_and_then_inbound() -> None:
    assert asked_for(Mode.PUSH, every=None) == [
        (OUTBOUND, "sendFailed"),
        (OUTBOUND, "failed"),
        (OUTBOUND, "sent"),
        (INBOUND, None),
    ]


@pytest.mark.parametrize(("direction", "words"), FINAL_WORDS.items())
def test_no_word_of_the_table_waits_for_the_query_of_the_day(
    direction: Direction, words: dict[str, object]
) -> None:
    hourly = asked_for(Mode.PUSH, every=None)
    assert [word for word in words if not {(direction, word), (direction, None)} & set(hourly)] == []


def test_once_a_day_outbound_faxes_are_asked_for_whatever_their_word() -> None:
    assert asked_for(Mode.PUSH, every=timedelta(days=1)) == [(OUTBOUND, None)]


def test_without_callbacks_each_direction_is_asked_for_whatever_the_word() -> None:
    assert asked_for(Mode.POLL_ONLY, every=timedelta(minutes=10)) == [(OUTBOUND, None), (INBOUND, None)]


@pytest.mark.parametrize("mode", Mode)
def test_what_looks_back_asks_for_both_directions_whether_marked_or_not(mode: Mode) -> None:
    api = AskedApi()
    marking = SoftlinxMarking(ACCOUNT, cast("SoftlinxApi", api), mode)
    with marking.session() as session:
        for offer in marking.offers:
            if offer.looks_back:
                list(session.pages(offer, after="2026-11-20T00:00:00.000Z"))
    assert (api.asked, api.marks) == ([(OUTBOUND, None), (INBOUND, None)], [None, None])


def test_no_two_queries_share_a_claim_or_a_cursor() -> None:
    for mode in Mode:
        names = [
            offer.name for offer in SoftlinxMarking(ACCOUNT, cast("SoftlinxApi", AskedApi()), mode).offers
        ]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("is_backwards", [False, True])
def test_no_later_query_goes_on_behind_a_page_that_was_read_backwards(
    is_backwards: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    row = {"FaxId": "33", "FaxStatus": "sent", "CreateTime": "2026-11-20T10:00:01Z"}

    class OnePage(AskedApi):
        def query(self, direction: Direction, selection: Selection) -> Iterator[Page]:
            super().query(direction, selection)
            yield Page((row,), has_more=False, is_backwards=is_backwards)

    unmarked = replace(ACCOUNT, marks_faxes=False)
    marking = SoftlinxMarking(unmarked, cast("SoftlinxApi", OnePage()), Mode.PUSH)
    with marking.session() as session:
        (page,) = session.pages(marking.offers[0])
    assert page.position == (None if is_backwards else "2026-11-20T10:00:00.000Z")
