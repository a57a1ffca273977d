"""Our own time in whole milliseconds, by which work is paced; it only goes forward."""

from __future__ import annotations

import asyncio
from contextlib import suppress


def clock_ms() -> int:
    """Return the running loop's time."""
    return int(asyncio.get_running_loop().time() * 1_000)


async def wait_for(event: asyncio.Event, patience_ms: int) -> None:
    """Wait until something happens, or for so long."""
    with suppress(TimeoutError):  # nothing happened
        async with asyncio.timeout(patience_ms / 1_000):  # money-ok: a stretch of time
            await event.wait()
