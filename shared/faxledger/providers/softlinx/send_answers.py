"""Which of the faxes in the answer to a send is whose.

The answer has one FaxInfo per recipient (doc). That it repeats the numbers exactly as they were given, or
in their order, nobody says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from faxledger.domain.numbers import differ, differ_by_prefix, is_same
from faxledger.errors import ProviderRefused

Row: TypeAlias = Mapping[str, str]

# Of these, an error is one; no error is `0` or nothing (doc).
_NO_ERROR: Final = frozenset({"", "0"})


@dataclass(frozen=True, slots=True, repr=False)
class SendAnswer:
    """What the provider made of one recipient.

    With a `fax_id` there is a fax, whose status comes in the usual ways, also if an error stands beside it.
    With an error alone the recipient was refused. With neither it is missing in the answer: unknown.
    `number` is as ordered, and None for a fax in the answer that can be given to no recipient.
    """

    number: str | None
    fax_id: str | None = None
    error_code: str = ""
    error_text: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.fax_id is not None

    @property
    def is_refused(self) -> bool:
        return self.fax_id is None and bool(self.error_code or self.error_text)

    @property
    def is_unknown(self) -> bool:
        return not self.is_accepted and not self.is_refused


def send_answers(
    numbers: Sequence[str], rows: Sequence[Row], refusal: ProviderRefused | None = None
) -> tuple[SendAnswer, ...]:
    """One for each number, in their order, and after them one for each fax that could not be given to any.

    A row goes to the first number that is equal, else is the same spelled otherwise, else differs by a prefix
    alone. Rows without a number go by their order when there is one for each number left, and a single row is
    that of a single number unless it names another; no other row is guessed about.
    Raises `refusal`, the answer's own, unless a fax was accepted beside it.
    """
    if refusal is not None and not any(row.get("FaxId", "").strip() for row in rows):
        raise refusal
    found: dict[int, Row] = {}
    left = list(rows)
    for fits in _SAMENESS:
        for index, number in enumerate(numbers):
            row = None if index in found else next((row for row in left if fits(number, _number(row))), None)
            if row is not None:
                found[index] = row
                left.remove(row)
    waiting = [index for index in range(len(numbers)) if index not in found]
    is_the_only_one = len(numbers) == len(rows) == 1 and not differ(numbers[0], _number(rows[0]))
    if is_the_only_one or (len(waiting) == len(left) and not any(_number(row) for row in left)):
        found.update(zip(waiting, left, strict=True))
        left = []
    missing = {} if refusal is None else {"ErrorCode": refusal.code, "ErrorText": refusal.text}
    named = tuple(_answer(number, found.get(index, missing)) for index, number in enumerate(numbers))
    return named + tuple(other for row in left if (other := _answer(None, row)).is_accepted)


def _is_equal(ordered: str, answered: str) -> bool:
    return bool(answered) and ordered.strip() == answered.strip()


_SAMENESS: Final = (_is_equal, is_same, differ_by_prefix)


def is_to(number: str, row: Row) -> bool:
    """Whether the row is that of a fax to this number, however either is written."""
    return any(fits(number, _number(row)) for fits in _SAMENESS)


def _number(row: Row) -> str:
    return row.get("FaxNumber", "")


def _answer(number: str | None, row: Row) -> SendAnswer:
    code = row.get("ErrorCode", "").strip()
    return SendAnswer(
        number=number,
        fax_id=row.get("FaxId", "").strip() or None,
        error_code="" if code in _NO_ERROR else code,
        error_text=row.get("ErrorText", "").strip(),
    )
