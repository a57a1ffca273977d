"""Which time it is for the product: ours, or a world's that runs faster and began at another moment.

Every role computes it from the same three settings, so that all agree on it, also after a restart.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


def wall_ms() -> int:
    """Return our own time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class WorldTime:
    """A time that was `origin_ms` when ours was `anchor_ms`, and runs `speed` times as fast."""

    speed: int = 1
    anchor_ms: int | None = None
    origin_ms: int | None = None

    def now_ms(self) -> int:
        """Return which time it is."""
        now_ms = wall_ms()
        if self.anchor_ms is None:
            return now_ms
        origin_ms = self.anchor_ms if self.origin_ms is None else self.origin_ms
        return origin_ms + (now_ms - self.anchor_ms) * self.speed

    def our_seconds(self, duration_ms: int) -> float:
        """Return how long a stretch of this time lasts in ours."""
        return duration_ms / 1000 / (1 if self.anchor_ms is None else self.speed)

    async def sleep(self, duration_ms: int) -> None:
        """Wait for a stretch of this time."""
        await asyncio.sleep(self.our_seconds(max(0, duration_ms)))
