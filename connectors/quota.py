"""How many calls a credential may make: we wait before the platform has to refuse us, and learn when it does.

Two windows slide (a second, a minute), so that no second of the platform's sees too many, wherever it begins;
the third is a day of UTC. Calls get their turn in the order in which they asked. All is in the world's time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.errors import RateLimited

if TYPE_CHECKING:
    from connectors.errors import Scope
    from infra.world_time import WorldTime

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
# Reads may wait for a place in the minute; whoever waits longer is told when to come back.
READ_WAIT_MS_MAX: Final = MINUTE_MS
# A write was decided from what was just read, under a lease that ends; it must not be made much later.
WRITE_WAIT_MS_MAX: Final = SECOND_MS


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls, and how long a platform keeps refusing when a minute's were too many."""

    per_second: int
    per_minute: int
    per_day: int
    minute_penalty_ms: int

    def share(self, percent: int) -> Limits:
        """Return the part of it that one of several processes may use."""

        def part(calls: int) -> int:
            return max(1, calls * percent // 100)

        return Limits(
            part(self.per_second), part(self.per_minute), part(self.per_day), self.minute_penalty_ms
        )


class _Window:
    """The moments of the last calls; one more has its place when the oldest has left the window."""

    def __init__(self, calls_max: int, length_ms: int) -> None:
        self._calls: deque[int] = deque(maxlen=calls_max)
        self._length_ms = length_ms

    def free_at_ms(self) -> int:
        """Return from when on there is a place."""
        is_full = len(self._calls) == self._calls.maxlen
        return self._calls[0] + self._length_ms if is_full else 0

    def take(self, at_ms: int) -> None:
        """Count a call."""
        self._calls.append(at_ms)

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()


class Quota:
    """The calls of one credential in this process."""

    def __init__(self, platform: str, limits: Limits, time: WorldTime) -> None:
        self._platform = platform
        self._limits = limits
        self._time = time
        self._second = _Window(limits.per_second, SECOND_MS)
        self._minute = _Window(limits.per_minute, MINUTE_MS)
        self._day = 0
        self._day_calls = 0
        self._last_ms = 0
        self._refusals = 0
        self._refused: tuple[int, int, Scope] | None = None  # since when, until when, for whom

    async def take(self, wait_ms_max: int) -> int:
        """Wait for a place and return when it came; ``RateLimited`` when that is further away."""
        while True:
            now_ms = self._now_ms()
            at_ms, scope = self._next_ms(now_ms)
            if at_ms - now_ms > wait_ms_max:
                detail = f"its quota of calls allows none for {at_ms - now_ms} ms"
                raise RateLimited(self._platform, detail, retry_at_ms=at_ms, scope=scope)
            self._reserve(at_ms)
            while (left_ms := at_ms - self._now_ms()) > 0:
                await self._time.sleep(left_ms)
            # While this one waited, the platform may have refused another.
            if self._refused is None or self._refused[1] <= self._now_ms():
                return at_ms

    def refused(self, sent_ms: int) -> RateLimited:
        """Return the error for a call that the platform refused, after which nobody calls before its time."""
        if self._refused is None or sent_ms > self._refused[0]:
            self._refusals += 1
            now_ms = self._now_ms()
            retry_at_ms, scope = self._recovery(now_ms)
            self._refused = (now_ms, retry_at_ms, scope)
        # Calls that were under way together are refused together, and that counts once.
        _, retry_at_ms, scope = self._refused
        detail = "it refuses more calls for now (too many in a " + scope + ")"
        return RateLimited(self._platform, detail, retry_at_ms=retry_at_ms, scope=scope)

    def accepted(self, sent_ms: int) -> None:
        """Say that a call was let in, so that the next refusal is a first one again."""
        if self._refused is None or sent_ms >= self._refused[1]:
            self._refusals = 0

    def _recovery(self, now_ms: int) -> tuple[int, Scope]:
        """Return when to try again: the platform does not say which window was full, ours may know."""
        if self._day_calls >= self._limits.per_day:
            return _next_midnight_ms(now_ms), "day"
        if self._minute.free_at_ms() > now_ms or self._refusals > 1:
            # Also when it goes on for unknown reasons, since others may use the same app: a call each few
            # minutes costs nothing, and to stay blind until midnight would.
            return now_ms + self._limits.minute_penalty_ms, "minute"
        return now_ms - now_ms % SECOND_MS + SECOND_MS, "second"

    def _next_ms(self, now_ms: int) -> tuple[int, Scope]:
        """Return when the next call may be made, and what holds it up."""
        turns: list[tuple[int, Scope]] = [
            (max(now_ms, self._last_ms), "second"),
            (self._second.free_at_ms(), "second"),
            (self._minute.free_at_ms(), "minute"),
        ]
        if self._refused is not None:
            turns.append(self._refused[1:])
        at_ms, scope = max(turns, key=lambda turn: turn[0])
        if at_ms // DAY_MS <= self._day and self._day_calls >= self._limits.per_day:
            return _next_midnight_ms(at_ms), "day"
        return at_ms, scope

    def _reserve(self, at_ms: int) -> None:
        if at_ms // DAY_MS > self._day:
            self._day, self._day_calls = at_ms // DAY_MS, 0
        self._day_calls += 1
        self._last_ms = at_ms
        self._second.take(at_ms)
        self._minute.take(at_ms)

    def _now_ms(self) -> int:
        """Return the time; when it has jumped back, what was counted by the other time is forgotten."""
        now_ms = self._time.now_ms()
        if self._last_ms - now_ms > MINUTE_MS:
            self._second.clear()
            self._minute.clear()
            self._day, self._day_calls, self._last_ms, self._refused = now_ms // DAY_MS, 0, now_ms, None
        return now_ms


def _next_midnight_ms(now_ms: int) -> int:
    return (now_ms // DAY_MS + 1) * DAY_MS
