"""What tests of the executor share: topics of their own, commands to send, and what became of them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from connectors.executor.executor import Executor
from connectors.executor.options import ExecutorOptions, Topics
from connectors.tiktok import TikTok
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import PauseCampaign, ResumeCampaign, SetBudget
from infra import tied
from infra.health import Health
from infra.retry import Backoff
from infra.settings.model import TikTokSettings
from infra.world_time import WorldTime, wall_ms
from simulator.faults import Fault
from simulator.server import Simulator
from simulator.tiktok.front import ROOT
from simulator.world import WorldTerms, make
from streams import reading
from tests.simulator_kit import GENEROUS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from connectors.ports import Platform
    from events.types import Fact
    from simulator.world import What

PATIENCE_SECONDS = 60
POLL_SECONDS = 0.05
HOUR_MS = 3_600_000
PARTITIONS = 2
CALM = WorldTerms(seed=7, accounts=2, campaigns=8, lag_ms=0, runaway_permille=0)
SOON = Backoff(delay_ms=20, delay_ms_max=100)


def topics(prefix: str) -> Topics:
    """Return topics of one test."""
    return Topics(*(f"{prefix}-{kind}" for kind in ("commands", "attempts", "outcomes", "dead")))


def options(bootstrap: str, prefix: str, slot: str = "0", **changes: Any) -> ExecutorOptions:  # noqa: ANN401 - any of the options
    """Return options in which everything happens soon."""
    usual = ExecutorOptions(
        {"bootstrap.servers": bootstrap},
        slot,
        group=prefix,
        topics=topics(prefix),
        retry=SOON,
        look=SOON,
        settle_ms=300,
    )
    return replace(usual, **changes)


def tiktok(simulator_url: str, token: str) -> TikTok:
    """Return a TikTok that talks to a simulator."""
    limits = {"requests_per_second": 1_000, "requests_per_minute": 60_000}
    return TikTok(
        TikTokSettings(base_url=simulator_url + ROOT, access_token=token, timeout_ms=5_000, **limits),  # type: ignore[arg-type] # pydantic makes them of it
        WorldTime(),
    )


class World:
    """A simulated platform in our own time, one of its accounts, and its campaigns that run."""

    def __init__(self, simulator: Simulator, platform: TikTok) -> None:
        self.simulator, self.platform = simulator, platform
        self.platforms: dict[str, Platform] = {"tiktok": platform}
        # JPY has no cents, which budgets of tests do not mind.
        self.accounts = sorted(simulator.world.accounts)
        self.account = self.accounts[0]

    def running(self, account: str | None = None) -> list[str]:
        """Return the campaigns of an account that run."""
        found = self.simulator.world.standings(account or self.account)
        return sorted(name for name, standing in found.items() if standing.status == "enabled")

    def budget(self, campaign: str, account: str | None = None) -> int:
        """Return a campaign's daily budget."""
        standing = self.simulator.world.standing(account or self.account, campaign)
        assert standing is not None
        assert standing.budget_micros is not None
        return standing.budget_micros

    def status(self, campaign: str, account: str | None = None) -> str:
        """Return how a campaign stands."""
        standing = self.simulator.world.standing(account or self.account, campaign)
        assert standing is not None
        return standing.status

    def edit(self, campaign: str, what: What, after: int | str) -> None:
        """Do what a person does by hand."""
        self.simulator.running.change("person", what, self.account, campaign, after)

    def trouble(self, **fault: Any) -> None:  # noqa: ANN401 - any field of a fault
        """Let something go wrong."""
        self.simulator.faults.add(Fault(**fault))

    def writes(self, campaign: str) -> list[tuple[int | str | None, bool]]:
        """Return what our side has written to a campaign, and whether it changed anything."""
        return [
            (entry.after, entry.has_effect)
            for entry in self.simulator.journal.entries
            if entry.who == "api" and entry.campaign == campaign
        ]


@asynccontextmanager
async def world(terms: WorldTerms = CALM) -> AsyncIterator[World]:
    """Serve a world in our own time."""
    async with Simulator(make(terms), WorldTime(), quota=GENEROUS) as simulator:
        platform = tiktok(simulator.url, simulator.app.access_token)
        try:
            yield World(simulator, platform)
        finally:
            await platform.close()


class Desk:
    """Sends commands, as the account agent would, and reads what executors made of them."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int = PARTITIONS) -> None:
        self.options = options(bootstrap, prefix)
        self.topics = self.options.topics
        self._sent = 0
        admin = AdminClient(self.options.kafka)
        named = (self.topics.commands, self.topics.attempts, self.topics.outcomes, self.topics.dead_letters)
        for future in admin.create_topics([NewTopic(name, partitions, 1) for name in named]).values():
            future.result(PATIENCE_SECONDS)
        self._producer = Producer({**self.options.kafka, "partitioner": "murmur2_random", "linger.ms": 0})

    def pause(self, account: str, campaign: str, budget_micros: int, **changes: Any) -> str:  # noqa: ANN401 - any field
        """Send a pause; return its id."""
        now_ms = wall_ms()
        usual: dict[str, Any] = {
            "campaign": campaign,
            "order": self._sent + 1,
            "decided_ms": now_ms,
            "not_after_ms": now_ms + HOUR_MS,
            "reason": "over-budget",
            "day": "2026-11-20",
            "spent_micros": budget_micros * 2,
            "budget_micros": budget_micros,
            "limit_micros": budget_micros,
            "currency": "USD",
        }
        return self.send(account, PauseCampaign(**{**usual, **changes}))

    def resume(self, account: str, campaign: str, **changes: Any) -> str:  # noqa: ANN401 - any field
        """Send a resume; return its id."""
        now_ms = wall_ms()
        usual: dict[str, Any] = {
            "campaign": campaign,
            "order": self._sent + 1,
            "decided_ms": now_ms,
            "not_after_ms": now_ms + HOUR_MS,
            "reason": "new-day",
        }
        return self.send(account, ResumeCampaign(**{**usual, **changes}))

    def budget(self, account: str, campaign: str, from_micros: int, to_micros: int) -> str:
        """Send another budget; return the command's id."""
        now_ms = wall_ms()
        fact = SetBudget(
            campaign=campaign,
            order=self._sent + 1,
            decided_ms=now_ms,
            not_after_ms=now_ms + HOUR_MS,
            from_micros=from_micros,
            to_micros=to_micros,
            currency="USD",
            reason="steering",
            target_micros=to_micros,
        )
        return self.send(account, fact)

    def send(self, account: str, fact: Fact, platform: str = "tiktok") -> str:
        """Send a command; return its id."""
        self._sent += 1
        id_, subject = f"account-facts.0.{self._sent}.0", f"acme/{platform}/{account}"
        envelope = Envelope(id_, fact.TYPE, fact.VERSION, "/headgate/account", subject, correlation_id="why")
        headers, body = encode(Event(envelope, fact))
        self.send_raw(subject.encode(), body, headers)
        return id_

    def send_raw(self, key: bytes, body: bytes, headers: list[tuple[str, bytes]]) -> None:
        """Send a record as it is."""
        self._producer.produce(self.topics.commands, body, key, headers=list(headers))
        assert self._producer.flush(PATIENCE_SECONDS) == 0

    def outcomes(self) -> list[Event]:
        """Return every outcome."""
        return self.read(self.topics.outcomes)

    def attempts(self) -> list[Event]:
        """Return every attempt."""
        return self.read(self.topics.attempts)

    def read(self, topic: str) -> list[Event]:
        """Return the committed records of a topic."""
        return [decode(list(one.headers() or ()), one.value()) for one in self.records(topic)]

    def records(self, topic: str) -> list[Any]:
        """Return the committed records of a topic as they are."""
        return list(reading.read(self.options.kafka, topic))

    async def until(self, count: int) -> dict[str, Fact]:
        """Wait for so many outcomes, and return them by their command."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(found := await asyncio.to_thread(self.outcomes)) < count:  # noqa: ASYNC110 - it is in Kafka
                await asyncio.sleep(POLL_SECONDS)
        return {str(event.envelope.causation_id): event.data for event in found}


@asynccontextmanager
async def executing(
    given: ExecutorOptions,
    platforms: Mapping[str, Platform],
    time: WorldTime | None = None,
    make_executor: Callable[..., Executor] = Executor,
) -> AsyncIterator[tuple[Executor, Health]]:
    """Run an executor for the length of a block, and drain it; what ended it before is raised."""
    health = Health("executor")
    executor = make_executor(given, platforms, time or WorldTime(), health)
    ready = asyncio.Event()
    task = asyncio.create_task(executor.run(ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    try:
        if task.done():
            await task
        assert ready.is_set()
        yield executor, health
    finally:
        executor.drain()
        await task


def plan(desk: Desk, here: World, **more: Any) -> str:  # noqa: ANN401 - any field of a plan
    """Return what a child process is told."""
    facts = {
        "bootstrap": desk.options.kafka["bootstrap.servers"],
        "prefix": desk.options.group,
        "url": here.simulator.url,
        "token": here.simulator.app.access_token,
    }
    return json.dumps({**facts, **more})


async def child(given: str) -> asyncio.subprocess.Process:
    """Start an executor in a process of its own, which dies with this one."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", tied.__file__, str(os.getpid())),
        *(sys.executable, "-m", "tests.executor_child", given),
        cwd=Path(__file__).parents[1],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def stopped(process: asyncio.subprocess.Process) -> None:
    """Wait until a process stands still."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not _is_stopped(process.pid):  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(POLL_SECONDS)


def _is_stopped(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return stat.rpartition(")")[2].split()[0] == "T"
