"""The chain executor: gives each order to its client's work, and watches the pots of those clients."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from chain.executor import attempts as attempts_
from chain.executor import records
from chain.executor.journal import KafkaJournal
from chain.executor.known import Known
from chain.executor.order import read
from chain.executor.pots import PotWatcher, WatchTools
from chain.executor.tools import Tools
from chain.executor.watch import ChainWatch
from chain.executor.work import ClientWork
from events.errors import Unreadable
from infra.commands.loop import CommandLoop
from infra.commands.ports import Work
from infra.commands.reading import Tail, read_to_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chain.executor.options import ChainExecutorOptions
    from chain.executor.order import Order
    from chain.instructions import PotProgram
    from chain.ports import Chain, Signer
    from events.types import AttemptSigned, FxRateSet, MovementJudged, PotMoved, PotsObserved, TableMade
    from events.types.fact import Fact
    from infra.health import Health
    from infra.world_time import WorldTime

    MakeWork = Callable[[str, Tools, tuple[TableMade, ...]], "OrderWork"]


class OrderWork(Work, Protocol):
    """One client's orders under way."""

    def add(self, order: Order, attempts: tuple[AttemptSigned, ...] = ()) -> None:
        """Take an order, with what was signed for it before."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """The chain, the program and the money there, and who signs; None is a key that is not there."""

    chain: Chain
    program: PotProgram
    funder: Signer | None
    spender: Signer | None


class ChainExecutor:
    """Runs until it is told to drain, or something fails; a failure ends the process."""

    def __init__(
        self,
        options: ChainExecutorOptions,
        ground: Ground,
        time: WorldTime,
        health: Health,
        make_work: MakeWork = ClientWork,
    ) -> None:
        self._options, self._topics, self._make_work = options, options.topics, make_work
        self._watch = ChainWatch(health, time)
        self._loop: CommandLoop[AttemptSigned, OrderWork] = CommandLoop(options, self, self._watch)
        self._journal = KafkaJournal(self._loop.commits, options.topics, time, self._ended)
        self._tools = Tools(
            options=options.work,
            chain=ground.chain,
            program=ground.program.address,
            mint=ground.program.mint,
            funder=ground.funder,
            spender=ground.spender,
            time=time,
            journal=self._journal,
            watch=self._watch,
            gate=asyncio.Semaphore(options.clients_at_once_max),
            judgement=self._judgement,
        )
        self._watching = WatchTools(options.watch, ground.chain, ground.program, time, self._watch)
        # Filled on the Kafka thread inside an assignment, when nothing here looks at it; else ours.
        self._known, self._ends = Known(), dict[int, int]()
        self._watcher: PotWatcher | None = None

    @property
    def is_hanging(self) -> bool:
        """Whether a thread of this process never came back, so that only the process's end ends it."""
        return self._loop.is_hanging

    def drain(self) -> None:
        """Take no more orders; what has left is durable, and whoever starts next follows it."""
        self._loop.drain()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Bring orders about until drained."""
        await self._loop.run(on_ready)

    # ---- for the loop
    def read_attempt(self, message: Any) -> tuple[int, AttemptSigned] | None:  # noqa: ANN401 - the client's message
        """Return an attempt, and its order's offset."""
        return attempts_.read(self._topics, message)

    def prepare(self, partitions: Sequence[int]) -> None:
        """Learn of pots and tables before anything is done."""
        self._known = Known()
        starts = dict.fromkeys(partitions, 0)
        self._ends = read_to_end(self._options, self._topics.pots, starts, self._known.take)

    def begin(self, partitions: Sequence[int]) -> None:
        """Watch the pots of the clients whose orders are ours."""
        self._journal.known = self._known
        if partitions:
            open_tail = partial(Tail, self._options, self._topics.pots, self._ends)
            self._watcher = PotWatcher(self._watching, self._known, open_tail, self._tell)
            self._loop.beside(self._watcher)

    def take(self, message: Any, attempts: tuple[AttemptSigned, ...], *, is_open: bool) -> None:  # noqa: ANN401 - the client's message
        """Give an order to its client's work; one that nobody can read is kept whole elsewhere."""
        if not is_open:
            return
        try:
            order = read(message.headers(), message.value(), message.partition(), message.offset())
        except Unreadable as error:
            letter = records.parked_record(self._topics, message, error)
            self._loop.park(message, letter, error.reason, error.detail)
            return
        client = order.client
        tables = self._known.tables(client)
        work = self._loop.work(client, lambda: self._make_work(client, self._tools, tables))
        work.add(order, attempts)

    # ---- for watching
    async def _tell(self, client: str, facts: Sequence[PotsObserved | PotMoved | FxRateSet]) -> None:
        written = [records.seen_record(self._topics, client, fact) for fact in facts]
        await self._loop.commits.tell(self._known.partition(client), written)

    def _judgement(self, client: str, movement_id: str) -> MovementJudged | None:
        return self._known.judgement(client, movement_id)

    def _ended(self, order: Order, outcome: Fact) -> None:
        if self._watcher is not None:
            self._watcher.ask(order.client, getattr(outcome, "slot", 0))
