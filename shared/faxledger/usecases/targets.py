"""Who is to be told of a fax: those whom its sender has named, or else those of its route."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from faxledger.domain.deliveries import Route, RouteKey, Target, route_keys
from faxledger.domain.fax import FaxId
from faxledger.domain.numbers import differ
from faxledger.domain.report import Fax
from faxledger.domain.submission_ids import is_submission_id, order_id_of
from faxledger.usecases.ports.sending import Orders


def with_its_order(fax_id: FaxId, fax: Fax | None, orders: Orders) -> Fax | None:
    """The fax with what its sender said of it, also before it is joined, and before it has a job.

    Raises `LedgerUnavailable`.
    """
    submission_id = fax_id.job_id if fax is None else (fax.facts.reference or "").strip().lower()
    if not is_submission_id(submission_id):
        return fax
    kept = orders.find(order_id_of(submission_id))
    if kept is None or submission_id not in kept.order.submissions:
        return fax
    order = kept.order
    facts = order.facts(order.submissions.index(submission_id))
    if fax is not None and differ(facts.to_number or "", fax.facts.to_number or ""):
        # It went to somebody else than this sender has asked for.
        return fax
    return replace(fax or Fax(fax_id), facts=facts, submission=submission_id)


def own_targets(fax: Fax, orders: Orders) -> Sequence[Target]:
    """Those whom the sender of the fax has named, in the place of any route's. Raises `LedgerUnavailable`."""
    kept = None if fax.submission is None else orders.find(order_id_of(fax.submission))
    return () if kept is None else kept.order.notify


def route_of(fax: Fax, find: Callable[[RouteKey], Route | None]) -> Route | None:
    """The most particular route that there is for the fax."""
    return next((route for key in route_keys(fax) if (route := find(key)) is not None), None)


def for_nobody(
    faxes: Collection[Fax], known: Callable[[Collection[RouteKey]], Collection[RouteKey]]
) -> frozenset[FaxId]:
    """Those of which nobody can be told, as far as is known without a look at any order.

    `known` says which routes there are. Raises `LedgerUnavailable`.
    """
    by_route = [fax for fax in faxes if not _may_have_a_sender(fax)]
    routes = known({key for fax in by_route for key in route_keys(fax)}) if by_route else ()
    return frozenset(fax.id for fax in by_route if not any(key in routes for key in route_keys(fax)))


def _may_have_a_sender(fax: Fax) -> bool:
    reference = (fax.facts.reference or "").strip().lower()
    return fax.submission is not None or is_submission_id(reference) or is_submission_id(fax.id.job_id)
