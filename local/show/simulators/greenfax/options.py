"""What can be chosen about the simulated service."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class GreenFaxCustomer:
    account_id: str = "12345"
    password: str = "not-a-secret"  # noqa: S105 - it opens nothing but the simulator


class RowStyle(StrEnum):
    ELEMENTS = "elements"
    ATTRIBUTES = "attributes"


class Naming(StrEnum):
    """How the feed spells a field, such as its fax number."""

    SNAKE = "snake"  # fax_number
    KEBAB = "kebab"  # fax-number
    CAMEL = "camel"  # FaxNumber
    UPPER = "upper"  # FAXNUMBER
    NOTIFY = "notify"  # destination: the names HTTP Notify uses, as far as it has one

    def spell(self, name: str) -> str:
        if self is Naming.KEBAB:
            return name.replace("_", "-")
        if self is Naming.CAMEL:
            return "".join(word.capitalize() for word in name.split("_"))
        if self is Naming.UPPER:
            return name.replace("_", "").upper()
        if self is Naming.NOTIFY:
            return _NOTIFY_NAMES.get(name, name)
        return name


_NOTIFY_NAMES = {
    "job_id": "greenfaxreferenceid",
    "fax_number": "destination",
    "status": "result",
    "fax_timestamp": "timestamp",
}


class FailureWords(StrEnum):
    """What the outbound feed says of a failed fax."""

    OUTCOME = "outcome"  # failed
    REASON = "reason"  # busy: the word HTTP Notify has


class FeedTimes(StrEnum):
    """How the feed writes a local time, which carries no zone; a strftime format."""

    ISO = "%Y-%m-%d %H:%M:%S"
    US = "%m/%d/%Y %I:%M:%S %p"


@dataclass(frozen=True, slots=True)
class GreenFaxOptions:
    """What nothing public says of the real service, or what varies there.

    `encode_twice`: HTTP Notify has its whole query string encoded once more, `&` and `=` included (seen).
    `shared_allowance`: the two feeds share one request per 20 minutes. `errors_at_200`: a refused feed
    request is answered 200 with an error document, instead of 400, 401 or 429 with one.
    """

    encode_twice: bool = False
    row_style: RowStyle = RowStyle.ELEMENTS
    naming: Naming = Naming.SNAKE
    feed_times: FeedTimes = FeedTimes.ISO
    failure_words: FailureWords = FailureWords.OUTCOME
    zone: str = "America/New_York"
    shared_allowance: bool = True
    errors_at_200: bool = False


GREENFAX_CUSTOMER = GreenFaxCustomer()
GREENFAX_OPTIONS = GreenFaxOptions()
