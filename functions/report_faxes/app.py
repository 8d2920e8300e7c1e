"""`GET /reports`, `GET /reports/{day}`: what became of every fax of a span, and whether that is all of it."""

from typing import Any

from faxledger.bootstrap import once, reporting

reports = once(reporting.report_faxes)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return reports().answer(event)
