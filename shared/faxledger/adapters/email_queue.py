"""The queue of received emails that are to be read."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.errors import MailUnavailable


class SqsEmailQueue:
    """A message is SES's id of the email and nothing else: subject and addresses stay in the bucket."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message_id: str) -> None:
        """Raises `MailUnavailable`."""
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"message_id": message_id}))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise MailUnavailable(f"the queue of emails answered {code}") from None
        except BotoCoreError as error:
            raise MailUnavailable(f"the queue of emails did not answer: {type(error).__name__}") from None
