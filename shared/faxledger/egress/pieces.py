"""What drips in, in pieces of one size: a parser starts an unfinished tag over with each piece."""

from collections.abc import Iterable, Iterator
from typing import Final

PIECE_BYTES: Final = 64 * 1024


def in_pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of 64 kB, the last one shorter; what `chunks` raises comes after them."""
    held = bytearray()
    try:
        for chunk in chunks:
            held += chunk
            while len(held) >= PIECE_BYTES:
                yield bytes(held[:PIECE_BYTES])
                del held[:PIECE_BYTES]
    except Exception:
        yield bytes(held)
        raise
    yield bytes(held)
