"""Who is to be told of a fax: those whom its sender has named, or else those of its route."""

from collections.abc import Callable, Sequence
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
