"""A feed's bytes, mended before an XML parser takes them.

How GreenFax encodes its feed is open. Services of its age say UTF-8, or nothing, which means UTF-8, and put
what people have typed elsewhere in between as it came. So in an answer that is UTF-8 by its own word, what is
none is read as Windows-1252, and control characters, which no XML may hold, are left out.
"""

import codecs
from collections.abc import Iterable, Iterator
from typing import Final

from faxledger.providers import xml_bytes

_MENDING: Final = "faxledger-windows-1252"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end


codecs.register_error(_MENDING, _as_windows_1252)


def mended(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same document, without what stood before it; in another encoding than UTF-8 it stays as it is."""
    return xml_bytes.mended(chunks, errors=_MENDING, control=b"")
