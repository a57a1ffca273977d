"""All accounts of one process: each on its own schedule, until the process is asked to end."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from connectors.poller.account import AccountPoller, Ground
from connectors.poller.lanes import Lane
from connectors.poller.schedule import Cadence
from connectors.poller.steady import SteadyClock
from connectors.poller.watch import Watch
from infra import logs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from connectors.poller.pages import Record
    from connectors.poller.steady import Time
    from connectors.ports import Platform
    from infra.health import Health
    from infra.settings.model import PollerSettings

LOOP: Final = "poller"
BEAT_SECONDS: Final = 1.0
STUCK_AFTER_MS: Final = 30_000
# A read that is under way may come to its end within this; then it is abandoned, and nothing of it published.
DRAIN_SECONDS: Final = 5.0

_log = logs.get(__name__)


def share_of(accounts: Iterable[str], share: int, shares: int) -> list[str]:
    """Return the accounts of one of several pollers; each is somebody's, in whatever order they stand."""
    return [
        subject
        for subject in dict.fromkeys(accounts)
        if int.from_bytes(blake2b(subject.encode(), digest_size=8).digest(), "big") % shares == share
    ]


class Poller:
    """Reads accounts until `stop`."""

    def __init__(
        self,
        accounts: Sequence[str],
        settings: PollerSettings,
        *,
        platforms: Mapping[str, Platform],
        time: Time,
        publish: Callable[[Sequence[Record]], Awaitable[None]],
        health: Health,
    ) -> None:
        self._health = health
        self._stopping = asyncio.Event()
        clock, watch = SteadyClock(time), Watch(health, len(accounts))
        grounds = {
            name: Ground(platform, Lane(clock), clock, _cadence(settings, platform), publish, watch)
            for name, platform in platforms.items()
        }
        self._accounts = [AccountPoller(subject, grounds[subject.split("/")[1]]) for subject in accounts]

    def stop(self) -> None:
        """Make `run` return when the reads under way are through."""
        self._stopping.set()

    async def run(self) -> None:
        """Read until `stop`; what Kafka does not take ends it with the error."""
        self._health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
        reading = {
            asyncio.create_task(account.run(), name=account.subject): account for account in self._accounts
        }
        around: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._beat()),
            asyncio.create_task(self._stopping.wait()),
        ]
        try:
            ended, _ = await asyncio.wait([*reading, *around], return_when=asyncio.FIRST_COMPLETED)
            _raise_first(ended)
            _log.info("poller.draining")
            await self._drain(reading)
        finally:
            await _end([*reading, *around])

    async def _drain(self, reading: Mapping[asyncio.Task[None], AccountPoller]) -> None:
        for account in reading.values():
            account.leave()
        await _end([task for task, account in reading.items() if not account.is_reading])
        if not reading:
            return
        ended, late = await asyncio.wait(reading, timeout=DRAIN_SECONDS)
        _raise_first(ended)
        if late:
            _log.warning("poller.reads_abandoned", accounts=[task.get_name() for task in late])

    async def _beat(self) -> None:
        while True:
            self._health.beat(LOOP)
            await asyncio.sleep(BEAT_SECONDS)


def _cadence(settings: PollerSettings, platform: Platform) -> Cadence:
    return Cadence(
        spend_ms=settings.spend_ms,
        spend_ms_min=settings.spend_ms_min,
        campaigns_ms=settings.campaigns_ms,
        restated_ms=settings.restated_ms,
        restated_days=settings.restated_days,
        lag_ms=platform.lag_ms,
    )


def _raise_first(ended: Iterable[asyncio.Task[Any]]) -> None:
    for task in ended:
        if not task.cancelled():
            task.result()


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
