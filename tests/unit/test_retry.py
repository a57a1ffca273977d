import pytest

from infra.retry import Backoff, retry


class Flaky:
    """A call that fails a number of times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def __call__(self) -> str:
        """Fail or answer."""
        self.calls += 1
        if self.calls <= self.failures:
            raise ConnectionError(str(self.calls))
        return "answer"


def test_a_call_that_fails_at_first_is_made_again() -> None:
    """The answer counts, not the way to it."""
    call, pauses = Flaky(2), list[int]()
    assert retry(call, on=ConnectionError, pause=pauses.append) == "answer"
    assert len(pauses) == 2


def test_the_last_error_is_raised_when_the_attempts_are_used_up() -> None:
    """Retries are bounded, and nothing is swallowed."""
    call = Flaky(99)
    with pytest.raises(ConnectionError, match="3"):
        retry(call, on=ConnectionError, backoff=Backoff(attempts_max=3), pause=lambda _: None)
    assert call.calls == 3


def test_another_error_is_not_retried() -> None:
    """Only what may pass by itself is tried again."""
    call = Flaky(1)
    with pytest.raises(ConnectionError):
        retry(call, on=TimeoutError, pause=lambda _: None)
    assert call.calls == 1


def test_pauses_double_up_to_their_limit_and_half_of_each_is_chance() -> None:
    """Many callers do not come back at the same moment."""
    backoff = Backoff(delay_ms=100, delay_ms_max=1_000)
    longest = [backoff.delay_after(attempt, lambda _low, high: high) for attempt in range(1, 7)]
    shortest = [backoff.delay_after(attempt, lambda low, _high: low) for attempt in range(1, 7)]
    assert longest == [100, 200, 400, 800, 1000, 1000]
    assert shortest == [50, 100, 200, 400, 500, 500]
