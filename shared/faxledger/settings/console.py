"""What `console_page` is told."""

from dataclasses import dataclass
from pathlib import Path

from faxledger.settings.environment import Environment, text_of


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`page` is the folder of the built page; `token_origin` and `scope_prefix` may be empty."""

    page: Path
    stack: str
    issuer: str
    client_id: str
    token_origin: str
    scope_prefix: str

    @classmethod
    def from_env(cls, environment: Environment) -> "ConsoleSettings":
        return cls(
            page=Path(text_of(environment, "CONSOLE_PAGE")),
            stack=text_of(environment, "STACK"),
            issuer=text_of(environment, "CONSOLE_ISSUER"),
            client_id=text_of(environment, "CONSOLE_CLIENT_ID"),
            token_origin=environment.get("CONSOLE_TOKEN_ORIGIN", ""),
            scope_prefix=environment.get("CONSOLE_SCOPE_PREFIX", ""),
        )
