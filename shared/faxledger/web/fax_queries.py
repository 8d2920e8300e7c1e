"""What became of a fax, as a JSON document (docs/openapi.yaml)."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final

from faxledger.domain.cases import Case
from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.report import Duty, DutyState, Failure, Fax, Sighting, StoredDocument
from faxledger.domain.submission import Submission, unnamed
from faxledger.domain.submission_ids import is_submission_id
from faxledger.usecases.cases import Cases
from faxledger.usecases.ports.ledger import Amendments, FaxLedger
from faxledger.usecases.ports.notifying import Deliveries
from faxledger.usecases.ports.retrieving import DocumentLinks
from faxledger.usecases.ports.sending import Submissions
from faxledger.web.delivery_queries import delivery_document
from faxledger.web.negotiation import preferred
from faxledger.web.parameters import fax_id, fax_id_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer, problem
from faxledger.web.routing import Answer
from faxledger.web.statements import Document, statements_of, time_text

_JSON: Final = "application/json"
# Stands for whatever type the document itself has.
_DOCUMENT: Final = "application/octet-stream"
_HEADERS: Final = {"cache-control": "no-store", "vary": "accept"}


class FaxQueries:
    """Answers from the ledger; `accounts` are ours at the providers."""

    def __init__(
        self,
        ledger: FaxLedger,
        amendments: Amendments,
        submissions: Submissions,
        links: DocumentLinks,
        cases: Cases,
        deliveries: Deliveries,
        accounts: Mapping[Provider, str],
    ) -> None:
        self._ledger = ledger
        self._amendments = amendments
        self._submissions = submissions
        self._links = links
        self._cases = cases
        self._deliveries = deliveries
        self._accounts = accounts

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {
            "GET /faxes/{id}": self._find,
            "GET /faxes/{id}/content": self._link,
        }

    def _find(self, request: Request) -> Response:
        document = self.find(request.path.get("id", ""))
        if document is None:
            return problem(HTTPStatus.NOT_FOUND, "The ledger knows no fax of this id.", field="id")
        return json_answer(document)

    def _link(self, request: Request) -> Response:
        link = self.content_link(fax_id_of(request))
        if link is None:
            detail = "There is no document of this id, or none yet."
            return problem(HTTPStatus.NOT_FOUND, detail, field="id")
        # A page's script can neither follow a link to another origin nor read where it leads.
        if preferred(request.headers.get("accept", ""), (_DOCUMENT, _JSON)) == _JSON:
            return json_answer({"url": link}, headers=_HEADERS)
        headers = {"location": link, **_HEADERS}
        return {"statusCode": HTTPStatus.TEMPORARY_REDIRECT.value, "headers": headers, "body": ""}

    def find(self, public_id: str) -> Document | None:
        """One fax with everything each source said; None if the ledger knows none of this id.

        It is found under our own id of its submission too, which answers for itself while it has no job: as
        `POST /faxes` gave it, and in the place of a job's id, as in the event of one that is overdue.
        Raises `MalformedInput`, `LedgerUnavailable`.
        """
        submission_id = public_id.rpartition(".")[2]
        if is_submission_id(submission_id):
            return self._submitted(submission_id)
        return self._described(fax_id(public_id))

    def _submitted(self, submission_id: str) -> Document | None:
        submission = self._submissions.submission(submission_id)
        if submission is None:
            return None
        job = None if submission.fax is None else self._described(submission.fax)
        return job or {
            **submission_summary(submission, self._accounts),
            "deliveries": self._deliveries_of(submission),
        }

    def _described(self, fax_id: FaxId) -> Document | None:
        known = self._amendments.find(fax_id)
        if known is None:
            return None
        case = self._cases.find(known.fax)
        submission = self._submission_of(known.fax)
        deliveries = [delivery_document(delivery) for delivery in self._deliveries.about(fax_id)]
        if submission is not None and submission.joined_by is not None:
            # What was told of it before it had a name.
            deliveries = [*self._deliveries_of(submission), *deliveries]
        return {
            **fax_summary(known.fax, known.look_at),
            **statements_of(known),
            **_evidence(known.fax),
            "case": case and _case(case),
            "joined_by": submission and submission.joined_by,
            "requested_by": submission and submission.requested_by,
            "handover_failure": failure_document(submission.failure) if submission else None,
            "sent_sha256": list(sent_sha256(known.fax, submission)),
            "deliveries": deliveries,
        }

    def _submission_of(self, fax: Fax) -> Submission | None:
        return self._submissions.submission(fax.submission) if fax.submission else None

    def _deliveries_of(self, submission: Submission) -> list[Document]:
        """Of what became of it before its provider had named it."""
        return [
            delivery_document(delivery)
            for delivery in self._deliveries.about(unnamed(submission, self._accounts))
        ]

    def content_link(self, fax_id: FaxId) -> str | None:
        """A short-lived URL of the fax's document; None if there is none, or none yet.

        Raises `LedgerUnavailable`.
        """
        fax = self._ledger.find(fax_id)
        return None if fax is None or fax.document is None else self._links.link(fax.document)


def sent_sha256(fax: Fax, submission: Submission | None) -> tuple[str, ...]:
    """Of a fax's documents as it was sent; where it is only guessed which one it is, by its submission."""
    return fax.sent_sha256 or (submission.sent_sha256 if submission else ())


def submission_summary(submission: Submission, accounts: Mapping[Provider, str]) -> Document:
    """A submission that is not joined with a fax, in a listing; `accounts` are ours at the providers."""
    fax_id = unnamed(submission, accounts)
    return {
        "kind": "submission",
        "id": str(fax_id),
        "submission": submission.id,
        "provider": submission.provider,
        "direction": fax_id.direction,
        "status": submission.status,
        "state": submission.state,
        "accepted_at": time_text(submission.accepted_at),
        "state_at": time_text(submission.state_at),
        "failure": failure_document(submission.failure),
        "to_number": submission.facts.to_number,
        "user": submission.facts.user,
        "reference": submission.facts.reference,
        "resends": _id(submission.resends),
        "requested_by": submission.requested_by,
        "sent_sha256": list(submission.sent_sha256),
    }


def fax_summary(fax: Fax, look_at: datetime | None) -> Document:
    """A fax in a listing."""
    facts = fax.facts
    return {
        "kind": "fax",
        "id": str(fax.id),
        "provider": fax.id.provider,
        "direction": fax.id.direction,
        "status": fax.status,
        "submitted_at": time_text(fax.submitted_at),
        "settled_at": time_text(fax.settled_at),
        "settled_by": fax.settled_by,
        "sources": list(dict.fromkeys(sighting.source for sighting in fax.sightings)),
        "completed_at": time_text(fax.completed_at),
        "failure": failure_document(fax.failure),
        "to_number": facts.to_number,
        "from_number": facts.from_number,
        "user": facts.user,
        "reference": facts.reference,
        "pages": facts.pages,
        "pages_total": facts.pages_total,
        "incomplete": fax.is_incomplete,
        "duration_seconds": facts.duration_seconds,
        "cost_usd": None if facts.cost_usd is None else str(facts.cost_usd),
        "duties": {duty: _duty(fax, duty, look_at) for duty in fax.duties},
    }


def _duty(fax: Fax, duty: Duty, look_at: datetime | None) -> Document:
    is_pending = fax.duties[duty] is DutyState.PENDING
    return {
        "state": fax.duties[duty],
        "failed_tries": fax.failed_tries.get(duty, 0),
        "last_problem": fax.last_problems.get(duty),
        "next_at": time_text(look_at) if is_pending else None,
    }


def _evidence(fax: Fax) -> Document:
    return {
        "sightings": [sighting_document(sighting) for sighting in fax.sightings],
        "unsettling": [sighting_document(sighting) for sighting in fax.unsettling],
        "costs_differ": fax.costs_differ,
        "content": fax.document and content_document(fax.document, fax.stored_at),
        "submission": fax.submission,
        "resends": _id(fax.resends),
        "resent_as": _id(fax.resent_as),
        "resent_at": time_text(fax.resent_at),
    }


def _case(case: Case) -> Document:
    return {"id": str(case.id), "faxes": [str(fax) for fax in case.faxes]}


def failure_document(failure: Failure | None) -> Document | None:
    if failure is None:
        return None
    return {"class": failure.failure_class, "code": failure.code, "text": failure.text}


def _id(fax: FaxId | None) -> str | None:
    return None if fax is None else str(fax)


def content_document(document: StoredDocument, stored_at: datetime | None) -> Document:
    return {
        "type": document.type.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "stored_at": time_text(stored_at),
    }


def sighting_document(sighting: Sighting) -> Document:
    return {
        "source": sighting.source,
        "seen_at": time_text(sighting.seen_at),
        "word": sighting.word,
        "status": sighting.status,
        "cost_usd": None if sighting.cost_usd is None else str(sighting.cost_usd),
        "given": dict(sighting.given),
        "unread": list(sighting.unread),
    }
