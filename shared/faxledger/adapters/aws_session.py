"""A session of botocore's that listens to what concerns the services it has clients of, and to nothing else.

botocore registers some 130 handlers for all services at every start, of which a callback's two clients have
use for about ten. A test holds that each service's clients have the very handlers that they have without it.

Credentials come from where Lambda puts them: its variables or, after a snapshot, its own address. botocore's
chain has ten more places, and asks the environment for proxies on the way.
"""

from typing import Any

from botocore.config import Config
from botocore.credentials import ContainerProvider, CredentialResolver, EnvProvider
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.session import Session
from botocore.utils import EVENT_ALIASES

from faxledger.settings.environment import process_environment

_ALL = ""


class LeanSession(Session):
    """Registers a service's handlers right before its first client is made."""

    def __init__(self) -> None:
        super().__init__(include_builtin_handlers=False)
        self._known: set[str] = set()
        self._register_handlers_of(_ALL)
        places = CredentialResolver([EnvProvider(), ContainerProvider()])
        self.register_component("credential_provider", places)
        if not any(name.lower().endswith("_proxy") for name in process_environment()):
            # Else botocore has urllib's client look for proxies, and that client takes long to import.
            self.set_default_client_config(Config(proxies={}))

    def create_client(self, service_name: str, *arguments: Any, **named: Any) -> Any:
        self._register_handlers_of(service_name)
        return super().create_client(service_name, *arguments, **named)

    def _register_handlers_of(self, service: str) -> None:
        if service in self._known:
            return
        self._known.add(service)
        emitter = self.get_component("event_emitter")
        # Events name some services otherwise than clients do; a handler may be registered for either.
        names = {service, EVENT_ALIASES.get(service, service)}
        for event, handler, *place in BUILTIN_HANDLERS:
            if _service_of(event) in names:
                match place:
                    case [first] if first is REGISTER_FIRST:
                        emitter.register_first(event, handler)
                    case [last] if last is REGISTER_LAST:
                        emitter.register_last(event, handler)
                    case _:
                        emitter.register(event, handler)


def _service_of(event: str) -> str | None:
    """The service of an event such as `before-call.s3.PutObject`; none where documentation is written."""
    stage, _, rest = event.partition(".")
    return None if stage == "docs" else rest.partition(".")[0]
