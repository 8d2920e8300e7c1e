"""What differs from provider to provider, for functions that serve all of them."""

from collections.abc import Mapping

from faxledger.domain.fax import Provider
from faxledger.settings.environment import Environment


def by_provider(environment: Environment, what: str) -> Mapping[Provider, str]:
    """The variables `<PROVIDER>_<what>`, of the providers for which one is there and not empty."""
    texts = {provider: environment.get(f"{provider.upper()}_{what}", "") for provider in Provider}
    return {provider: text for provider, text in texts.items() if text}


def accounts_of(environment: Environment) -> Mapping[Provider, str]:
    """Our own accounts, as they stand in a fax's id: `<PROVIDER>_ACCOUNT`."""
    return {provider: account.lower() for provider, account in by_provider(environment, "ACCOUNT").items()}
