"""What we handed to a provider; apart from reports, because callbacks need only those."""

from dataclasses import dataclass, field
from datetime import datetime

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Facts


@dataclass(frozen=True, slots=True)
class Submission:
    """A fax we handed to a provider that has named it."""

    fax: FaxId
    submitted_at: datetime
    facts: Facts = field(default_factory=Facts)
