"""One life of the chain executor: the real work of a client, the real watcher of its pots, on our log."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from chain.executor.known import Known
from chain.executor.options import WatchOptions
from chain.executor.order import read
from chain.executor.pots import PotWatcher, WatchTools
from chain.executor.rates import rates
from chain.executor.tools import Tools
from chain.executor.work import ClientWork
from events.types import AttemptSigned
from proof.treasury.beginning import CLIENT
from proof.treasury.chain import KeyInMemory, SimulatedChain
from proof.treasury.endpoints import PooledChain
from proof.treasury.journal import ROLE, TOPICS, SimulatedJournal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chain.errors import ChainError
    from chain.executor.order import Order
    from events.types import PotsObserved
    from events.types.fact import Fact
    from proof.treasury.trouble import Process
    from proof.treasury.world import World

READ_SECONDS: Final = 0.4
WATCHING: Final = WatchOptions(observe_ms=20_000, known_ms=1_000, rates=rates({}))


class Watch:
    """Hears how the work goes, and keeps what is remarkable."""

    def __init__(self, world: World) -> None:
        self._world = world

    def reached(self, client: str) -> None:
        """Nothing to note."""

    def trouble(self, client: str, error: ChainError, orders: int) -> None:  # noqa: ARG002 - the watch's signature
        """Keep what went wrong."""
        self._world.trouble.tell(f"trouble: {error} ({orders} orders)")

    def stuck(self, order: Order, detail: str) -> None:
        """Keep which order only a person could end."""
        self._world.stuck[order.id] = detail
        self._world.trouble.tell(f"stuck: {order.id} {detail}")

    def signed(self, client: str, orders: int, attempt: int) -> None:  # noqa: ARG002 - the watch's signature
        """Count transactions."""
        self._world.trouble.happened["signed" if attempt == 1 else "signed anew"] += 1

    def ended(self, order: Order, outcome: Fact, attempts: int) -> None:
        """Nothing to note: the log has it."""

    def observed(self, seen: PotsObserved) -> None:
        """Nothing to note: the log has it."""

    def unobserved(self, client: str, error: ChainError) -> None:
        """Keep why pots could not be seen."""
        self._world.trouble.tell(f"not observed: {client} {error}")

    def wrong_pots(self, client: str, pots: Sequence[str]) -> None:
        """Hold that there are none."""
        if pots:
            raise AssertionError(f"{client} has wrong pots: {pots}")


class NoNews:
    """The end of a topic on which nothing new comes."""

    def read(self) -> list[Any]:
        """Return what has come: nothing."""
        return []

    async def close(self) -> None:
        """Let go of nothing."""


class Executor:
    """Takes the executor's place when it begins, and works until its process ends."""

    def __init__(self, world: World, process: Process) -> None:
        self.world, self.process = world, process
        watch = Watch(world)
        kind = PooledChain if world.plan.has_endpoints else SimulatedChain
        self.chain: Any = kind(world.ground, world.trouble, process)
        self.journal: Any = SimulatedJournal(world.log, world.time, process, world.trouble, self._ended)
        self.tools = Tools(
            world.options,
            self.chain,
            world.ground.program.address,
            world.ground.program.mint,
            KeyInMemory(world.ground.keys.funder, process),
            KeyInMemory(world.ground.keys.spender, process),
            world.time,
            self.journal,
            watch,
            asyncio.Semaphore(4),
        )
        known = Known()
        for record in world.log.topics[TOPICS.pots]:
            known.take(record)
        self._tables = known.tables(CLIENT)
        watching = WatchTools(WATCHING, self.chain, world.ground.program, world.time, watch)
        no_news: Any = NoNews
        self.watcher = PotWatcher(watching, known, no_news, self.journal.tell)
        self.attempts: dict[str, list[AttemptSigned]] = defaultdict(list)
        for record in world.log.topics[TOPICS.attempts]:
            fact = record.event.data
            if isinstance(fact, AttemptSigned):
                self.attempts[fact.command_id].append(fact)
        self._work: ClientWork | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Give what comes to its work; whatever is raised ends this life."""
        self._tasks |= {asyncio.create_task(self.watcher.run()), asyncio.create_task(self._read())}
        try:
            while True:
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                self._tasks -= done
                for task in done:
                    task.result()
        finally:
            self.process.is_dead = True
            for task in self._tasks:
                task.cancel()

    async def _read(self) -> None:
        place = 0
        while True:
            commands = self.world.log.topics[TOPICS.commands]
            while place < len(commands):
                record = commands[place]
                place += 1
                if record.offset() not in self.world.log.done[ROLE]:
                    self._take(read(record.headers(), record.value(), 0, record.offset()))
            await asyncio.sleep(READ_SECONDS)
            self.process.check()

    def _take(self, order: Order) -> None:
        attempts = tuple(self.attempts.pop(order.id, ()))
        if self._work is None:
            self._work = ClientWork(CLIENT, self.tools, self._tables)
            self._work.add(order, attempts)
            self._tasks.add(asyncio.create_task(self._run(self._work)))
        else:
            self._work.add(order, attempts)

    async def _run(self, work: ClientWork) -> None:
        await work.run()
        self._work = None

    def _ended(self, order: Order, outcome: Fact) -> None:
        self.watcher.ask(order.client, getattr(outcome, "slot", 0))
