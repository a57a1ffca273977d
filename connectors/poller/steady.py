"""Which moment a read is true for: a time that only moves forward, or says that it cannot be believed.

A page's `as_of_ms` decides whether it wins over others, for ever. A clock that was set back would make pages
that lose against older ones; one that was set forward, pages that nothing can correct any more. So the time
is held against the machine's monotonic clock: whenever both have not moved alike, nothing is stamped until
the time has run evenly for a while, and what was being read then is thrown away. Whether the new time is
right cannot be told from inside, so after that it holds; but no page is stamped behind its account's newest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from infra.health import monotonic_ms

if TYPE_CHECKING:
    from collections.abc import Callable

# Corrections by small steps are everyday; by more, somebody or something has set the clock.
JUMP_MS = 2_000
# How long it must have run evenly since, in our own time.
SETTLE_MS = 10_000


class Time(Protocol):
    """What the poller asks which time it is, and waits by."""

    def now_ms(self) -> int:
        """Return which time it is."""
        ...

    def our_seconds(self, duration_ms: int) -> float:
        """Return how long a stretch of this time lasts in ours."""
        ...


class ClockJumped(Exception):  # noqa: N818 - named after what happened
    """The time cannot be believed now; `our_wait_ms` is how long to leave it alone, in our own time."""

    def __init__(self, detail: str, *, our_wait_ms: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.our_wait_ms = our_wait_ms


class Stamp(NamedTuple):
    """The moment at which a read was begun, which its pages are true for at least."""

    as_of_ms: int
    jumps: int


class SteadyClock:
    """Gives stamps that grow, per account, as long as the time itself runs evenly."""

    def __init__(self, time: Time, steady_ms: Callable[[], int] = monotonic_ms) -> None:
        self._time, self._steady_ms = time, steady_ms
        self._base = (time.now_ms(), steady_ms())
        self._jumps = 0
        self._jumped_by_ms = 0
        self._settled_at_ms = self._base[1]
        self._newest: dict[str, int] = {}

    def now_ms(self) -> int:
        """Return which time it is, or raise `ClockJumped`."""
        now_ms, steady_ms = self._time.now_ms(), self._steady_ms()
        passed_ms = round(self._time.our_seconds(now_ms - self._base[0]) * 1000)
        jumped_by_ms = passed_ms - (steady_ms - self._base[1])
        self._base = (now_ms, steady_ms)
        if abs(jumped_by_ms) > JUMP_MS:
            self._jumps += 1
            self._jumped_by_ms = jumped_by_ms
            self._settled_at_ms = steady_ms + SETTLE_MS
        if steady_ms < self._settled_at_ms:
            ahead = "forward" if self._jumped_by_ms > 0 else "back"
            raise ClockJumped(
                f"this machine's clock went {ahead} by {abs(self._jumped_by_ms)} ms at once; "
                f"nothing is read until it has run evenly for {SETTLE_MS} ms",
                our_wait_ms=self._settled_at_ms - steady_ms,
            )
        return now_ms

    def stamp(self, subject: str) -> Stamp:
        """Return the moment for a read that begins now: newer than each one before of its account."""
        now_ms, newest_ms = self.now_ms(), self._newest.get(subject, -1)
        behind_ms = round(self._time.our_seconds(newest_ms - now_ms) * 1000)
        if behind_ms > JUMP_MS:
            raise ClockJumped(
                f"this machine's clock was set back behind the newest page by {behind_ms} ms; a page of "
                "now would count as older than that, so reading goes on when the clock has passed it again",
                our_wait_ms=behind_ms,
            )
        self._newest[subject] = max(now_ms, newest_ms + 1)
        return Stamp(self._newest[subject], self._jumps)

    def confirm(self, stamp: Stamp) -> None:
        """Raise `ClockJumped` if the time has jumped since a read began."""
        self.now_ms()
        if stamp.jumps != self._jumps:
            raise ClockJumped("this machine's clock jumped during the read", our_wait_ms=0)

    def our_seconds_until(self, at_ms: int) -> float:
        """Return how long to wait for a moment, in our own time."""
        return max(0.0, self._time.our_seconds(at_ms - self._time.now_ms()))

    def from_our_ms(self, our_ms: int) -> int:
        """Return how long a stretch of our own time lasts in this one."""
        return round(our_ms * 1_000 / self._time.our_seconds(1_000_000))

    def raw_ms(self) -> int:
        """Return which time it is, believed or not: to say when something failed."""
        return self._time.now_ms()
