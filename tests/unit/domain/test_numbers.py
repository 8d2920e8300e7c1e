"""However a number is written, it is one number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.deliveries import RouteKey
from faxledger.domain.fax import Provider
from faxledger.domain.numbers import canonical, differ, differ_by_prefix, is_same
from faxledger.ledger.keys import number_partition

american = st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True)
SPELLINGS = (
    "{a}{b}{c}",
    "1{a}{b}{c}",
    "+1{a}{b}{c}",
    "({a}) {b}-{c}",
    "+1 ({a}) {b}-{c}",
    "1-{a}-{b}-{c}",
    "{a}.{b}.{c}",
    " {a} {b} {c} ",
)


@given(american, st.sampled_from(SPELLINGS))
def test_all_spellings_of_a_north_american_number_are_one(number: str, spelling: str) -> None:
    written = spelling.format(a=number[:3], b=number[3:6], c=number[6:])
    assert canonical(written) == number
    assert number_partition(written) == number_partition(number)
    assert RouteKey.of(Provider.SOFTLINX, written) == RouteKey.of(Provider.SOFTLINX, number)


@given(st.from_regex(r"[0-9]{1,30}", fullmatch=True), st.text("+-(). /", max_size=9), st.data())
def test_what_stands_between_the_digits_makes_no_difference(
    number: str, between: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(number)))
    assert canonical(f"{number[:at]}{between}{number[at:]}") == canonical(number)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2155550100", "2155550101"), ("442155550100", "2155550100"), ("12155550100", "22155550100")],
)
def test_other_numbers_stay_others(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("text", ["Anonymous", " anonymous", "ANONYMOUS "])
def test_what_has_no_digits_is_compared_by_its_text(text: str) -> None:
    assert canonical(text) == "anonymous"


@given(american, st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS))
def test_two_spellings_of_a_number_are_the_same(number: str, one: str, other: str) -> None:
    parts = {"a": number[:3], "b": number[3:6], "c": number[6:]}
    assert is_same(one.format(**parts), other.format(**parts))


def test_two_numbers_that_nobody_gave_are_not_the_same() -> None:
    assert not is_same("", " ")


@pytest.mark.parametrize("prefix", ["9", "011 ", "+49 ", "1-202-"])
def test_a_prefix_makes_no_other_fax_of_an_order(prefix: str) -> None:
    assert differ_by_prefix("555-0100", f"{prefix}555 0100")
    assert differ_by_prefix(f"{prefix}555 0100", "555-0100")


@pytest.mark.parametrize("other", ["55-0100", "5550101", ""])
def test_the_end_of_a_number_is_no_number_while_it_is_short_or_another(other: str) -> None:
    assert not differ_by_prefix("12025550100", other)


@given(american, st.sampled_from(SPELLINGS), st.sampled_from(["", "9", "011 ", "1", "0", "001"]))
def test_no_spelling_of_a_number_is_another(number: str, spelling: str, prefix: str) -> None:
    written = spelling.format(a=number[:3], b=number[3:6], c=number[6:])
    assert not differ(number, prefix + written)
    assert not differ(prefix + written, number[-4:])


def test_how_one_dials_out_of_a_country_makes_no_other_number() -> None:
    assert not differ("0049 30 1234567", "011 49 30 1234567")
    assert not differ("030 1234567", "+49 30 1234567")


@pytest.mark.parametrize("other", ["19999999999", "1202555010", "2025550101", "5550101"])
def test_two_numbers_differ_where_neither_ends_in_the_other(other: str) -> None:
    assert differ("12025550100", other)
