"""The providers, one entry each: what the functions that serve every provider ask of one.

A provider's own functions are composed in the module of its name. Its account and its queues are no part of
its entry: they are found in the environment by its name (`settings/by_provider.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from faxledger.bootstrap import greenfax, softlinx
from faxledger.domain.fax import Provider
from faxledger.providers.softlinx import order_codes
from faxledger.providers.softlinx import transmissions as softlinx_transmissions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from faxledger.domain.cases import Transmission
    from faxledger.domain.report import Fax
    from faxledger.settings.environment import Environment
    from faxledger.usecases.ports.heard import WatchedProvider
    from faxledger.usecases.ports.sending import OrderQueue
    from faxledger.usecases.submit import SendingRules
    from faxledger.web.feed_queries import FeedRules


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """`watched` says what can be heard of the provider, under which account.

    `sending_rules` says what may be sent through it, by orders that go to the queue.
    `feed_rules` says how its feeds are read, `transmission_of` in which call a fax came in; None where it has
    no feeds, or says nothing of its calls. `look_back_cursors` are those from which it is asked for what it
    offers no more; None where it never stops offering. `order_code_of` is the code of an order of ours that
    a fax brings back; None where one brings back a submission's id. All are asked only where the provider is
    deployed.
    """

    watched: Callable[[Environment, str], WatchedProvider]
    sending_rules: Callable[[Environment, OrderQueue], SendingRules]
    feed_rules: Callable[[Environment], FeedRules] | None = None
    transmission_of: Callable[[Fax], Transmission | None] | None = None
    look_back_cursors: Callable[[], Sequence[str]] | None = None
    order_code_of: Callable[[Fax], str | None] | None = None


PROVIDERS: Final[Mapping[Provider, ProviderEntry]] = {
    Provider.SOFTLINX: ProviderEntry(
        watched=softlinx.watched,
        sending_rules=softlinx.sending_rules,
        transmission_of=softlinx_transmissions.transmission_of,
        look_back_cursors=softlinx.look_back_cursors,
        order_code_of=order_codes.order_code_of,
    ),
    Provider.GREENFAX: ProviderEntry(
        watched=greenfax.watched,
        sending_rules=greenfax.sending_rules,
        feed_rules=greenfax.feed_rules,
    ),
}


def transmission_of(fax: Fax) -> Transmission | None:
    """In which call the fax came in; None where its provider says nothing of that."""
    read = PROVIDERS[fax.id.provider].transmission_of
    return None if read is None else read(fax)
