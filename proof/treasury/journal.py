"""An executor's journal on the simulated log, with a step before and behind each of its transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chain.executor.options import ChainTopics
from chain.executor.records import attempt_record, outcome_record, seen_record, table_record
from proof.treasury.log import Write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chain.executor.order import Order
    from events.types import AttemptSigned, FxRateSet, PotMoved, PotsObserved, TableMade
    from events.types.fact import Fact
    from infra.commands.transactions import Outgoing
    from proof.treasury.days import SimulatedTime
    from proof.treasury.log import Log
    from proof.treasury.trouble import Process, Trouble

ROLE = "executor"
TOPICS: Final = ChainTopics()


class SimulatedJournal:
    """What one life of an executor writes; once it is fenced off, nothing of it counts."""

    def __init__(
        self,
        log: Log,
        time: SimulatedTime,
        process: Process,
        trouble: Trouble,
        on_end: Callable[[Order, Fact], None],
    ) -> None:
        self.log, self._time, self.process, self._trouble = log, time, process, trouble
        self._on_end = on_end
        self.epoch = log.begin(ROLE)

    async def intend(self, attempts: Sequence[tuple[Order, AttemptSigned]]) -> None:
        """Make intents durable."""
        await self.process.step("intend")
        self.commit([attempt_record(TOPICS, order, fact) for order, fact in attempts])
        for order, fact in attempts:
            self._trouble.tell(
                f"attempt {fact.attempt} of {order.id}: {fact.signature[:8]}, to {fact.last_valid_height}"
            )
        await self.process.step("intend is done")

    async def table(self, order: Order, made: TableMade) -> None:
        """Make the intent of a lookup table durable."""
        await self.process.step("table")
        self.commit([table_record(TOPICS, order, made)])
        await self.process.step("table is done")

    async def finish(self, outcomes: Sequence[tuple[Order, Fact]]) -> None:
        """Commit outcomes with the places of their orders."""
        await self.process.step("finish")
        self.commit(self.outcomes(outcomes), [order.offset for order, _ in outcomes])
        await self.process.step("finish is done")
        for order, fact in outcomes:
            self._on_end(order, fact)

    async def tell(self, client: str, facts: Sequence[PotsObserved | PotMoved | FxRateSet]) -> None:
        """Say what was seen."""
        await self.process.step("tell")
        self.commit([seen_record(TOPICS, client, fact) for fact in facts])
        await self.process.step("tell is done")

    def outcomes(self, outcomes: Sequence[tuple[Order, Fact]]) -> list[Outgoing]:
        """Return the records of outcomes."""
        for order, fact in outcomes:
            self._trouble.tell(f"outcome of {order.id}: {fact.TYPE} {getattr(fact, 'detail', '')}".rstrip())
        return [outcome_record(TOPICS, order, fact, self._time.now_ms()) for order, fact in outcomes]

    def commit(self, records: Sequence[Outgoing], done: Sequence[int] = ()) -> None:
        """Commit records and progress in one transaction."""
        writes = [Write(one.topic, one.key or b"", one.value or b"", list(one.headers)) for one in records]
        self.log.commit(ROLE, self.epoch, writes, done)
