"""Answers whose shape alone would cost more than their size lets on."""

import tracemalloc

import pytest

from faxledger.providers.softlinx.soap.envelopes import Aside, root_of
from tests.support.bounded import bounded_computation


@pytest.mark.parametrize("has_document", [False, True])
def test_an_answer_may_be_as_deep_as_any_is_and_no_deeper(has_document: bool) -> None:  # noqa: FBT001
    def nested(levels: int) -> list[bytes]:
        return [b"<a>" * levels, b"</a>" * levels]

    def aside() -> Aside | None:
        return Aside("FaxContent") if has_document else None

    assert root_of(nested(64), aside()) is not None
    assert root_of(nested(65), aside()) is None


def test_half_a_million_levels_cost_next_to_nothing() -> None:
    tracemalloc.start()
    try:
        assert root_of([b"<a>" * 10_000] * 50) is None
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize(("before", "after"), [(b"<!--", b"-->"), (b"<b c='", b"'/>"), (b"<?d ", b"?>")])
def test_a_comment_a_tag_and_an_instruction_end_soon(before: bytes, after: bytes) -> None:
    dripping = [b"x" * 1_024] * 8_192
    with bounded_computation(seconds=2):
        assert root_of([b"<a>", before, *dripping, after, b"</a>"]) is None
    assert root_of([b"<a>", before, *dripping[:100], after, b"</a>"]) is not None


def test_a_text_may_be_as_long_as_it_likes_and_drip() -> None:
    with bounded_computation(seconds=5):
        root = root_of([b"<a>", *[b"x" * 1_024] * 8_192, b"</a>"])
    assert root is not None
    assert len(root.text or "") == 8 * 1_024 * 1_024


def test_siblings_are_not_depth() -> None:
    root = root_of([b"<a>", b"<b><c/></b>" * 1_000, b"</a>"])
    assert root is not None
    assert len(root) == 1_000


@pytest.mark.parametrize("cut", range(1, 30))
def test_what_is_mended_may_arrive_in_any_pieces(cut: int) -> None:
    document = b"<a>1&#x0000000000b;\xe9\xe6\x97&#0;&#65; x &amp; y</a>"
    root = root_of([document[:cut], document[cut:]])
    assert root is not None
    assert root.text == "1\ufffd\ufffd\ufffd\ufffdA x & y"
