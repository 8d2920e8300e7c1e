"""Logs and metrics by Powertools. Neither ever holds who faxed whom, or a secret."""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from faxledger.errors import ItemUnreadable
from faxledger.settings.environment import process_environment

# Of the stack, so that two of them in one account are not added up.
NAMESPACE = process_environment().get("POWERTOOLS_METRICS_NAMESPACE", "Faxledger")


def logger(function: str) -> Logger:
    """The logger of one function; `Log` says what its lines hold."""
    # Lambda's own handler on the root logger would print every line a second time.
    # Which line of code has said it is known by its message, and costs as much of every line as an id does.
    return Logger(service=function, log_uncaught_exceptions=False, location=None)


def count(name: str, value: int = 1, /, **labels: str) -> None:
    """Implements `Count`: one metric in the embedded metric format, its labels as dimensions."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE) as metric:
        for label, text in labels.items():
            metric.add_dimension(name=label, value=text)


def report_unreadable(error: ItemUnreadable) -> None:
    """Say and count that an item of the ledger was left out because it can't be read."""
    kind, _, key = error.name.partition("#")
    name = key.replace("#", ".")
    # A delivery is about a fax, or about a closed day by its record's key, which is a path.
    is_of_a_day = kind == "DELIVERY" and "/" in key
    # Whose faxes a route is for, and from whom a case came, is kept out of the logs.
    logger("ledger").error(
        "item unreadable",
        extra={
            "fax_id": name if kind in {"FAX", "DELIVERY"} and not is_of_a_day else None,
            "record": key if is_of_a_day else None,
            "submission_id": name if kind == "SUBMISSION" else None,
            "order_id": name if kind == "ORDER" else None,
            "error": error.problem,
        },
    )
    count("ItemUnreadable")
