"""Query, put, mark, one after the other: the Softlinx client that zeep's documentation leads to."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import zeep
from botocore.exceptions import ClientError

OUTBOUND = {"sendFailed": "failed", "sent": "sent"}


def main() -> None:
    """Settles and marks every unmarked outbound fax, failed ones first."""
    client: Any = zeep.Client(os.environ["SOFTLINX_URL"])  # type: ignore[no-untyped-call]
    table = boto3.client("dynamodb")
    login = {"Login": os.environ["LOGIN"], "Password": os.environ["PASSWORD"], "Realm": os.environ["REALM"]}
    token = {"AuthToken": succeeded(client.service.Login(LoginInput={"Authentication": login})).AuthToken}
    for word, status in OUTBOUND.items():
        # To the end before the first mark: whether a mark shifts the pages is open.
        for fax in list(unmarked(client, token, word)):
            if put(table, fax, status):
                mark = {"AuthenticationToken": token, "FaxId": fax.FaxId, "Mark": "true"}
                succeeded(client.service.ModifySendFax(ModifySendFaxInput=mark))
    client.service.Logout(LogoutInput={"AuthenticationToken": token})


def unmarked(client: Any, token: dict[str, str], word: str) -> Iterator[Any]:
    reference = None
    while True:
        query = {
            "AuthenticationToken": token,
            "FaxStatus": word,
            "Mark": "false",
            "ResultLimit": "100",
            "GetNextResults": reference,
        }
        page = succeeded(client.service.QuerySendFax(QuerySendFaxInput=query))
        yield from page.FaxInfo or ()
        if page.HasMoreResults != "true":
            return
        reference = page.ResultsReference


def put(table: Any, fax: Any, status: str) -> bool:
    """Whether the fax is new; a known one has been marked, or is about to be."""
    try:
        table.put_item(
            TableName=os.environ["TABLE"],
            Item={
                "pk": {"S": f"FAX#{fax.FaxId}"},
                "status": {"S": status},
                "completed_at": {"S": fax.CompleteTime or ""},
                "error": {"S": fax.ErrorText or ""},
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def succeeded(answer: Any) -> Any:
    # zeep takes the wrapping off an answer that holds nothing but its status.
    status = answer if "StatusCode" in answer else answer.RequestStatus
    if status.StatusCode != "0":
        raise RuntimeError(f"Softlinx refused with code {status.StatusCode}")
    return answer


if __name__ == "__main__":
    main()
