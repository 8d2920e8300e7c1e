"""What AWS takes for what a fax needs, at list prices without free tiers and without volume discounts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

REGION: Final = "us-east-1"
# The day on which the prices were looked up, and where.
AS_OF: Final = "2026-11-30"
SOURCE: Final = "the pricing pages at https://aws.amazon.com/<service>/pricing/"

_MILLION: Final = 1_000_000
GIGABYTE: Final = 1024**3


class Item(StrEnum):
    """What is counted and paid by use."""

    API_REQUEST = "API Gateway requests"
    LAMBDA_REQUEST = "Lambda requests"
    LAMBDA_GB_SECOND = "Lambda GB-seconds"
    WRITE_UNIT = "DynamoDB write units"
    READ_UNIT = "DynamoDB read units"
    EVENT = "EventBridge events"
    SCHEDULED_RUN = "EventBridge schedules"
    SQS_REQUEST = "SQS requests"
    S3_WRITE = "S3 writes and listings"
    S3_READ = "S3 reads"
    READ_OF_SECRET = "Secrets Manager calls"  # noqa: S105 - it is a name
    KMS_REQUEST = "KMS requests"
    EMAIL = "SES emails"
    LOG_BYTE = "log bytes"


# USD for one. Lambda is that of arm64, the template's default; x86_64 takes a quarter more for a GB-second.
PRICES: Final[Mapping[Item, float]] = {
    Item.API_REQUEST: 1.00 / _MILLION,  # HTTP API, up to 512 kB
    Item.LAMBDA_REQUEST: 0.20 / _MILLION,
    Item.LAMBDA_GB_SECOND: 0.0000133334,
    Item.WRITE_UNIT: 0.625 / _MILLION,
    Item.READ_UNIT: 0.125 / _MILLION,
    Item.EVENT: 1.00 / _MILLION,  # a custom event, up to 64 kB
    Item.SCHEDULED_RUN: 1.00 / _MILLION,
    Item.SQS_REQUEST: 0.40 / _MILLION,  # a standard queue, up to 64 kB and ten messages
    Item.S3_WRITE: 5.00 / _MILLION,
    Item.S3_READ: 0.40 / _MILLION,
    Item.READ_OF_SECRET: 5.00 / _MILLION,
    Item.KMS_REQUEST: 3.00 / _MILLION,
    Item.EMAIL: 100.00 / _MILLION,
    Item.LOG_BYTE: 0.50 / GIGABYTE,
}

# USD a month for one, whatever comes.
SECRET_A_MONTH: Final = 0.40
METRIC_A_MONTH: Final = 0.30
ALARM_METRIC_A_MONTH: Final = 0.10
DASHBOARD_A_MONTH: Final = 3.00
# USD a month for a gigabyte: what lies in the table is in its backup too.
TABLE_GB_A_MONTH: Final = 0.25 + 0.20
LOG_GB_A_MONTH: Final = 0.03
DOCUMENT_GB_A_MONTH: Final = 0.023


def price_of(counted: Mapping[Item, float]) -> float:
    """USD."""
    return sum(PRICES[item] * number for item, number in counted.items())
