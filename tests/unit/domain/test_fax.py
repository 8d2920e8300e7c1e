import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.errors import MalformedInput
from faxledger.ledger import keys

fax_ids = st.builds(
    FaxId,
    st.sampled_from(Provider),
    st.sampled_from(Direction),
    st.from_regex(r"[a-z0-9][a-z0-9._-]{0,31}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_-]{1,64}(~([2-9]|[1-9][0-9]{1,3}))?", fullmatch=True),
)


def test_a_fax_has_a_public_id() -> None:
    fax = FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", "33")

    assert str(fax) == "softlinx.outbound.acme.33"
    assert FaxId.parse("softlinx.outbound.acme.33") == fax


@given(fax_ids)
def test_every_public_id_names_its_fax(fax: FaxId) -> None:
    assert FaxId.parse(str(fax)) == fax


@given(fax_ids)
def test_every_key_names_its_fax(fax: FaxId) -> None:
    assert keys.fax_of(keys.of_fax(fax)) == fax


@given(fax_ids, fax_ids)
def test_two_faxes_share_neither_id_nor_key(one: FaxId, other: FaxId) -> None:
    assert (str(one) == str(other)) == (one == other)
    assert (keys.of_fax(one) == keys.of_fax(other)) == (one == other)


@given(st.text(min_size=10))
def test_a_text_that_names_no_fax_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(MalformedInput) as refused:
        FaxId.parse(text)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "33",
        "softlinx.outbound.33",
        "softlinx.outbound.acme.",
        "softlinx.outbound..33",
        "softlinx.sideways.acme.33",
        "hylafax.outbound.acme.33",
        "SOFTLINX.outbound.acme.33",
        "softlinx.outbound.ACME.33",
        "softlinx.outbound.acme.33#STATUS",
        "softlinx.outbound.ac#me.33",
        "softlinx.outbound.acme.33 ",
        "softlinx.outbound.acme.33\n",
        "softlinx.outbound.acme.\u0663\u0663",
        "softlinx.outbound.acme." + "3" * 65,
        "softlinx.outbound." + "a" * 33 + ".33",
        "softlinx.outbound.acme.33~",
        "softlinx.outbound.acme.33~0",
        "softlinx.outbound.acme.33~1",
        "softlinx.outbound.acme.33~02",
        "softlinx.outbound.acme.33~2~3",
    ],
)
def test_what_names_no_fax_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        FaxId.parse(text)


def test_a_resend_is_an_attempt_of_its_own() -> None:
    first, second = FaxId.parse("softlinx.outbound.acme.33"), FaxId.parse("softlinx.outbound.acme.33~2")

    assert first != second
    assert second.job_id == "33~2"
