"""The deployments that everything about the templates is held against."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.support.conditions import Choices, compared
from tests.support.stacks import Deployment, deploy
from tests.support.transformed import documents

# What stands in front, what is repeated, and what stands at the end of a value that is as long as it may be.
_FORMS = {
    "AlarmEmail": ("alarms@", "a", ""),
    "AwsCaBundle": ("/opt/", "a", ""),
    "CertificateArn": ("arn:aws:acm:ap-southeast-1:123456789012:certificate/", "a", ""),
    "ConsoleIssuer": ("https://issuer.example/", "a", ""),
    "ConsoleTokenOrigin": ("https://", "a", ""),
    "CustomDomain": ("", "faxes.", "x.example"),
    "GreenFaxDomain": ("", "faxes.", "x.example"),
    "GreenFaxHistoryFrom": ("2026-01-31", "", ""),
    "GreenFaxJobCode": ("Subject: ", "code ", "{code}"),
    "GreenFaxSender": ("f" * 64 + "@", "a", ""),
    "KmsKeyArn": ("arn:aws:kms:ap-southeast-1:123456789012:key/", "a", ""),
    "NotifySender": ("f" * 64 + "@", "a", ""),
    "PermissionsBoundary": ("arn:aws:iam::123456789012:policy/", "a", ""),
    "SoftlinxAddresses": ("", "123.123.123.123,", "123.123.123.123"),
    "StatusEmailRecipient": ("f" * 64 + "@", "a", ""),
    "TellFrom": ("2026-01-31T00:00:00+00:00", "", ""),
}
_URL = ("https://", "a", "")
_PLAIN = ("", "a", "")
# CloudFormation bounds no list: so many times as long as the default one.
_LIST = 5


def longest_value(name: str, parameter: Mapping[str, Any]) -> str:
    """A value that the parameter allows and that no other is longer than."""
    if "AllowedValues" in parameter:
        return max(map(str, parameter["AllowedValues"]), key=len)
    if parameter["Type"] == "Number":
        return str(parameter["MaxValue"])
    if parameter["Type"] == "CommaDelimitedList":
        return ",".join([parameter["Default"]] * _LIST)
    for form in (_FORMS[name],) if name in _FORMS else (_PLAIN, _URL):
        value = _filled(form, parameter["MaxLength"])
        if re.fullmatch(parameter["AllowedPattern"], value):
            return value
    raise AssertionError(f"how long can {name} be? Say so in _FORMS of {__name__}")


def _filled(form: tuple[str, str, str], length: int) -> str:
    start, filler, end = form
    room = length - len(start) - len(end)
    return start + (filler * room)[:room] + end


def as_long_as_can_be() -> dict[str, str]:
    return {name: longest_value(name, one) for name, one in documents().bundle["Parameters"].items()}


def largest() -> dict[str, str]:
    """Every resource is in it, with what is as long as it can be."""
    made = {"SoftlinxMode": "push", "MarkFaxes": "true", "SnapStart": "true", "SignReceipts": "true"}
    return as_long_as_can_be() | made


def levels() -> dict[str, list[str]]:
    """What each parameter that conditions depend on may be: what they compare it with, and another value."""
    parameters = documents().bundle["Parameters"]
    return {
        name: [*sorted(values), _another(name, parameters[name], values)]
        for name, values in compared(documents()).items()
    }


def _another(name: str, parameter: Mapping[str, Any], than: set[str]) -> str:
    allowed = map(str, parameter.get("AllowedValues", [longest_value(name, parameter)]))
    return max((value for value in allowed if value not in than), key=len)


@cache
def choices() -> Choices:
    return Choices(documents(), levels())


SOFTLINX = {"SoftlinxRealm": "Acme"}
GREENFAX = {"GreenFaxAccountId": "12345"}
BOTH = SOFTLINX | GREENFAX
# As organisations deploy it: beside what is said, each parameter has its default.
NAMED: Mapping[str, Mapping[str, str]] = {
    "Softlinx alone": SOFTLINX,
    "GreenFax alone": GREENFAX,
    "both providers": BOTH,
    "Softlinx polled only": SOFTLINX | {"SoftlinxMode": "poll-only"},
    "Softlinx by REST": SOFTLINX | {"SoftlinxApi": "rest"},
    "callbacks from snapshots": BOTH | {"SnapStart": "true"},
    "callbacks confirmed": BOTH | {"CallbackTrust": "confirm"},
    "callbacks with executions of their own": BOTH | {"CallbackConcurrency": "5"},
    "beside a present listener": BOTH | {"MarkFaxes": "false"},
    "faxes mailed to GreenFax": GREENFAX | {"GreenFaxSender": "faxes@clinic.example"},
    "status emails": GREENFAX
    | {"StatusEmailRuleSet": "inbound", "StatusEmailRecipient": "status@clinic.example"},
    "people told by email": BOTH
    | {"NotifySender": "faxes@clinic.example", "AlarmEmail": "operations@clinic.example"},
    "a name of its own": BOTH
    | {
        "CustomDomain": "faxes.clinic.example",
        "CertificateArn": "arn:aws:acm:ap-southeast-1:123456789012:certificate/6f3c9a52",
    },
    "a key of its own": BOTH | {"KmsKeyArn": "arn:aws:kms:ap-southeast-1:123456789012:key/6f3c9a52"},
    "every access to a bucket logged": BOTH | {"BucketLogs": "clinic-logs"},
    "a boundary of its own": BOTH | {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary"},
    "receipts that are signed": BOTH | {"SignReceipts": "true"},
    "a console of its own": BOTH
    | {
        "ConsoleIssuer": "https://cognito-idp.ap-southeast-1.amazonaws.com/ap-southeast-1_AbCdEfGhI",
        "ConsoleClientId": "7j2k3l4m5n6o7p8q9r0s",
        "ConsoleTokenOrigin": "https://clinic.auth.ap-southeast-1.amazoncognito.com",
        "ConsoleScopePrefix": "faxledger/",
    },
    "about to be deleted": BOTH | {"ProtectTable": "false"},
}


@cache
def deployments() -> Mapping[str, Deployment]:
    """By what they are. All but those with a name have their parameters as long as they can be."""
    long = as_long_as_can_be()
    return {
        **{name: deploy(parameters) for name, parameters in NAMED.items()},
        "everything": deploy(largest()),
        "the longest": deploy({**long, "SoftlinxMode": "push"}),
        **{f"pairs {n}": deploy({**long, **one}) for n, one in enumerate(choices().of_every_pair())},
    }
