"""Documents in envelopes: out of an answer as it arrives, and into a question without being held."""

import secrets
from binascii import b2a_base64
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from email.message import Message

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.multipart import content_type_of, parts_of
from faxledger.providers.softlinx.orders import Document
from faxledger.providers.softlinx.refusals import refuse_by_status
from faxledger.providers.softlinx.soap.answers import SoapOutput, output_in, output_of
from faxledger.providers.softlinx.soap.envelopes import Aside, root_of
from faxledger.providers.softlinx.soap.packages import PartsKept, is_package, is_root, reference_in
from faxledger.providers.softlinx.transport import HttpStream, SizedBody


def document_in(
    operation: str, answer: HttpStream, *, element: str, cap_bytes: int
) -> Generator[bytes, None, None]:
    """The bytes of the document: those of the part that the output refers to, or in the text of `element`.

    The answer may have `cap_bytes` in all. Raises as `output_of` does, and that before the first byte.
    """
    refuse_by_status(operation, answer.head, may_hold_a_fault=True)
    if answer.head.status != 200:
        output_of(operation, answer.whole())  # says what it is, and raises it
    content_type = content_type_of(answer.head.content_type)
    body = answer.chunks(cap_bytes)
    with ExitStack() as files:
        if is_package(content_type):
            yield from _packaged(operation, answer, content_type, body, element, files)
        else:
            aside, output = _read(operation, answer, body, element, files)
            if reference_in(output.elements()) is not None:
                raise ProviderAnswerUnreadable(f"{operation}: the answer refers to a part and has none")
            yield from aside.document()


def _packaged(
    operation: str,
    answer: HttpStream,
    content_type: Message,
    body: Iterable[bytes],
    element: str,
    files: ExitStack,
) -> Iterator[bytes]:
    early = PartsKept(files)
    output: SoapOutput | None = None
    names: frozenset[str] | None = None
    is_given = False
    for index, part in enumerate(parts_of(content_type, body)):
        document: Iterator[bytes] | None = None
        if is_root(content_type, index, part):
            if output is not None:
                raise ProviderAnswerUnreadable(f"{operation}: the answer has two root parts")
            aside, output = _read(operation, answer, part.chunks(), element, files)
            names = reference_in(output.elements())
            document = aside.document() if names is None else early.document(names)
        elif output is None:
            early.keep(part)
        elif names is not None and part.content_id in names:
            document = part.chunks()
        if document is None:
            continue
        if is_given:
            raise ProviderAnswerUnreadable(f"{operation}: two parts of the answer have one name")
        is_given = True
        yield from document
    if not is_given:
        raise ProviderAnswerUnreadable(f"{operation}: the answer lacks its root part or its document")


def _read(
    operation: str, answer: HttpStream, chunks: Iterable[bytes], element: str, files: ExitStack
) -> tuple[Aside, SoapOutput]:
    aside = Aside(element)
    files.callback(aside.close_file)
    output = output_in(operation, answer.head, root_of(chunks, aside)).succeeded()
    if not aside.has_document and reference_in(output.elements()) is None:
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no {element}")
    return aside, output


class Placeholders:
    """Stands in an envelope for the documents, which are put in their places only on the way out."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = [(secrets.token_bytes(18), document) for document in documents]

    def attachments(self) -> list[dict[str, object]]:
        """As `SendFax` has them."""
        return [
            {
                "ContentType": document.content_type,
                "FileName": document.file_name,
                "AttachmentContent": placeholder,
            }
            for placeholder, document in self._documents
        ]

    def filled(self, envelope: bytes) -> SizedBody | None:
        """The envelope with every document inline; None when it lacks the place of one."""
        pieces: list[tuple[bytes, Document]] = []
        rest = envelope
        for placeholder, document in self._documents:
            before, found, rest = rest.partition(_base64(placeholder))
            if not found:
                return None
            pieces.append((before, document))
        size = len(rest) + sum(len(before) + 4 * -(-document.size // 3) for before, document in pieces)
        return SizedBody(size, _filled(pieces, rest))


def _filled(pieces: list[tuple[bytes, Document]], rest: bytes) -> Iterator[bytes]:
    for before, document in pieces:
        yield before
        yield from _base64_encoded(document.pieces())
    yield rest


def _base64_encoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        content = left + piece
        whole = len(content) - len(content) % 3
        left = content[whole:]
        yield _base64(content[:whole])
    yield _base64(left)


def _base64(content: bytes) -> bytes:
    return b2a_base64(content, newline=False)
