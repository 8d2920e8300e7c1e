"""The bundle deployed into moto as organisations deploy, change and delete it, and what that leaves open."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto import mock_aws

from tests.support import transformed
from tests.support.emulated.described import forgotten
from tests.support.emulated.stacks import Account, Stack
from tests.support.template import ACCOUNT, REGION

STACK = "faxledger"

SOFTLINX = {"SoftlinxRealm": "Acme"}
GREENFAX = {"GreenFaxAccountId": "12345"}
EVERYTHING = {
    **SOFTLINX,
    **GREENFAX,
    "AlarmEmail": "on-call@clinic.example",
    "CallbackConcurrency": "10",
    "CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/6f3c9a52",
    "ConsoleClientId": "console",
    "ConsoleIssuer": "https://issuer.example",
    "CustomDomain": "faxes.clinic.example",
    "GreenFaxSender": "faxes@clinic.example",
    "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/6f3c9a52",
    "NotifySender": "faxes@clinic.example",
    "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
    "ProtectTable": "false",
    "SnapStart": "true",
    "StatusEmailRecipient": "status@clinic.example",
    "StatusEmailRuleSet": "inbound",
}
# The parameters of a first deployment and of those that follow it.
DEPLOYMENTS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "Softlinx by push, then changed": (SOFTLINX, SOFTLINX | {"OverdueHours": "48", "LogDays": "30"}),
    "Softlinx by poll alone, then GreenFax too": (
        poll := SOFTLINX | {"SoftlinxMode": "poll-only", "MarkFaxes": "false"},
        poll | GREENFAX,
    ),
    "GreenFax, by callbacks as hints": (GREENFAX | {"CallbackTrust": "confirm"},),
    "everything, then without Softlinx": (EVERYTHING, EVERYTHING | {"SoftlinxRealm": ""}),
}

# Calls that moto does not know, with why. When it does, the name is to go from here.
UNKNOWN_TO_MOTO = {
    "sesv2:CreateConfigurationSetEventDestination": "moto 5.2 has none of these",
    "ses:DeleteReceiptRule": "moto 5.2 deletes no receipt rules",
}
# What moto takes and does not keep.
FORGOTTEN_BY_MOTO = {
    "lambda:CreateFunction.LoggingConfig": "moto 5.2 knows no log group of a function's own",
    "lambda:CreateFunction.SnapStart": "moto 5.2 says that there is none",
}
# What no call tells: AWS finds out by trying, or later.
OUT_OF_SIGHT = (
    "Whether keys, certificates, domains and SES identities exist: moto asks for none.",
    "Whether Lambda may read a queue, a stream, a bucket: tests/functions/test_roles.py asks.",
    "Whether SES may write into its bucket and call its function: the same test asks.",
    "Whether the account's quotas suffice: tests/template/test_aws_limits.py has them.",
    "Whether the code runs: tests/built and `faxledger up` run it.",
    "CloudFormation itself: its order, its time limits and its way back are imitated.",
)


@dataclass(frozen=True)
class Report:
    """What became of a series of deployments, and of the deletion after them."""

    wanted: Counter[str]  # resources that the first deployment asks for, by type
    made: Counter[str]
    problems: Mapping[str, str]  # by call
    forgotten: frozenset[str]
    kept: Counter[str]  # what outlives the stack, by type


def documents() -> Mapping[str, Any]:
    """The transformed templates by their files' names."""
    return dict(transformed.documents().each())


@contextmanager
def account() -> Iterator[Account]:
    """What stands in an account before: the place of the code, a boundary, SES's set of receipt rules."""
    with mock_aws():
        account = Account()
        account.call(
            (
                "s3:CreateBucket",
                {"Bucket": transformed.BUCKET, "CreateBucketConfiguration": {"LocationConstraint": REGION}},
            )
        )
        for key in transformed.CODE:
            account.call(("s3:PutObject", {"Bucket": transformed.BUCKET, "Key": key, "Body": b""}))
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        boundary = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        account.call(("iam:CreatePolicy", {"PolicyName": "boundary", "PolicyDocument": boundary}))
        account.call(("ses:CreateReceiptRuleSet", {"RuleSetName": "inbound"}))
        yield account


def deploy(series: Sequence[Mapping[str, str]]) -> Report:
    """Creates a stack with the first parameters, updates it with each of the others, and deletes it."""
    with account() as aws:
        stack = Stack(aws, documents(), "template.yaml", series[0], STACK)
        stack.create()
        wanted, made = stack.wanted_types(), stack.made_types()
        lost = forgotten_of(aws)
        for parameters in series[1:]:
            stack.update(parameters)
        kept = stack.delete()
        return Report(wanted, made, dict(aws.problems), lost, kept)


def forgotten_of(aws: Account) -> frozenset[str]:
    """What moto does not keep of all that it has been asked for."""
    answered = [asked for calls in aws.asked.values() for asked in calls if asked.answer is not None]
    return frozenset(name for asked in answered for name in forgotten(aws, asked))


def surprises(problems: Mapping[str, str], lost: Collection[str]) -> list[str]:
    """What moto can't do and is not listed for, and what it is listed for and can do now."""
    return [
        *(f"{call}: {problem}" for call, problem in problems.items() if call not in UNKNOWN_TO_MOTO),
        *(f"{call} is known to moto now" for call in UNKNOWN_TO_MOTO if call not in problems),
        *(f"{name} is not kept by moto" for name in sorted(lost) if name not in FORGOTTEN_BY_MOTO),
        *(f"{name} is kept by moto now" for name in FORGOTTEN_BY_MOTO if name not in lost),
    ]
