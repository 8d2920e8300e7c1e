"""What can be heard of GreenFax, for whoever wants to know whether it still speaks."""

from faxledger.domain.fax import Direction, Provider, Source
from faxledger.providers.greenfax.feed_plan import feed_allowance_of
from faxledger.settings.environment import Environment
from faxledger.usecases.ports.heard import WatchedProvider


def watched(environment: Environment, account: str) -> WatchedProvider:
    """Its feeds are listed with the days that were read (`FeedQueries`)."""
    allowance = feed_allowance_of(environment)
    claims = dict.fromkeys(
        claim for direction in Direction for claim in allowance.claims_of(Provider.GREENFAX, direction)
    )
    return WatchedProvider(
        Provider.GREENFAX, account, pushes=(Source.NOTIFY, Source.EMAIL), claims=tuple(claims)
    )
