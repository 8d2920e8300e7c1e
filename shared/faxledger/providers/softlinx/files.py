"""Documents put aside for a while: in memory while they are small, then in a file without a name."""

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Final

PIECE_BYTES: Final = 64 * 1024


def new_file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(PIECE_BYTES)


def write_all(file: IO[bytes], pieces: Iterable[bytes]) -> None:
    # Not `writelines`, which keeps all of them in memory before it looks how many they were.
    for piece in pieces:
        file.write(piece)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file's bytes from its beginning, whatever was read before."""
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece
