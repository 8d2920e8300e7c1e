"""A fax's document on its way through: counted, capped, and never an error page in a document's place."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from typing import Final

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.transport import BoundedHttp, HttpQuestion, HttpStream

# XML, HTML and JSON begin so, PDF and TIFF never do.
_TEXT_BEGINS: Final = (b"<", b"{", b"[", b"\xef\xbb\xbf<", b"\xef\xbb\xbf{")


class ArrivingContent:
    """Implements `Content` over the bytes of one answer."""

    def __init__(self, what: str, chunks: Iterable[bytes], cap_bytes: int) -> None:
        self._what = what
        self._chunks = self._checked(chunks, cap_bytes)
        self._left = b""
        self._is_whole = False

    def begin(self) -> None:
        """Wait for the first bytes; what is wrong by then is raised here."""
        self._left = self._next()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._left or self._next():
            self._left = b""
            yield piece

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(self)
        pieces, missing = [], size
        while missing > 0 and (piece := self._left or self._next()):
            pieces.append(piece[:missing])
            self._left = piece[missing:]
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _next(self) -> bytes:
        """The next piece, none at the end; what has once broken off does not look like an end later."""
        piece = next(self._chunks, b"")
        if not piece and not self._is_whole:
            raise ProviderAnswerUnreadable(f"{self._what}: the document broke off")
        return piece

    def _checked(self, chunks: Iterable[bytes], cap_bytes: int) -> Iterator[bytes]:
        taken = 0
        for chunk in chunks:
            if not chunk:
                continue
            if taken == 0 and chunk.lstrip().startswith(_TEXT_BEGINS):
                raise ProviderAnswerUnreadable(f"{self._what}: the document is a text, which no fax is")
            taken += len(chunk)
            if taken > cap_bytes:
                raise ProviderAnswerUnreadable(f"{self._what}: the document is larger than {cap_bytes} bytes")
            yield chunk
        if taken == 0:
            raise ProviderAnswerUnreadable(f"{self._what}: the document is empty")
        self._is_whole = True


def arriving(
    stack: ExitStack,
    http: BoundedHttp,
    question: HttpQuestion,
    bytes_in: Callable[[HttpStream], Generator[bytes, None, None]],
    *,
    what: str,
    within: float,
    cap_bytes: int,
) -> ArrivingContent:
    """One try: the document that `bytes_in` finds in the answer, whose beginning has come.

    On success the exchange is left open in `stack`; what is wrong by then is raised and has left nothing.
    """
    with ExitStack() as attempt:
        chunks = bytes_in(attempt.enter_context(http.stream(question, what=what, within=within)))
        attempt.callback(chunks.close)
        content = ArrivingContent(what, chunks, cap_bytes)
        content.begin()
        stack.push(attempt.pop_all())
        return content
