"""Documents and the queue for them, in memory."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from faxledger.domain.fax import FaxId
from faxledger.domain.report import DocumentType, StoredDocument
from faxledger.errors import DocumentsUnavailable


class InMemoryDocuments:
    """Implements `Documents`."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.is_down = False

    def keep(self, fax_id: FaxId, document_type: DocumentType, content: Iterable[bytes]) -> StoredDocument:
        document = b"".join(content)
        if self.is_down:
            raise DocumentsUnavailable("the documents in memory are down")
        key = f"{fax_id}.{document_type}"
        self.kept[key] = document
        return StoredDocument(key, document_type, len(document), sha256(document).hexdigest())


class InMemoryFaxQueue:
    """Implements `FaxQueue`; `refused` are faxes that it will not take."""

    def __init__(self) -> None:
        self.sent: list[FaxId] = []
        self.refused: set[FaxId] = set()

    def send(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        self.sent += [fax_id for fax_id in fax_ids if fax_id not in self.refused]
        return frozenset(self.refused) & frozenset(fax_ids)
