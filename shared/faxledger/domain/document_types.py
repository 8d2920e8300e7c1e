"""What kind of document something is, by its own first bytes: neither a name nor a media type is believed."""

from typing import Final

from faxledger.domain.report import DocumentType

# Blanks and line ends may stand before a PDF; real files have few.
SNIFFED_BYTES: Final = 1024
_BEGINNINGS: Final = {
    b"%PDF-": DocumentType.PDF,
    b"II*\0": DocumentType.TIFF,
    b"MM\0*": DocumentType.TIFF,
}
_CALLED: Final = {"application/pdf": DocumentType.PDF, "image/tiff": DocumentType.TIFF}
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def type_by_beginning(beginning: bytes) -> DocumentType | None:
    """By the first `SNIFFED_BYTES`, or all there are; None for what is neither PDF nor TIFF."""
    for first, document_type in _BEGINNINGS.items():
        # Only a PDF may begin late: a TIFF's offsets count from its first byte.
        is_pdf = document_type is DocumentType.PDF
        seen = beginning[:SNIFFED_BYTES].removeprefix(_BYTE_ORDER_MARK).lstrip() if is_pdf else beginning
        if seen.startswith(first):
            return document_type
    return None


def has_beginning(media_type: str) -> bool:
    """Whether the first bytes of what is called so can tell that it is not."""
    return media_type in _CALLED


def is_as_called(media_type: str, beginning: bytes) -> bool:
    """False for a PDF or a TIFF that is none."""
    return not has_beginning(media_type) or type_by_beginning(beginning) is _CALLED[media_type]
