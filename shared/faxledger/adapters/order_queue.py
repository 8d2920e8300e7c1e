"""The queue of orders that are to be handed over to one provider."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


class SqsOrderQueue:
    """Implements `OrderQueue`; a message is the order's id and nothing else."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, order_id: str) -> bool:
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"order_id": order_id}))
        except (BotoCoreError, ClientError):
            return False
        return True
