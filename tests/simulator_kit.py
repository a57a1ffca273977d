"""What tests of the platforms' edge share: a small world on a time of its own, served in this process."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from simulator.journal import Journal
from simulator.quota import Quota
from simulator.server import Simulator
from simulator.tiktok.front import ROOT
from simulator.world import HOUR_MS, WorldTerms, make

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

# Noon in Greenwich on an ordinary day, in none of the zones near a change of clocks.
NOON_MS = 1_795_262_400_000
# Nobody runs away, and nothing is late, unless a test says so.
CALM = WorldTerms(seed=7, accounts=4, campaigns=12, lag_ms=0, runaway_permille=0)
# No test meets a limit by being fast.
GENEROUS = Quota(1_000_000, 1_000_000, 1_000_000)


class HandTime:
    """A time that goes on only when it is told to; the same shape as the roles' own."""

    def __init__(self, at_ms: int = NOON_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        """Return which time it is."""
        return self.at_ms

    def our_seconds(self, duration_ms: int) -> float:
        """Return how long a stretch of this time lasts in ours: none at all."""
        return 0 * duration_ms

    async def sleep(self, duration_ms: int) -> None:
        """Let a stretch of this time pass at once."""
        self.at_ms += max(0, duration_ms)

    def pass_hours(self, hours: int) -> None:
        """Let hours pass."""
        self.at_ms += hours * HOUR_MS


@asynccontextmanager
async def simulated(
    terms: WorldTerms = CALM,
    time: HandTime | None = None,
    *,
    quota: Quota = GENEROUS,
    journal: Path | None = None,
) -> AsyncIterator[Simulator]:
    """Serve a world on a free port for as long as the context lasts."""
    kept = None if journal is None else Journal(terms, journal)
    async with Simulator(make(terms), time or HandTime(), journal=kept, quota=quota) as simulator:
        yield simulator


class Caller:
    """Asks a simulator over its wire, as TikTok's clients do and as a tester does."""

    def __init__(self, simulator: Simulator, client: httpx.AsyncClient) -> None:
        self.simulator = simulator
        self.client = client
        self.account = next(iter(simulator.world.accounts))

    async def get(self, path: str, **params: object) -> dict[str, Any]:
        """Ask TikTok; lists and objects go as JSON, and the account is the first one."""
        texts = {
            name: json.dumps(value) if isinstance(value, list | dict) else str(value)
            for name, value in {"advertiser_id": self.account, **params}.items()
        }
        answer = await self.client.get(ROOT + path, params=texts)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, path: str, **fields: object) -> dict[str, Any]:
        """Tell TikTok."""
        answer = await self.client.post(ROOT + path, json={"advertiser_id": self.account, **fields})
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    async def admin(self, method: str, path: str, expected: int = 200, **fields: object) -> dict[str, Any]:
        """Use the admin API."""
        answer = await self.client.request(method, f"/admin/{path}", json=fields or None)
        assert answer.status_code == expected
        found: dict[str, Any] = answer.json()
        return found


def play(
    story: Callable[[Caller, HandTime], Awaitable[None]],
    terms: WorldTerms = CALM,
    *,
    quota: Quota = GENEROUS,
) -> None:
    """Let a story happen with a simulator that is served for it alone."""

    async def run() -> None:
        time = HandTime()
        async with simulated(terms, time, quota=quota) as simulator:
            headers = {"Access-Token": simulator.app.access_token}
            async with httpx.AsyncClient(base_url=simulator.url, headers=headers) as client:
                await story(Caller(simulator, client), time)

    asyncio.run(run())
