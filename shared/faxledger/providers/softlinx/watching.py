"""What can be heard of Softlinx, for whoever wants to know whether it still speaks."""

from faxledger.domain.fax import Provider, Source
from faxledger.providers.softlinx.marking import Mode, offers_of
from faxledger.providers.softlinx.refused_logins import LEFT_ALONE_FOR
from faxledger.settings.environment import Environment, choice_of
from faxledger.usecases.leases import query_lease_of
from faxledger.usecases.poll import claim_of
from faxledger.usecases.ports.heard import WatchedProvider


def watched(environment: Environment, account: str) -> WatchedProvider:
    """Which queries there are depends on `SOFTLINX_MODE`."""
    offers = offers_of(Mode(choice_of(environment, "SOFTLINX_MODE", tuple(Mode))))
    rare = (claim_of(Provider.SOFTLINX, offer) for offer in offers if offer.every is not None)
    return WatchedProvider(
        Provider.SOFTLINX,
        account,
        pushes=(Source.CALLBACK,),
        queries=tuple(offer.name for offer in offers if not offer.looks_back),
        claims=(query_lease_of(Provider.SOFTLINX), *rare),
        login_rests=LEFT_ALONE_FOR,
    )
