"""What HTTP Notify (outbound) and HTTPS Notify (inbound) put into a query string."""

from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from local.show.simulators.greenfax.faxes import GreenFaxJob
from local.show.simulators.jobs import JobStatus


def outbound_fields(job: GreenFaxJob, result: str, status: JobStatus, zone: ZoneInfo) -> dict[str, str]:
    """`status` is what the notification claims, whatever the log has."""
    outcome = job.outcome
    return {
        "result": result,
        "timestamp": notify_time(job.completed_at, zone),
        "destination": job.number,
        "pages": str(outcome.pages if status is JobStatus.SENT else outcome.pages_done),
        "duration": str(outcome.duration_seconds),
        "userjobcode": job.job_code,
        "greenfaxreferenceid": job.job_id,
        "cost": str(job.cost),
    }


def inbound_fields(job: GreenFaxJob, zone: ZoneInfo) -> dict[str, str]:
    return {
        "greenfax_job_id": job.job_id,
        "inbound_fax_number": job.number,
        "fax_timestamp": notify_time(job.completed_at, zone),
        "pages": str(job.outcome.pages),
        "sender": job.sender,
        "filename": job.filename,
        "download_url": job.download_url,
    }


def notify_time(when: datetime | None, zone: ZoneInfo) -> str:
    """Local time with its own offset, as in `01/10/2005 02:10:25 PM EST (GMT-5)` (seen)."""
    if when is None:
        return ""
    local = when.astimezone(zone)
    whole_hours = int(f"{local:%z}"[:3])
    return f"{local:%m/%d/%Y %I:%M:%S %p %Z} (GMT{whole_hours:+d})"


def notify_url(url: str, fields: dict[str, str], *, encode_twice: bool) -> str:
    """The registered URL with these fields; it may hold a query of its own."""
    query = urlencode(fields)
    if encode_twice:
        query = quote(query, safe="")
    return f"{url}{'&' if '?' in url else '?'}{query}"
