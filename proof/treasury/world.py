"""One run: a chain, a log, a worker and executors in one process and no time, until all has settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chain.executor.tools import WorkOptions
from chain.localnet.faults import Rule
from proof.treasury.days import SimulatedTime
from proof.treasury.executor import Executor
from proof.treasury.ground import SLOT_SECONDS, Ground
from proof.treasury.journal import ROLE as EXECUTOR
from proof.treasury.journal import TOPICS
from proof.treasury.log import FencedError, Log
from proof.treasury.people import People
from proof.treasury.trouble import Killed, Process, Trouble
from proof.treasury.verify import OnChain, verify
from proof.treasury.worker import ROLE as WORKER
from proof.treasury.worker import Worker
from streams.agents.treasury import TREASURY

if TYPE_CHECKING:
    from proof.treasury.plan import Plan
    from proof.treasury.verdict import Verdict

DECISIONS, COMMANDS, FACTS = "client-decisions", TOPICS.commands, TOPICS.outcomes
SETTLE_SECONDS_MAX = 3_600.0
LOOK_SECONDS = 5.0
# Longer than a tick of the clock, a look of the observer, and the way to finality.
QUIET_SECONDS = 100.0
FORK_DEPTH_MAX = 7
# Some of what is late comes when its blockhash is worth nothing any more.
LATE_SLOTS_MAX = 170

Change = Callable[[Any], None]


@dataclass
class Changes:
    """What a mutation replaces in a run: of the world, of each worker, of each life of an executor."""

    world: Change = lambda _world: None
    worker: Change = lambda _worker: None
    executor: Change = lambda _executor: None
    so: bytes | None = None
    """Another program in place of ours."""


def together(parts: Sequence[Changes]) -> Changes:
    """Return what several mutations replace, all of it."""

    def each(name: str) -> Change:
        def change(it: Any) -> None:  # noqa: ANN401 - a world, a worker or an executor
            for part in parts:
                getattr(part, name)(it)

        return change

    so = next((part.so for part in parts if part.so is not None), None)
    return Changes(each("world"), each("worker"), each("executor"), so)


@dataclass
class World:
    """One run."""

    seed: int
    plan: Plan
    changes: Changes = field(default_factory=Changes)
    stuck: dict[str, str] = field(default_factory=dict)
    """Orders of which only a person could tell what became of them."""
    is_settled: bool = False

    async def run(self) -> Verdict:
        """Run the trouble, then in calm to the end, and compare."""
        asyncio.get_running_loop().set_exception_handler(_unless_killed)
        plan = self.plan
        self.time, self.log = SimulatedTime(), Log()
        self.trouble = Trouble(self.seed, plan.rates)
        self.options = WorkOptions()
        self.ground = Ground(self.time.now_ms, plan.pots, plan.cap_micro_usdc, self.seed, self.changes.so)
        late = Rule(fault="late", permille=self.trouble.rate_permille("late"), slots=LATE_SLOTS_MAX)
        self.ground.chain.faults.set((late,))
        self.ground.mint(self.ground.treasury, plan.deposit_micro_usdc)
        self.people = People(self)
        self.worker = Worker(TREASURY, self.log, self.trouble)
        self.changes.worker(self.worker)
        self.changes.world(self)
        self.people.begin()
        self._lives: set[asyncio.Task[None]] = set()
        everything = [self._slots(), self.worker.run(), self._executors(), self.people.tick()]
        tasks = [asyncio.create_task(one) for one in everything]
        try:
            await self._all(tasks)
        finally:
            for task in (*tasks, *self._lives):
                task.cancel()
            await asyncio.gather(*tasks, *self._lives, return_exceptions=True)
            self.ground.chain.close()
        return self.verdict

    async def _all(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let people act and everything settle; a defect of anybody's ends the run."""
        through = asyncio.create_task(self._through())
        done, _ = await asyncio.wait({through, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        through.cancel()
        for task in done:
            task.result()

    async def _through(self) -> None:
        await self.people.act()
        self.trouble.is_calm = True
        self.ground.chain.faults.set(())
        self.trouble.tell("calm")
        await self._settle()
        self.verdict = self._compare()

    async def _settle(self) -> None:
        """Wait until nothing has happened for a while, and nothing is left to do."""
        quiet, before = 0.0, -1
        for _ in range(round(SETTLE_SECONDS_MAX / LOOK_SECONDS)):
            await asyncio.sleep(LOOK_SECONDS)
            told = sum(len(self.log.topics[topic]) for topic in (COMMANDS, DECISIONS))
            quiet = quiet + LOOK_SECONDS if told == before and self._is_idle() else 0.0
            before = told
            if quiet >= QUIET_SECONDS:
                self.is_settled = True
                return

    def _is_idle(self) -> bool:
        has_read = self.log.positions[WORKER] == len(self.log.topics[FACTS])
        return has_read and len(self.log.done[EXECUTOR]) == len(self.log.topics[COMMANDS])

    # ---- who works
    async def _slots(self) -> None:
        """Let the chain's slots pass, fork and start again."""
        while True:
            await asyncio.sleep(SLOT_SECONDS)
            self.ground.chain.advance()
            if self.trouble.strikes("fork"):
                dropped = self.ground.chain.fork(
                    self.trouble.dice.randint(1, FORK_DEPTH_MAX), self.trouble.dice.choice((500, 1_000))
                )
                self.trouble.happened["dropped by a fork"] += len(dropped)
            if self.trouble.strikes("restart"):
                self.ground.chain.restart(keeps_unfinal=self.trouble.dice.random() < 0.5)  # noqa: PLR2004 - half of them

    async def _executors(self) -> None:
        """Start an executor, and another one whenever it has died or stands still."""
        while True:
            process = Process(self.trouble, f"executor {self.log.epochs[EXECUTOR] + 1}")
            executor = Executor(self, process)
            self.changes.executor(executor)
            self.trouble.tell(f"{process.name} starts")
            life = asyncio.create_task(self._live(executor))
            self._lives.add(life)
            life.add_done_callback(self._lives.discard)
            stands = asyncio.create_task(process.stands.wait())
            await asyncio.wait({life, stands}, return_when=asyncio.FIRST_COMPLETED)
            stands.cancel()
            if life.done():
                life.result()
            await asyncio.sleep(self.trouble.dice.choice((0.1, 1.0, 5.0)))

    async def _live(self, executor: Executor) -> None:
        with suppress(Killed, FencedError):
            await executor.run()

    # ---- the end
    def _compare(self) -> Verdict:
        ground = self.ground
        chain = OnChain(
            ground.tokens(ground.treasury),
            {pot.pot: ground.tokens(pot.vault) for pot in ground.pots},
            {pot.pot: (pot.address, ground.pot(pot)) for pot in ground.pots},
            {pot.pot: pot.first_sequence for pot in ground.pots},
            ground.chain.core.store.time_ms,
        )
        orders = [record.event.envelope.id for record in self.log.topics[COMMANDS]]
        verdict = verify(list(self.log.facts(FACTS)), list(self.log.facts(DECISIONS)), orders, chain)
        verdict.none("stuck", "orders that only a person could end", list(self.stuck.items()))
        verdict.equal("settled", "everything", expected=True, there=self.is_settled)
        parked = [record.value()[:200] for record in self.log.topics["dead-letters"]]
        verdict.none("parked", "records", parked)
        return verdict


def _unless_killed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of tasks that died with their process."""
    if not isinstance(context.get("exception"), Killed | FencedError):
        loop.default_exception_handler(context)
