"""A fax sent once more as a new one: its document as it went out, and what else a query tells of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from faxledger.domain.fax import Direction
from faxledger.domain.report import DocumentType
from faxledger.errors import ProviderRefused
from faxledger.providers.softlinx.api import SoftlinxSession
from faxledger.providers.softlinx.orders import Document, FaxOrder, FaxRecipient, new_file, write_all

_FORM: Final = DocumentType.PDF


@contextmanager
def order_again(
    session: SoftlinxSession, fax_id: str, fax: Mapping[str, str], number: str | None, *, cap_bytes: int
) -> Iterator[FaxOrder]:
    """The order for a fax of this row; its document lies in a file until the end.

    What no query tells is left to the provider: retries, notifications. The cover page is in the document.
    """
    to_number = number or fax.get("FaxNumber", "").strip()
    if not to_number:
        raise ProviderRefused("resend", "no-number")
    with new_file() as file:
        with session.content(Direction.OUTBOUND, fax_id, _FORM, cap_bytes=cap_bytes) as content:
            write_all(file, content)
        yield FaxOrder(
            recipients=(FaxRecipient(to_number),),
            documents=(Document.of_file(file, file_name=f"{fax_id}.{_FORM}"),),
            has_cover_page=False,
            user=fax.get("FaxUserId") or None,
            tsi=fax.get("TSI") or None,
            project_code=fax.get("ProjectCode") or None,
            project_code_2=fax.get("ProjectCode2") or None,
            priority=fax.get("Priority") or None,
            quality=fax.get("FaxQuality") or None,
        )
