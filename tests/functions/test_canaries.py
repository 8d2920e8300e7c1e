"""No function says a name, a number, a subject or a secret, whatever it is given and whatever AWS answers.

What is looked at is all that leaves a function but its answer: what it prints, with its metrics, an exception
that ends it, which Lambda prints, what it puts on any queue or bus, and the keys of what it keeps.
`e2e/test_canaries.py` looks at what comes of it in the whole bundle.
"""

import json
import traceback
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import product
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.support import canaries
from tests.support.bundle_on_moto import (
    FOLDERS,
    Context,
    Event,
    Stack,
    event_file,
    greenfax_get,
    softlinx_post,
)
from tests.support.stream import messages

TOKEN = "canary-token-0123456789abcdefghijklmnopqrstuvw"
SIGNING_KEY = b64encode(b"canary-signing-key-0123456789").decode()
SECRETS = (TOKEN, SIGNING_KEY, "canary-login")
EVERYTHING = " ".join((*canaries.PLANTED, *SECRETS))
SERVICES = ("dynamodb", "s3", "sqs", "eventbridge", "secretsmanager", "sesv2")
# Nobody listens there, and nothing else is asked.
NOBODY = "http://127.0.0.1:9"
HOOK = f"{NOBODY}/{canaries.PASSWORD}?key={canaries.PASSWORD}"
A_MINUTE = 60
# What stands there is AWS's own, as how often a message was received, or who has signed a request.
NOBODY_S = frozenset({"attributes", "routeKey", "userArn"})
SCHEDULED = frozenset({"SoftlinxPoll", "GreenFaxFeed", "NotifyDue", "Sweep", "CloseDay"})


def telling_everything(**_: object) -> Exception:
    error = {"Code": "ValidationException", "Message": f"One of the parameters is not valid: {EVERYTHING}"}
    answer: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "GetItem")


TROUBLES: dict[str, Callable[..., Exception]] = {
    "an answer": telling_everything,
    "a parameter": lambda **_: ParamValidationError(report=EVERYTHING),
}


@pytest.fixture
def planted(stack: Stack) -> Stack:
    """Canaries in every secret, in faxes of both providers, in what waits to be sent, and in a route."""
    stack.parameters |= {
        "TellFrom": "2020-01-01",
        "NotifySender": "faxes@example.org",
        "SoftlinxUrl": NOBODY,
        "GreenFaxOutboundUrl": NOBODY,
        "GreenFaxInboundUrl": NOBODY,
    }
    stack.neighbours = frozenset({NOBODY})
    stack.put_secret("SoftlinxCallbackTokens", TOKEN)
    stack.put_secret("GreenFaxCallbackTokens", TOKEN)
    credentials = {"login": "canary-login", "password": canaries.PASSWORD}
    stack.put_secret("SoftlinxCredentials", json.dumps(credentials))
    stack.put_secret("GreenFaxCredentials", json.dumps({"password": canaries.PASSWORD}))
    stack.put_secret("NotifySigningKeys", SIGNING_KEY)
    for fax, word in (("33", "sendFailed"), ("33", "sent"), ("34", "recvOk")):
        said = {
            "FaxId": fax,
            "FaxStatus": word,
            "TSI": canaries.NAME,
            "CallerNumber": canaries.NUMBER,
            "FaxNumber": canaries.NUMBER,
            "DestFaxNumber": canaries.OWN_NUMBER,
            "ProjectCode": canaries.SUBJECT,
            "ErrorText": f"no answer from {canaries.NAME}",
        }
        assert stack.http("SoftlinxCallback", softlinx_post(said, token=TOKEN)).status == 200
    told = {
        "result": f"failed for {canaries.NAME}",
        "greenfaxreferenceid": "77",
        "faxnumber": canaries.NUMBER,
        "subject": canaries.SUBJECT,
    }
    assert stack.http("GreenFaxNotify", greenfax_get(told, token=TOKEN)).status == 200
    for provider in ("softlinx", "greenfax"):
        order = event_file("submit_fax")
        order["headers"]["idempotency-key"] = f"one-of-{provider}"
        body = json.loads(order["body"])
        recipient = {"number": canaries.NUMBER}
        asked = {"provider": provider, "recipients": [recipient], "reference": canaries.SUBJECT}
        if provider == "softlinx":
            recipient["name"] = canaries.NAME
        order["body"] = json.dumps({**asked, "documents": body["documents"]})
        assert stack.http("SubmitFax", order).status == 202
    put = event_file("edit_routes") | {"routeKey": "PUT /routes/default", "pathParameters": {}}
    put["body"] = json.dumps({"targets": [{"webhook": HOOK}, {"email": "canary-login@example.org"}]})
    assert stack.http("EditRoutes", put).status == 200
    return stack


def singing(stack: Stack, function: str, event: Event, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that hold a canary, of everything that leaves the function but its answer."""
    ended = ""
    try:
        stack.invoke(function, event, Context(seconds_left=A_MINUTE))
    except Exception as error:  # noqa: BLE001 - Lambda prints whatever it is
        ended = "".join(traceback.format_exception(error))
    left = "\n".join((*capfd.readouterr(), ended, *stack.take_messages()))
    return [line for line in left.splitlines() if canaries.found_in(line, *SECRETS)]


def keyed(stack: Stack) -> list[str]:
    """The canaries in the keys of the table's items, and of what lies in buckets."""
    # Our own lines and users may stand in the keys of routes.
    items = [item for item in stack.items() if not item["pk"].startswith("ROUTE#")]
    return canaries.found_in("\n".join((canaries.keys_of(items), *stack.object_keys())), *SECRETS)


def events_of(function: str, stack: Stack) -> Iterator[Event]:
    """The function's event in events/, of the faxes there are."""
    event = event_file(FOLDERS[function])
    if "pathParameters" in event and "token" in event["pathParameters"]:
        event["pathParameters"]["token"] = TOKEN
    if function in {"SendFax", "MailFax"}:
        for order in stack.items("ORDER#"):
            asked = deepcopy(event)
            asked["Records"][0]["body"] = json.dumps({"order_id": order["pk"].removeprefix("ORDER#")})
            yield asked
        return
    if function == "Notify":
        # Once as it comes, which plans a delivery for each target, and once for each of these.
        stack.invoke(function, event)
        yield from (messages(due_delivery) for due_delivery, _ in stack.messages_sent_to("NotifyQueue"))
    if function == "Announce":
        event["Records"][0]["dynamodb"]["NewImage"] = stack.image("softlinx.outbound.acme.33")
    yield event


def plantings(event: Any) -> Iterator[Any]:
    """The event with a canary in the place of each text in it; JSON and base64 in it are taken apart too."""
    for place, found in list(_texts(event)):
        for canary in _disguised(found):
            changed = deepcopy(event)
            where = changed
            for step in place[:-1]:
                where = where[step]
            where[place[-1]] = canary
            yield changed


def _texts(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    match value:
        case str():
            yield place, value
        case dict():
            # SQS names its messages itself.
            given_by_sqs = {"messageId"} if value.get("eventSource") == "aws:sqs" else set()
            for name, inner in value.items():
                if name not in NOBODY_S | given_by_sqs:
                    yield from _texts(inner, (*place, name))
        case list():
            for index, inner in enumerate(value):
                yield from _texts(inner, (*place, index))


def _disguised(text: str) -> Iterator[str]:
    yield EVERYTHING
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict):
        for changed in plantings(document):
            yield json.dumps(changed)
        yield json.dumps({**document, canaries.NAME: EVERYTHING})
    elif len(text) > 40 and not text.startswith("http"):
        try:
            b64decode(text, validate=True)
        except ValueError:
            return
        yield b64encode(EVERYTHING.encode()).decode()
        yield b64encode(f"FaxId={canaries.NUMBER}x&FaxStatus={EVERYTHING}".encode()).decode()


@pytest.mark.parametrize("function", FOLDERS)
def test_a_canary_in_whatever_place_of_an_event_is_said_nowhere(
    planted: Stack, function: str, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    for event in events_of(function, planted):
        # Nobody looks into what a schedule says.
        for changed in (event, *(plantings(event) if function not in SCHEDULED else ())):
            assert singing(planted, function, changed, capfd) == []
    assert keyed(planted) == []


@pytest.mark.parametrize("function", FOLDERS)
def test_what_aws_says_in_its_errors_is_not_repeated(
    planted: Stack, function: str, capfd: pytest.CaptureFixture[str]
) -> None:
    # The table is asked since when faxes are news.
    planted.parameters["TellFrom"] = ""
    capfd.readouterr()
    events = list(events_of(function, planted))
    for service, trouble in product(SERVICES, TROUBLES.values()):
        planted.restart()
        with planted.out_of_reach(service, error=trouble):
            for event in events:
                assert singing(planted, function, event, capfd) == []
