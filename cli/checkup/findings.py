"""What a check has found: how it stands, what was seen, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """What is `WRONG` loses or delays faxes, or tells nobody; what asks for `ATTENTION` may come to that."""

    WELL = "well"
    ATTENTION = "attention"
    WRONG = "wrong"
    NOT_LOOKED = "not_looked"
    NOT_HERE = "not_here"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` names what was looked at; `remedy` is what to do, None where there is nothing to be done."""

    check: str
    health: Health
    seen: str
    remedy: str | None = None


def well(check: str, seen: str) -> Finding:
    return Finding(check, Health.WELL, seen)


def attention(check: str, seen: str, remedy: str) -> Finding:
    return Finding(check, Health.ATTENTION, seen, remedy)


def wrong(check: str, seen: str, remedy: str) -> Finding:
    return Finding(check, Health.WRONG, seen, remedy)


def deployed_with(*assignments: str) -> str:
    """How to give the stack other parameters, as in `RetentionDays=400`."""
    settings = " ".join(f"--set {assignment}" for assignment in assignments)
    return f"`faxledger init --yes {settings}`, then `faxledger deploy`"


def not_looked(check: str, why: str, remedy: str) -> Finding:
    return Finding(check, Health.NOT_LOOKED, why, remedy)


def not_permitted(check: str, action: str) -> Finding:
    """`action` is what IAM calls the permission that whoever looks lacks."""
    return not_looked(
        check,
        f"could not be looked at: your identity lacks the permission {action}",
        f"docs/policies/examiner.json allows {action}",
    )


def not_here(check: str, why: str) -> Finding:
    return Finding(check, Health.NOT_HERE, why)
