"""Whether each provider still speaks, and who has leave to ask it, as JSON (docs/openapi.yaml)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from faxledger.usecases.ports.claims import Claims
from faxledger.usecases.ports.heard import LOGIN_REFUSED, Heard, WatchedProvider, query
from faxledger.usecases.ports.world import Clock
from faxledger.web.feed_queries import FeedQueries
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer
from faxledger.web.routing import Answer
from faxledger.web.statements import Document, time_text


class ProviderQueries:
    """Answers about the providers that there are accounts at."""

    def __init__(
        self,
        watched: Sequence[WatchedProvider],
        heard: Heard,
        claims: Claims,
        feeds: FeedQueries,
        clock: Clock,
    ) -> None:
        self._watched = watched
        self._heard = heard
        self._claims = claims
        self._feeds = feeds
        self._clock = clock

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /providers": self._list}

    def _list(self, _: Request) -> Response:
        now = self._clock.now()
        return json_answer({"providers": [self._provider(watched, now) for watched in self._watched]})

    def _provider(self, watched: WatchedProvider, now: datetime) -> Document:
        heard = self._heard.of(watched.provider)
        return {
            "provider": watched.provider,
            "account": watched.account,
            "heard": {source: time_text(heard.get(source)) for source in watched.pushes},
            "queries": [
                {"query": name, "read_at": time_text(heard.get(query(name)))} for name in watched.queries
            ],
            "feeds": self._feeds.summaries(watched.provider),
            "claims": [claim for what in watched.claims if (claim := self._claim(what, now))],
            "login_refused": _refusal(watched, heard),
        }

    def _claim(self, what: str, now: datetime) -> Document | None:
        claim = self._claims.standing(what)
        if claim is None:
            return None
        return {
            "what": what,
            "since": time_text(claim.since),
            "until": time_text(claim.until),
            "is_held": claim.until > now,
        }


def _refusal(watched: WatchedProvider, heard: Mapping[str, datetime]) -> Document | None:
    """None where nothing was refused, or where somebody was let in since and a query was read to its end."""
    refused_at = heard.get(LOGIN_REFUSED)
    if refused_at is None or watched.login_rests is None:
        return None
    if any(heard[what] > refused_at for what in map(query, watched.queries) if what in heard):
        return None
    return {"at": time_text(refused_at), "not_tried_until": time_text(refused_at + watched.login_rests)}
