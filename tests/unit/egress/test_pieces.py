"""Bytes in pieces of one size, however they came."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.egress.pieces import PIECE_BYTES, in_pieces


@given(st.lists(st.integers(0, 3 * PIECE_BYTES), max_size=6))
def test_the_bytes_are_the_same_and_only_the_last_piece_is_short(sizes: list[int]) -> None:
    chunks = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    *pieces, last = in_pieces(chunks)
    assert {len(piece) for piece in pieces} <= {PIECE_BYTES}
    assert len(last) < PIECE_BYTES
    assert b"".join([*pieces, last]) == b"".join(chunks)


def test_what_came_before_a_failure_is_handed_on_first() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"abc"
        raise ConnectionError

    pieces = in_pieces(chunks())
    assert next(pieces) == b"abc"
    with pytest.raises(ConnectionError):
        next(pieces)


def test_whoever_wants_no_more_may_stop() -> None:
    pieces = in_pieces(iter([b"x" * PIECE_BYTES, b"y"]))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
