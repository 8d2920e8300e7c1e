"""Softlinx's URL callback: a POSTed form, unsigned, from four known addresses."""

from collections.abc import Mapping

from faxledger.domain.fax import Direction, Source
from faxledger.domain.report import Report
from faxledger.errors import MalformedInput, UndirectedReport
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.reports import report_of
from faxledger.providers.softlinx.status import direction_of

# What a callback is about and what it says; the rest is a far machine's text.
DECIDING = frozenset({"faxid", "faxstatus", "queue", "realm"})
# Which content type a callback has is open: a body with these is a form without one as well.
REQUIRED = frozenset({"faxid", "faxstatus"})


def read_callback(account: SoftlinxAccount, given: Mapping[str, str], send_queue: str) -> Report:
    """The report in a callback's form fields, whose names match in any case.

    `send_queue` is what Queue says of an outbound fax (open; without Queue the status word decides).
    Only FaxId and FaxStatus are required. Raises `MalformedInput`, and `UndirectedReport` for an unknown
    word without a queue.
    """
    fields = {name.casefold(): value.strip() for name, value in given.items()}
    realm = fields.get("realm", "")
    # The realm is ours by configuration; a post that names another is not about our faxes.
    if realm and realm.casefold() != account.realm.casefold():
        raise MalformedInput("Realm", "is not the realm of this deployment")
    direction = direction_of(fields.get("queue", ""), fields.get("faxstatus", ""), send_queue)
    if direction is None:
        # Either direction shows what is missing or malformed.
        report_of(account, Direction.OUTBOUND, Source.CALLBACK, fields, given)
        raise UndirectedReport
    return report_of(account, direction, Source.CALLBACK, fields, given)
