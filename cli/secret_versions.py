"""A secret's value as it was read, and its successor: written only if nobody else was quicker."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from local.runtime.errors import CannotRun

_CURRENT: Final = "AWSCURRENT"
_PREVIOUS: Final = "AWSPREVIOUS"
# A version needs a label until it is the current one.
_NEXT: Final = "FAXLEDGER_NEXT"


@dataclass(frozen=True, slots=True, repr=False)
class SecretVersion:
    """One value of a secret. Its text has no place in anything that is printed."""

    id: str
    text: str
    created_at: datetime


def current_version(client: Any, secret_id: str) -> SecretVersion:
    """What the functions read. What AWS refuses is raised as botocore has it."""
    return _version(client, secret_id, _CURRENT)


def previous_version(client: Any, secret_id: str) -> SecretVersion | None:
    """What was the current one before, if that is kept still."""
    try:
        return _version(client, secret_id, _PREVIOUS)
    except client.exceptions.ResourceNotFoundException:
        return None


def add_version(client: Any, secret_id: str, text: str) -> str:
    """Keep a further value, which nobody reads yet; its version's id."""
    answer = client.put_secret_value(
        SecretId=secret_id, SecretString=text, ClientRequestToken=str(uuid4()), VersionStages=[_NEXT]
    )
    return str(answer["VersionId"])


def make_current(client: Any, secret_id: str, version_id: str, *, instead_of: str) -> None:
    """Have the functions read this version, if until now it was that one.

    Raises `CannotRun` where somebody else has changed the secret meanwhile; nothing is changed then.
    """
    try:
        # The label moves only if it is where it was: two people at once are told apart by this.
        client.update_secret_version_stage(
            SecretId=secret_id,
            VersionStage=_CURRENT,
            RemoveFromVersionId=instead_of,
            MoveToVersionId=version_id,
        )
    except (client.exceptions.InvalidParameterException, client.exceptions.InvalidRequestException):
        raise CannotRun(
            "somebody else has changed this secret meanwhile, and what they wrote stays. Nothing was changed "
            "here: look at it, and try again"
        ) from None
    finally:
        with suppress(ClientError):
            client.update_secret_version_stage(
                SecretId=secret_id, VersionStage=_NEXT, RemoveFromVersionId=version_id
            )


def _version(client: Any, secret_id: str, stage: str) -> SecretVersion:
    answer = client.get_secret_value(SecretId=secret_id, VersionStage=stage)
    return SecretVersion(answer["VersionId"], answer["SecretString"], answer["CreatedDate"])
