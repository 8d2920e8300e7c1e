"""Faxes as emails through SES, each once: SES knows no request that is the same as one before."""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from faxledger.adapters.aws import code_of, problem_with
from faxledger.errors import AnswerLost, ProviderRefused, ProviderUnavailable
from faxledger.usecases.ports.sending import SUBMISSION_TAG

# SES says no to this message; to any other it may say yes. What else it answers a person or time can mend.
_REFUSALS: Final = frozenset({"MessageRejected", "BadRequestException"})


class SesMail:
    """Implements `Mail`. The client must not repeat a request by itself."""

    def __init__(self, client: Any, configuration_set: str) -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, raw: bytes, *, sender: str, recipient: str, submission_id: str) -> None:
        """As the port says. No error repeats SES's text, which names addresses."""
        try:
            self._client.send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": [recipient]},
                Content={"Raw": {"Data": raw}},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": SUBMISSION_TAG, "Value": submission_id}],
            )
        except ClientError as error:
            if (code := code_of(error)) in _REFUSALS:
                raise ProviderRefused("SendEmail", code) from None
            raise ProviderUnavailable(problem_with("SES", error)) from None
        except (HTTPClientError, ResponseParserError) as error:
            # It took too long, or the connection broke, before or behind the request: nobody can tell.
            raise AnswerLost(f"SES was not heard to answer: {type(error).__name__}") from None
        except BotoCoreError as error:
            # Among them the errors of a connection that was never made.
            raise ProviderUnavailable(f"SES was not reached: {type(error).__name__}") from None
