"""When to try again after a read that failed, by what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.errors import PlatformError, RateLimited
from infra.retry import Backoff

if TYPE_CHECKING:
    from connectors.poller.steady import ClockJumped, SteadyClock

# An outage is mostly over in seconds; one that lasts is looked at as often as spend is.
SOON: Final = Backoff(delay_ms=5_000, delay_ms_max=300_000)
# What only a person can mend is not mended sooner by asking.
LATER: Final = Backoff(delay_ms=900_000, delay_ms_max=900_000)
# Daily quotas begin anew within a day, in whatever zone.
RATE_LIMIT_MS_MAX: Final = 26 * 3_600_000
# So many failures in a row are no hiccup any more.
HICCUPS_MAX: Final = 3


class OurClockError(PlatformError):
    """Our own clock cannot be believed, so that nothing that is read now has a time."""

    reason = "transient"
    is_worth_retrying = True

    def __init__(self, platform: str, jumped: ClockJumped) -> None:
        super().__init__(platform, jumped.detail)
        self.our_wait_ms = jumped.our_wait_ms


def retry_at_ms(error: PlatformError, attempt: int, now_ms: int, clock: SteadyClock) -> int:
    """Return when to try again after the attempt of that number."""
    if isinstance(error, RateLimited):
        return min(max(error.retry_at_ms, now_ms + 1), now_ms + RATE_LIMIT_MS_MAX)
    if isinstance(error, OurClockError):
        return now_ms + clock.from_our_ms(error.our_wait_ms)
    backoff = SOON if error.is_worth_retrying else LATER
    return now_ms + backoff.delay_after(attempt)


def needs_a_person(error: PlatformError, attempt: int) -> bool:
    """Return whether a failure is worth telling: it will not go by itself, or has not so far."""
    return isinstance(error, OurClockError) or not error.is_worth_retrying or attempt >= HICCUPS_MAX
