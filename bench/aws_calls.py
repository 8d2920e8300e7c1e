"""What a callback asks of AWS: the built function in Lambda's loop, before an AWS that counts (moto)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import yaml
from botocore.session import get_session
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.contestants import BUILD, Contestant
from bench.runtime_api import running
from faxledger.adapters.clock import SystemClock
from faxledger.domain.fax import Source
from faxledger.domain.report import Report
from faxledger.ledger import items
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.table import Table

ALLOWED = {"new": 1, "repeat of a known source": 1, "a further source": 2}


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls one callback made to the table, and to the secret."""

    function: str
    occasion: str
    table: int
    secret: int

    @property
    def is_as_allowed(self) -> bool:
        return self.table == ALLOWED[self.occasion]


def count_calls(contestant: Contestant, python: Path) -> list[Calls]:
    """The calls on each occasion, in one process; the first callback also reads the secret."""
    with _counting_aws() as (endpoint, calls):
        table = _prepare(contestant, endpoint)
        with running(contestant, python, endpoint=endpoint) as function:
            function.wait_until_ready()

            def counted(occasion: str) -> Calls:
                calls.clear()
                _, answer = function.invoke(contestant.event)
                if answer["statusCode"] != 200:
                    raise ValueError(f"{contestant.name} answered {answer}")
                function.wait_until_ready()
                secret = calls.pop("GetSecretValue", 0)
                return Calls(contestant.name, occasion, calls.total(), secret)

            new, repeat = counted("new"), counted("repeat of a known source")
            _settle_by_another_source(table)
            return [new, repeat, counted("a further source")]


def _prepare(contestant: Contestant, endpoint: str) -> Table:
    template = yaml.safe_load((BUILD / "template.yaml").read_text(encoding="utf-8"))
    settings = contestant.environment
    client = _client("dynamodb", endpoint)
    wanted = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    properties = template["Resources"]["Table"]["Properties"]
    client.create_table(TableName=settings["TABLE"], **{name: properties[name] for name in wanted})
    token = contestant.event["pathParameters"]["token"]
    _client("secretsmanager", endpoint).create_secret(Name=settings["TOKEN_SECRET"], SecretString=token)
    return Table(client, settings["TABLE"], int(settings["RETENTION_DAYS"]), int(settings["OVERDUE_HOURS"]))


def _settle_by_another_source(table: Table) -> None:
    """Makes the fax at hand one that another source than the callback has settled."""
    (item,) = table.client.scan(TableName=table.name)["Items"]
    fax = items.decode(item)
    table.client.delete_item(TableName=table.name, Key={"pk": item["pk"], "sk": item["sk"]})
    other = next(source for source in Source if source is not fax.settled_by)
    report = Report(fax.id, other, word=str(fax.status), status=fax.first_status, given={})
    DynamoFaxLedger(table, SystemClock()).settle(report)


def _client(service: str, endpoint: str) -> Any:
    return get_session().create_client(
        service,
        region_name="eu-central-1",
        endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - moto takes any
    )


@contextmanager
def _counting_aws() -> Iterator[tuple[str, Counter[str]]]:
    calls: Counter[str] = Counter()
    aws = DomainDispatcherApplication(create_backend_app)

    def counting(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        calls[environ.get("HTTP_X_AMZ_TARGET", "?").rpartition(".")[2]] += 1
        answer: Iterable[bytes] = aws(environ, start_response)
        return answer

    server = make_server("127.0.0.1", 0, counting, threaded=True, request_handler=_Silent)
    Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    # moto keeps its state in the process, whichever server it was made through.
    httpx.post(f"{endpoint}/moto-api/reset", trust_env=False).raise_for_status()
    try:
        yield endpoint, calls
    finally:
        server.shutdown()
        server.server_close()


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the table is the output."""
