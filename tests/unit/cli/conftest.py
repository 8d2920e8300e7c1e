"""The API as a command meets it: answers that a test gives, and requests that it looks at."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from cli.api import Api
from tests.support.openapi import openapi, validator_of

Answering = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answering], list[httpx.Request]]:
    """Takes what answers from now on; gives the requests that come, as they come."""
    for name in ("FAXLEDGER_API_URL", "FAXLEDGER_STACK"):
        monkeypatch.delenv(name, raising=False)

    def begin(answer: Answering) -> list[httpx.Request]:
        came: list[httpx.Request] = []

        def kept(request: httpx.Request) -> httpx.Response:
            came.append(request)
            return answer(request)

        monkeypatch.setattr(Api, "_client", httpx.Client(transport=httpx.MockTransport(kept)))
        return came

    return begin


def answered(document: Any, status: int = 200) -> Answering:
    return lambda _: httpx.Response(status, json=document)


def summary(job: str = "33", **more: Any) -> dict[str, Any]:
    """A fax as `GET /faxes` lists it, of which nothing is known but what is said."""
    fax: dict[str, Any] = {
        "kind": "fax",
        "id": f"softlinx.outbound.acme.{job}",
        "provider": "softlinx",
        "direction": "outbound",
        "status": "submitted",
        **dict.fromkeys(_UNKNOWN),
        "sources": [],
        "incomplete": False,
        "duties": {},
        **more,
    }
    return _as_documented("Summary", fax)


def settled(job: str = "33", status: str = "sent", at: str = "2026-11-26T10:03:12Z", **more: Any) -> Any:
    known = {"settled_at": at, "settled_by": "callback", "sources": ["callback"], "completed_at": at}
    return summary(job, status=status, **known | more)


def submission(state: str = "accepted", **more: Any) -> dict[str, Any]:
    """A submission as `GET /faxes` lists it."""
    own = "0123456789abcdef0123456789abcdef-1"
    return _as_documented(
        "SubmissionSummary",
        {
            "kind": "submission",
            "id": f"softlinx.outbound.acme.{own}",
            "submission": own,
            "provider": "softlinx",
            "direction": "outbound",
            "status": "failed" if state == "refused" else "submitted",
            "state": state,
            "accepted_at": "2026-11-26T10:02:00Z",
            **dict.fromkeys(
                ("state_at", "failure", "to_number", "user", "reference", "resends", "requested_by")
            ),
            "sent_sha256": [],
            **more,
        },
    )


def fax(job: str = "33", **more: Any) -> dict[str, Any]:
    """A fax as `GET /faxes/{id}` answers it, of which nothing is known but what is said."""
    lists = ("amendments", "sightings", "unsettling", "deliveries", "sent_sha256")
    nothing: dict[str, Any] = {
        **dict.fromkeys(_MORE_UNKNOWN),
        **{name: [] for name in lists},
        "costs_differ": False,
    }
    listed = {name: value for name, value in more.items() if name in summary()}
    return _as_documented("Fax", {**summary(job, **listed), **nothing, **more})


def delivery(state: str, **more: Any) -> dict[str, Any]:
    unknown = dict.fromkeys(("next_at", "delivered_at", "problem"))
    of = {"event": "fax.failed", "event_id": "a" * 32, "target": "9f86d081884c7d65", "route": "default"}
    when = {"planned_at": "2026-11-26T10:03:12Z", **unknown}
    return {**of, "channel": "webhook", "state": state, "attempts": 1, **when, **more}


def sighting(source: str, status: str | None, at: str, word: str = "sent", **more: Any) -> dict[str, Any]:
    of = {"source": source, "seen_at": at, "word": word, "status": status}
    return {**of, "cost_usd": None, "given": {}, "unread": [], **more}


def _as_documented(schema: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Fails where a part is none of docs/openapi.yaml, or is something else there; parts may be missing."""
    parts = _parts_of({"$ref": f"#/components/schemas/{schema}"})
    for name, value in document.items():
        wrong = [
            error for error in validator_of(parts[name]).iter_errors(value) if error.validator != "required"
        ]
        assert wrong == [], name
    return dict(document)


def _parts_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    parts = dict(schema.get("properties", {}))
    for one in schema.get("allOf", ()):
        parts |= _parts_of(one)
    if "$ref" in schema:
        parts |= _parts_of(openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return parts


_UNKNOWN = (
    "submitted_at",
    "settled_at",
    "settled_by",
    "completed_at",
    "failure",
    "to_number",
    "from_number",
    "user",
    "reference",
    "pages",
    "pages_total",
    "duration_seconds",
    "cost_usd",
)
_MORE_UNKNOWN = (
    "first_status",
    "amended_status",
    "conflict",
    "content",
    "case",
    "submission",
    "requested_by",
    "joined_by",
    "handover_failure",
    "resends",
    "resent_as",
    "resent_at",
)
