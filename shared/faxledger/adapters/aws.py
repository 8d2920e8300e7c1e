"""Clients of AWS services, and in which words their errors are passed on.

The clients are botocore's own: boto3 adds import time and nothing that is used here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

from faxledger.settings.environment import lean_start_of, process_environment

# A callback has 10 s in all and the provider repeats it: better a quick 503 than a slow one.
_PATIENCE = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"total_max_attempts": 2, "mode": "standard"},
    # As many faxes as the template lets a poll mark at once, and the thread that hands out the work.
    max_pool_connections=17,
    parameter_validation=False,
)


# Megabytes take longer. Links to a bucket under KMS have to be signed in this way (S3's user guide).
_PATIENCE_FOR_DOCUMENTS = _PATIENCE.merge(
    Config(
        connect_timeout=3,
        read_timeout=30,
        retries={"total_max_attempts": 3, "mode": "standard"},
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
    )
)


# SES knows no request that is the same as one before: whatever is repeated is sent twice.
_PATIENCE_FOR_MAIL = _PATIENCE.merge(
    Config(connect_timeout=3, read_timeout=60, retries={"total_max_attempts": 1, "mode": "standard"})
)


@cache
def _session() -> Session:
    if "handlers" in lean_start_of(process_environment()):
        from faxledger.adapters.aws_session import LeanSession  # noqa: PLC0415 - a saving that can be turned off

        return LeanSession()
    return get_session()


def client(service: str) -> Any:
    """A client that connects within 1 s, reads within 2 s and tries twice."""
    return _session().create_client(service, config=_PATIENCE)


def patient_client(service: str) -> Any:
    """A client for whoever makes thousands of calls, of which one may take longer: it tries four times."""
    longer = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 4, "mode": "standard"})
    return _session().create_client(service, config=_PATIENCE.merge(longer))


def mail_client() -> Any:
    """A client of SES that has patience with documents, and asks once."""
    return _session().create_client("sesv2", config=_PATIENCE_FOR_MAIL)


def documents_client() -> Any:
    """A client of S3 that has patience with documents."""
    return _session().create_client("s3", config=_PATIENCE_FOR_DOCUMENTS)


@contextmanager
def aws_errors(service: str, error_of: Callable[[str], Exception]) -> Iterator[None]:
    """Raise what `error_of` makes of `problem_with` in the place of botocore's errors."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise error_of(problem_with(service, error)) from None


def problem_with(service: str, error: BotoCoreError | ClientError) -> str:
    """What went wrong, without AWS's own text: that names keys and addresses."""
    if isinstance(error, ClientError):
        return f"{service} answered {code_of(error)}"
    return f"{service} did not answer: {type(error).__name__}"


def code_of(error: ClientError) -> str:
    """AWS's code of an error it answered, such as `AccessDenied`."""
    return error.response.get("Error", {}).get("Code", "an error without a code")
