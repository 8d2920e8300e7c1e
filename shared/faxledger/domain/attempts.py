"""Attempts: a failed fax that is resent under its own identifier is `33`, then `33~2`, `33~3`."""

from dataclasses import replace

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Report


def provider_id(fax: FaxId) -> str:
    """What the provider calls a fax, whichever attempt it is."""
    return fax.job_id.partition("~")[0]


def next_attempt(fax: FaxId) -> FaxId:
    job_id, _, attempt = fax.job_id.partition("~")
    return replace(fax, job_id=f"{job_id}~{int(attempt or 1) + 1}")


def about_next_attempt(report: Report) -> Report:
    """The same report, about the attempt after the one it names."""
    return replace(report, fax=next_attempt(report.fax))
