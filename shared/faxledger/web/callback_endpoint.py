"""A provider's callback URL: who may call it, what can be read, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from faxledger.domain.report import Report, Unreadable
from faxledger.errors import (
    ItemRefused,
    LedgerUnavailable,
    MalformedInput,
    SecretUnavailable,
    UndirectedReport,
)
from faxledger.usecases.record import Recorder
from faxledger.web.forms import REPLACED, UnsupportedForm
from faxledger.web.request import Request
from faxledger.web.responses import Response, accepted, problem, problem_of

if TYPE_CHECKING:
    # Ports are for the reader and the type checker: a callback's cold start does not pay for them.
    from faxledger.usecases.ports.world import Count, Log

_MOST_BYTES = 64 * 1024
# By this a call says that it is a test of ours and about no fax. Its value tells one test from another.
TEST_HEADER = "x-faxledger-test"
_MOST_TEST_LETTERS = 64


class CallbackEndpoint:
    """One provider's callback URL.

    `origin` names it in logs and beside what could not be read; `accept` says what a valid token is:
    the `only` one, or among several the `newest` or an `older` one; `is_allowed` says whether an address may
    call, `read` makes a report of a request, and `keep_test` keeps a test.
    """

    def __init__(
        self,
        *,
        origin: str,
        accept: Callable[[str], str | None],
        is_allowed: Callable[[str], bool],
        read: Callable[[Request], Report],
        recorder: Recorder,
        keep_test: Callable[[str], None],
        count: Count,
        log: Log,
    ) -> None:
        self._origin = origin
        self._accept = accept
        self._is_allowed = is_allowed
        self._read = read
        self._recorder = recorder
        self._keep_test = keep_test
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> Response:
        """The answer to one callback: 2xx only when a durable trace of it exists, no 5xx for what it says."""
        request = Request.from_event(event)
        try:
            token = self._accept(request.path.get("token", ""))
            if token is None:
                return self._shut_out(request, "token")
            if not self._is_allowed(request.address):
                return self._shut_out(request, "address")
            test = request.headers.get(TEST_HEADER)
            if test is not None:
                return self._test(test)
            if token != "only":  # noqa: S105 - it says which, and is none
                # By this a person knows that a provider has turned to a new URL.
                self._count("CallbackUnderToken", origin=self._origin, token=token)
            return self._record(request)
        except (LedgerUnavailable, SecretUnavailable) as error:
            return self._not_recorded(error)

    def _not_recorded(
        self, error: LedgerUnavailable | SecretUnavailable, report: Report | None = None
    ) -> Response:
        self._log.error(
            "callback not recorded",
            extra={
                "fax_id": None if report is None else str(report.fax),
                "origin": self._origin,
                "reason": str(error),
            },
        )
        self._count("CallbackNotRecorded", origin=self._origin)
        return problem_of(error)

    def _shut_out(self, request: Request, reason: str) -> Response:
        """Whoever is shut out learns nothing; by the address we tell a provider from a stranger."""
        self._log.warning(
            "callback refused", extra={"origin": self._origin, "reason": reason, "address": request.address}
        )
        self._count_refused(reason)
        return problem(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def _test(self, test: str) -> Response:
        """Leave a trace of the test: what else the request says is never read, so no fax comes of it."""
        if not (test.isascii() and test.isalnum() and len(test) <= _MOST_TEST_LETTERS):
            detail = f"A test is named by at most {_MOST_TEST_LETTERS} letters and digits."
            return problem(HTTPStatus.BAD_REQUEST, detail, field=TEST_HEADER)
        self._keep_test(test)
        self._log.info("test callback kept", extra={"origin": self._origin})
        return accepted()

    def _record(self, request: Request) -> Response:
        raw = request.raw()
        if len(raw) > _MOST_BYTES:
            self._keep(raw, f"it is longer than {_MOST_BYTES} bytes")
            self._count_refused("size")
            detail = f"A callback may have at most {_MOST_BYTES} bytes."
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, field="body")
        try:
            report = self._read(request)
        except UnsupportedForm:
            self._keep(raw, "its content type is not a form's")
            self._count_refused("form")
            detail = "Send application/x-www-form-urlencoded or multipart/form-data."
            return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, field="content-type")
        except MalformedInput as error:
            self._keep(raw, str(error))
            self._count_refused("field")
            return problem_of(error)
        except UndirectedReport:
            self._keep(raw, "its status word is unknown and nothing says which way the fax went")
            self._recorder.count_unknown_word(self._origin)
            return accepted()
        if report.is_oversize:
            self._keep(raw, "it is longer than a sighting keeps; its status was used")
        try:
            settlement = self._recorder.record(report)
        except LedgerUnavailable as error:
            if isinstance(error, ItemRefused):
                # Repeating it would change nothing: it is a person's now.
                self._keep(raw, f"it can't be kept with its fax: {error}")
            return self._not_recorded(error, report)
        if settlement is not None and not settlement.is_kept:
            self._keep(raw, "it says otherwise than was said before, and its fax keeps no more of that")
        if any(REPLACED in name + text for name, text in report.given.items()):
            self._count("CharactersReplaced", origin=self._origin)
        return accepted()

    def _count_refused(self, reason: str) -> None:
        self._count("CallbackRefused", origin=self._origin, reason=reason)

    def _keep(self, raw: bytes, problem_found: str) -> None:
        self._recorder.set_aside(
            Unreadable(
                origin=self._origin,
                problem=problem_found,
                raw=raw[:_MOST_BYTES],
                is_truncated=len(raw) > _MOST_BYTES,
            )
        )
