"""What can be heard of Softlinx, for whoever wants to know whether it still speaks."""

from datetime import timedelta

from faxledger.domain.fax import Provider, Source
from faxledger.providers.softlinx.marking import Mode, offers_of
from faxledger.providers.softlinx.refused_logins import LEFT_ALONE_FOR
from faxledger.settings.environment import Environment, choice_of, flag_of
from faxledger.usecases.leases import query_lease_of
from faxledger.usecases.poll import claim_of
from faxledger.usecases.ports.heard import WatchedProvider
from faxledger.usecases.ports.marking import Offer

# 12 attempts, 2 hours apart (doc): the last one comes 22 hours after the first.
_REPEATED_FOR = timedelta(hours=22)
_EVERY_RUN = timedelta(hours=1)


def watched(environment: Environment, account: str) -> WatchedProvider:
    """Which queries there are depends on `SOFTLINX_MODE`; it pushes where `SOFTLINX_LISTENS`."""
    listens = flag_of(environment, "SOFTLINX_LISTENS")
    offers = offers_of(Mode(choice_of(environment, "SOFTLINX_MODE", tuple(Mode))))
    rare = (claim_of(Provider.SOFTLINX, offer) for offer in offers if offer.every is not None)
    return WatchedProvider(
        Provider.SOFTLINX,
        account,
        pushes=(Source.CALLBACK,) if listens else (),
        queries=tuple(offer.name for offer in offers if not offer.looks_back),
        # What is asked once a day finds faxes whose words nobody knows, and those come to no end here.
        proving=tuple(offer.name for offer in offers if _is_of_every_run(offer)),
        repeats_for=_REPEATED_FOR if listens else None,
        claims=(query_lease_of(Provider.SOFTLINX), *rare),
        login_rests=LEFT_ALONE_FOR,
    )


def _is_of_every_run(offer: Offer) -> bool:
    return not offer.looks_back and (offer.every is None or offer.every <= _EVERY_RUN)
