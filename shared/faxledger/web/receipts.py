"""`GET /faxes/{id}/receipt`: what can be shown of a fax's transmission (docs/openapi.yaml)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from faxledger.domain.amendments import AmendedFax
from faxledger.domain.fax import Provider
from faxledger.domain.signatures import Signature, message_of
from faxledger.domain.submission import Submission, failed_fax
from faxledger.domain.submission_ids import is_submission_id
from faxledger.errors import NotPossible
from faxledger.usecases.ports.ledger import Amendments
from faxledger.usecases.ports.sending import Submissions
from faxledger.usecases.ports.world import Clock
from faxledger.web.negotiation import preferred
from faxledger.web.parameters import fax_id
from faxledger.web.receipt_document import receipt_of
from faxledger.web.receipt_page import PAGE_HEADERS, page_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer, problem
from faxledger.web.routing import Answer
from faxledger.web.statements import Document

_JSON: Final = "application/json"
_HTML: Final = "text/html"
_HEADERS: Final = {"cache-control": "no-store", "vary": "accept"}


class Receipts:
    """Answers from the ledger; `accounts` are ours at the providers. Without `sign` nothing is signed."""

    def __init__(
        self,
        amendments: Amendments,
        submissions: Submissions,
        accounts: Mapping[Provider, str],
        zone: ZoneInfo,
        clock: Clock,
        sign: Callable[[bytes], Signature] | None,
    ) -> None:
        self._amendments = amendments
        self._submissions = submissions
        self._accounts = accounts
        self._zone = zone
        self._clock = clock
        self._sign = sign

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /faxes/{id}/receipt": self._answer}

    def _answer(self, request: Request) -> Response:
        form = preferred(request.headers.get("accept", ""), (_JSON, _HTML))
        if form is None:
            return problem(
                HTTPStatus.NOT_ACCEPTABLE, f"A receipt comes as {_JSON} or {_HTML}.", field="accept"
            )
        known, submission = self._find(request.path.get("id", ""))
        if known is None and submission is None:
            return problem(HTTPStatus.NOT_FOUND, "The ledger knows no fax of this id.", field="id")
        if known is None or not known.fax.is_settled:
            raise NotPossible("id", "has no final status yet: a receipt is of what has come to its end")
        receipt = self._signed(receipt_of(known, submission, zone=self._zone, now=self._clock.now()))
        if form == _JSON:
            return json_answer(receipt, headers=_HEADERS)
        headers = {**PAGE_HEADERS, **_HEADERS}
        return {"statusCode": HTTPStatus.OK.value, "headers": headers, "body": page_of(receipt)}

    def _signed(self, receipt: Document) -> Document:
        if self._sign is None:
            return receipt
        return {**receipt, "signature": asdict(self._sign(message_of(receipt)))}

    def _find(self, public_id: str) -> tuple[AmendedFax | None, Submission | None]:
        """The fax and its submission, by the id of either, as `GET /faxes/{id}` finds them.

        A submission that was refused is a fax that has failed.
        """
        submission_id = public_id.rpartition(".")[2]
        if is_submission_id(submission_id):
            submission = self._submissions.submission(submission_id)
            if submission is None:
                return None, None
            known = self._amendments.find(submission.fax) if submission.fax else None
            failed = failed_fax(submission, self._accounts)
            return known or (AmendedFax(failed) if failed else None), submission
        known = self._amendments.find(fax_id(public_id))
        if known is None or known.fax.submission is None:
            return known, None
        return known, self._submissions.submission(known.fax.submission)
