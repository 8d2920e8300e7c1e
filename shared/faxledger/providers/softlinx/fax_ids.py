"""What a fax is called towards Softlinx: as Softlinx writes it, zeros and all."""

from faxledger.domain.attempts import provider_id
from faxledger.domain.fax import Source
from faxledger.domain.report import Fax

# The API answers to what it says itself; that callbacks write identifiers alike is open.
_MOST_TRUSTED_FIRST = (Source.POLL, Source.CALLBACK)


def id_at_softlinx(fax: Fax) -> str:
    """The identifier as it was given, or the number where that is all we know."""
    return given_id(fax) or provider_id(fax.id)


def given_id(fax: Fax) -> str | None:
    """The identifier as it was given; None where that is the number itself."""
    number = provider_id(fax.id)
    given = (
        text.strip()
        for source in _MOST_TRUSTED_FIRST
        for sighting in (*fax.sightings, *fax.unsettling)
        if sighting.source is source
        for name, text in sighting.given.items()
        if name.casefold() == "faxid"
    )
    found = next((text for text in given if _is_number(text, number)), number)
    return None if found == number else found


def _is_number(text: str, number: str) -> bool:
    return text.isascii() and text.isdecimal() and text.lstrip("0") == number.lstrip("0")
