"""The connector before a simulated platform, for tests of what it reads and writes there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from connectors.local_days import HOUR_MS
from connectors.ports import Campaign, Platform
from connectors.tiktok import TikTok
from infra.settings.model import TikTokSettings
from simulator.quota import Quota
from simulator.server import Simulator
from tests.simulator_kit import CALM, GENEROUS, HandTime, simulated

DAY_MS = 24 * HOUR_MS


@dataclass
class Scene:
    """A simulator, the connector that speaks to it, and their time."""

    simulator: Simulator
    platform: Platform
    time: HandTime

    @property
    def accounts(self) -> list[str]:
        """Return the names of all accounts."""
        return list(self.simulator.world.accounts)

    async def campaigns(self) -> list[Campaign]:
        """Return the campaigns of the first account."""
        return await self.platform.list_campaigns(self.accounts[0])


@asynccontextmanager
async def scene(quota: Quota = GENEROUS, **settings: object) -> AsyncIterator[Scene]:
    """Set the scene: a calm world, at noon."""
    time = HandTime()
    async with simulated(CALM, time, quota=quota) as simulator:
        platform = connect(simulator, time, **settings)
        try:
            yield Scene(simulator, platform, time)
        finally:
            await platform.close()


def connect(simulator: Simulator, time: HandTime, **settings: object) -> TikTok:
    """Return the connector for a simulator."""
    given = {
        "base_url": f"{simulator.url}/open_api/v1.3/",
        "access_token": simulator.app.access_token,
        "timeout_ms": 5_000,
        # Time stands still here unless a test moves it, so nobody may have to wait.
        "requests_per_second": 1_000,
        "requests_per_minute": 60_000,
        **settings,
    }
    return TikTok(TikTokSettings(**given), time)


def act(play: Callable[[Scene], Awaitable[None]], **terms: object) -> None:
    """Play a test in a scene of its own."""

    async def run() -> None:
        async with scene(**terms) as set_up:
            await play(set_up)

    asyncio.run(run())
