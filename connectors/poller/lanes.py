"""How many reads of one platform go on at once, and whether it wants to be left alone for now."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from connectors.poller.steady import SteadyClock

# Enough that slow accounts leave room for others; what a platform allows is kept by the connector's quota.
READS_AT_ONCE: Final = 32
# So that a clock that was set meanwhile does not make a wait last for ever.
SLEEP_SECONDS_MAX: Final = 30.0


class Lane:
    """One platform's accounts, which share its credential: a limit that one of them hits holds for all."""

    def __init__(self, clock: SteadyClock, at_once: int = READS_AT_ONCE) -> None:
        self._clock = clock
        self._places = asyncio.Semaphore(at_once)
        self.held_until_ms = 0

    def hold(self, until_ms: int) -> None:
        """Let nobody begin a read before then."""
        self.held_until_ms = max(self.held_until_ms, until_ms)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place, and until the platform may be asked."""
        async with self._places:
            while self._clock.our_seconds_until(self.held_until_ms) > 0:
                await sleep_until(self._clock, self.held_until_ms)
            yield


async def sleep_until(clock: SteadyClock, at_ms: int) -> None:
    """Wait for a moment."""
    while (left := clock.our_seconds_until(at_ms)) > 0:  # noqa: ASYNC110 - nobody could set an event: it is time
        await asyncio.sleep(min(left, SLEEP_SECONDS_MAX))
