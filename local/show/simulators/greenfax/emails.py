"""The email with which GreenFax answers each job; the real one's form is not public."""

from email.message import EmailMessage
from html import escape
from zoneinfo import ZoneInfo

from local.show.simulators.greenfax.faxes import GreenFaxJob, word_of
from local.show.simulators.greenfax.notify import notify_time

SENDER = "status@greenfax.com"


def status_email(job: GreenFaxJob, zone: ZoneInfo) -> bytes:
    """Plain text, and the same in an HTML table."""
    values = {
        "Job ID": job.job_id,
        "Fax Number": job.number,
        "Status": word_of(job.status, job.outcome.cause),
        "Pages": str(job.outcome.pages_done),
        "Duration": str(job.outcome.duration_seconds),
        "Cost": f"${job.cost}",
        "Job Code": job.job_code,
        "Timestamp": notify_time(job.completed_at, zone),
    }
    message = EmailMessage()
    message["From"] = f"GreenFax <{SENDER}>"
    message["To"] = job.sender
    message["Subject"] = f"Your fax {job.job_id}"
    lines = "".join(f"{label}: {value}\n" for label, value in values.items())
    message.set_content(
        f"Dear customer,\n\nthis is what became of your fax.\n\n{lines}", cte="quoted-printable"
    )
    rows = "".join(f"<tr><td>{label}:</td><td>{escape(value)}</td></tr>" for label, value in values.items())
    message.add_alternative(f"<html><body><table>{rows}</table></body></html>", subtype="html", cte="base64")
    return message.as_bytes()
