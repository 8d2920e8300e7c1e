"""Attempts: a failed fax that is resent under its own identifier is `33`, then `33~2`, `33~3`."""

from dataclasses import replace

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Fax, Report


def provider_id(fax: FaxId) -> str:
    """What the provider calls a fax, whichever attempt it is."""
    return fax.job_id.partition("~")[0]


def first_attempt(fax: FaxId) -> FaxId:
    return replace(fax, job_id=provider_id(fax))


def next_attempt(fax: FaxId) -> FaxId:
    job_id, _, attempt = fax.job_id.partition("~")
    return replace(fax, job_id=f"{job_id}~{int(attempt or 1) + 1}")


def about_next_attempt(report: Report) -> Report:
    """The same report, about the attempt after the one it names."""
    return replace(report, fax=next_attempt(report.fax))


def attempts_known(fax: Fax) -> tuple[FaxId, ...]:
    """The attempts at one fax as far as this one knows of them, itself among them, in their order.

    Under its own identifier it knows all before it, else the one before; after it the next.
    """
    attempt = int(fax.id.job_id.partition("~")[2] or 1)
    first = replace(fax.id, job_id=provider_id(fax.id))
    own = [first, *(replace(first, job_id=f"{first.job_id}~{number}") for number in range(2, attempt + 1))]
    before = [] if fax.resends is None or fax.resends in own else [fax.resends]
    after = [] if fax.resent_as is None else [fax.resent_as]
    return (*before, *own, *after)
