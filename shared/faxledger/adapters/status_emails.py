"""Raw emails, as SES puts them into a bucket."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.errors import MailUnavailable


@dataclass(frozen=True, slots=True, repr=False)
class RawEmail:
    """The beginning of an email, or all of it."""

    raw: bytes
    is_truncated: bool


class ReceivedMail:
    """The bucket that a receipt rule writes to, under keys of `prefix` and SES's message id."""

    def __init__(self, client: Any, bucket: str, prefix: str, most_bytes: int) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._most_bytes = most_bytes

    def fetch(self, message_id: str) -> RawEmail:
        """Raises `MailUnavailable`."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{message_id}")
            with answer["Body"] as body:
                raw: bytes = body.read(self._most_bytes)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise MailUnavailable(f"the bucket of emails answered {code}") from None
        except BotoCoreError as error:
            raise MailUnavailable(f"the bucket of emails did not answer: {type(error).__name__}") from None
        return RawEmail(raw, is_truncated=answer["ContentLength"] > len(raw))
