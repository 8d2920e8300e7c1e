"""Status emails on their way from SES: the bucket that they lie in, and the queue that says which to read."""

import json
from typing import Any

from faxledger.adapters.aws import aws_errors
from faxledger.errors import MailUnavailable
from faxledger.usecases.ports.status_emails import RawEmail


class ReceivedMail:
    """The bucket that a receipt rule writes to, under keys of `prefix` and SES's message id."""

    def __init__(self, client: Any, bucket: str, prefix: str, most_bytes: int) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._most_bytes = most_bytes

    def fetch(self, message_id: str) -> RawEmail:
        """Raises `MailUnavailable`."""
        with aws_errors("the bucket of emails", MailUnavailable):
            answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{message_id}")
            with answer["Body"] as body:
                raw: bytes = body.read(self._most_bytes)
        return RawEmail(raw, is_truncated=answer["ContentLength"] > len(raw))


class SqsEmailQueue:
    """The queue of emails that are to be read; triggers/status_email_queue.py reads its messages.

    A message is SES's id of the email and nothing else: subject and addresses stay in the bucket.
    """

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message_id: str) -> None:
        """Raises `MailUnavailable`."""
        with aws_errors("the queue of emails", MailUnavailable):
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"message_id": message_id}))
