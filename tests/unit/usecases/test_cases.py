"""Faxes that broke off and the whole one that followed are one case."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.cases import Transmission
from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.report import Facts, Fax, Sighting
from faxledger.providers.softlinx.transmissions import transmission_of
from faxledger.usecases.cases import Cases
from tests.fakes.clock import NOON
from tests.fakes.faxes import greenfax, inbound, outbound
from tests.fakes.transmissions import InMemoryTransmissions

LINE = {"TSI": "Clinic 7", "DestFaxNumber": "12125550191"}
PARTIAL, WHOLE = Status.RECEIVED_PARTIAL, Status.RECEIVED


def received(number: int, minute: int, status: Status = PARTIAL, **said: str) -> Fax:
    at = NOON + timedelta(minutes=minute)
    heard = Sighting(Source.CALLBACK, "recv", at, {**LINE, **said}, status)
    return Fax(
        inbound(number),
        first_status=status,
        settled_at=at,
        settled_by=Source.CALLBACK,
        completed_at=at,
        facts=Facts(to_number="12125550191"),
        sightings=(heard,),
    )


def linked(*faxes: Fax) -> dict[str, list[str]]:
    """The case of each fax, by job id, after all were entered in this order."""
    cases = Cases(InMemoryTransmissions(), transmission_of)
    for fax in faxes:
        cases.enter(fax)
    found = {fax.id.job_id: cases.find(fax) for fax in faxes}
    return {job_id: [fax.job_id for fax in case.faxes] for job_id, case in found.items() if case}


def test_what_broke_off_and_the_whole_fax_after_it_are_one_case() -> None:
    faxes = [received(1, 0), received(2, 3), received(3, 6, WHOLE)]

    assert linked(*faxes) == {one: ["1", "2", "3"] for one in ("1", "2", "3")}


def test_a_whole_fax_alone_and_a_broken_one_alone_are_no_case() -> None:
    assert linked(received(1, 0, WHOLE), received(2, 3), received(3, 70, WHOLE)) == {}


def test_an_hour_is_within_an_hour_and_a_minute_more_is_not() -> None:
    assert linked(received(1, 0), received(2, 60, WHOLE)) == {"1": ["1", "2"], "2": ["1", "2"]}
    assert linked(received(1, 0), received(2, 61, WHOLE)) == {}


def test_what_broke_off_belongs_to_the_next_whole_fax_and_to_no_later_one() -> None:
    faxes = [received(1, 0), received(2, 5, WHOLE), received(3, 10), received(4, 15, WHOLE)]

    assert linked(*faxes) == {"1": ["1", "2"], "2": ["1", "2"], "3": ["3", "4"], "4": ["3", "4"]}


def test_other_senders_and_other_numbers_make_no_case() -> None:
    assert linked(received(1, 0, TSI="Clinic 8"), received(2, 5, WHOLE)) == {}
    assert linked(received(1, 0, DestFaxNumber="12125550192"), received(2, 5, WHOLE)) == {}


def test_a_fax_of_whose_sender_nothing_was_said_is_in_no_case() -> None:
    assert linked(received(1, 0, TSI=" "), received(2, 5, WHOLE, TSI="")) == {}
    assert linked(received(1, 0, DestFaxNumber=""), received(2, 5, WHOLE, DestFaxNumber="")) == {}


def test_a_fax_that_nobody_has_entered_is_not_in_the_case_of_others() -> None:
    cases = Cases(InMemoryTransmissions(), transmission_of)
    for fax in (received(2, 3), received(3, 5, WHOLE)):
        cases.enter(fax)

    assert cases.find(received(1, 0)) is None


def test_names_of_fields_match_in_any_case() -> None:
    given = {"tsi": "Clinic 7", "DESTFAXNUMBER": "12125550191"}
    bare = Sighting(Source.CALLBACK, "recv", NOON, given, PARTIAL)

    assert linked(replace(received(1, 0), sightings=(bare,)), received(2, 5, WHOLE)) != {}


def test_what_a_second_source_says_makes_no_case() -> None:
    other = Sighting(Source.POLL, "recv", NOON, LINE, PARTIAL)

    assert transmission_of(replace(received(1, 0), sightings=(other,))) is None


def test_only_received_softlinx_faxes_are_looked_at() -> None:
    for fax_id in (outbound(), greenfax()):
        assert transmission_of(replace(received(1, 0), id=fax_id)) is None


def test_no_transmission_shows_who_sent() -> None:
    assert "Clinic" not in repr(transmission_of(received(1, 0)))


def as_received(day: Sequence[tuple[int, bool]]) -> list[Fax]:
    return [received(n, minute, WHOLE if whole else PARTIAL) for n, (minute, whole) in enumerate(day, 1)]


ANY_DAY = st.lists(st.tuples(st.integers(0, 150), st.booleans()), max_size=8)


@given(day=ANY_DAY, order=st.randoms(use_true_random=False))
def test_any_order_and_any_repeat_make_the_same_cases(day: list[tuple[int, bool]], order: Random) -> None:
    faxes = [
        received(n, minute, WHOLE if whole else PARTIAL) for n, (minute, whole) in enumerate(day, start=1)
    ]
    mixed = [*faxes, *faxes]
    order.shuffle(mixed)

    assert linked(*mixed) == by_hand(faxes)


def by_hand(faxes: Sequence[Fax]) -> dict[str, list[str]]:
    """Each broken fax goes to the first whole one after it, if that came within an hour."""
    came = sorted(filter(None, map(transmission_of, faxes)), key=lambda one: (one.at, int(one.fax.job_id)))
    cases: dict[FaxId, list[Transmission]] = {}
    for index, one in enumerate(came):
        whole = next((other for other in came[index + 1 :] if other.is_whole), None)
        if not one.is_whole and whole and whole.at - one.at <= timedelta(hours=1):
            cases.setdefault(whole.fax, []).append(one)
    named = {whole: [*(part.fax.job_id for part in parts), whole.job_id] for whole, parts in cases.items()}
    return {job_id: ids for ids in named.values() for job_id in ids}


@given(day=ANY_DAY, order=st.randoms(use_true_random=False))
def test_whoever_of_a_case_is_entered_last_is_told_of_all(day: list[tuple[int, bool]], order: Random) -> None:
    faxes = [
        received(n, minute, WHOLE if whole else PARTIAL) for n, (minute, whole) in enumerate(day, start=1)
    ]
    order.shuffle(faxes)
    cases = Cases(InMemoryTransmissions(), transmission_of)
    told = {fax.id: cases.enter(fax) for fax in faxes}

    if faxes:
        assert told[faxes[-1].id] == cases.find(faxes[-1])
