from collections.abc import Callable

import pytest

from faxledger.errors import AnswerLost, ProviderAnswerUnreadable, ProviderError, ProviderUnavailable
from faxledger.providers.softlinx.retrying import Patience


class Provider:
    """Fails with each of these before it answers."""

    def __init__(self, *failures: ProviderError) -> None:
        self._failures = list(failures)
        self.asked: list[float] = []

    def __call__(self, within: float) -> str:
        self.asked.append(within)
        if self._failures:
            raise self._failures.pop(0)
        return "answer"


def patience(seconds: float) -> tuple[Patience, list[float]]:
    waits: list[float] = []
    note: Callable[[float], None] = waits.append
    return Patience(seconds, note), waits


def test_what_failed_for_the_moment_is_tried_again_after_growing_waits() -> None:
    patient, waits = patience(1000)
    provider = Provider(*(ProviderUnavailable("busy") for _ in range(10)))

    assert patient.trying(provider) == "answer"

    longest = [0.5, 1, 2, 4, 8, 16, 20, 20, 20, 20]
    assert all(limit / 2 <= wait <= limit for wait, limit in zip(waits, longest, strict=True))


def test_the_provider_may_ask_for_a_longer_wait() -> None:
    patient, waits = patience(1000)

    patient.trying(Provider(ProviderUnavailable("busy", retry_after_seconds=33)))

    assert waits == [33]


def test_the_first_try_may_take_its_time_and_the_others_what_is_left() -> None:
    patient, _ = patience(100)
    provider = Provider(ProviderUnavailable("busy"))

    patient.trying(provider)

    first, second = provider.asked
    assert first == float("inf")
    assert 0 < second <= 100


@pytest.mark.parametrize("seconds", [0, 5])
def test_a_wait_that_would_outlast_patience_is_not_begun(seconds: float) -> None:
    patient, waits = patience(seconds)

    with pytest.raises(ProviderUnavailable):
        patient.trying(Provider(ProviderUnavailable("busy", retry_after_seconds=6)))
    assert waits == []


@pytest.mark.parametrize("failure", [AnswerLost("open"), ProviderAnswerUnreadable("odd")])
def test_nothing_else_is_tried_again(failure: ProviderError) -> None:
    patient, waits = patience(1000)

    with pytest.raises(type(failure)):
        patient.trying(Provider(failure))
    assert waits == []
