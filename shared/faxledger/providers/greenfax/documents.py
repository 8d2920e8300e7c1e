"""The documents of received GreenFax faxes, each behind an address that came with the news of the fax."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from faxledger.domain.fax import Provider, Source
from faxledger.domain.report import Fax
from faxledger.egress.downloads import Downloads
from faxledger.errors import AddressRefused, ProviderUnavailable
from faxledger.providers.documents import recognized
from faxledger.providers.greenfax.rows import document_url
from faxledger.usecases.ports.retrieving import ArrivingDocument

# The feed is asked for under our account over TLS; a notification comes from whoever knows the URL.
_MOST_TRUSTED_FIRST: Final = (Source.FEED, Source.NOTIFY)


class GreenFaxDocuments:
    """Implements `RetrievingProvider` and its session: there is no login, the addresses are all there is."""

    name = str(Provider.GREENFAX)
    marks_faxes = False

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads

    @contextmanager
    def session(self) -> Iterator["GreenFaxDocuments"]:
        yield self

    @contextmanager
    def document(self, fax: Fax) -> Iterator[ArrivingDocument]:
        """The document, from the most trusted source whose address is allowed.

        Raises `AddressRefused` when none of them is, and `ProviderError`.
        """
        refusal: AddressRefused | None = None
        for url in _addresses_of(fax):
            try:
                self._downloads.check(url)
            except AddressRefused as error:
                refusal = error
                continue
            with self._downloads.get(url) as chunks:
                yield recognized("the document", chunks)
                return
        raise refusal or ProviderUnavailable("the document: nobody has said yet where it is")

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None:
        """GreenFax keeps no marks, so that no fax of its owes one."""


def _addresses_of(fax: Fax) -> list[str]:
    addresses = (
        document_url(sighting.given)
        for source in _MOST_TRUSTED_FIRST
        for sighting in fax.sightings
        if sighting.source is source
    )
    return list(dict.fromkeys(url for url in addresses if url))
