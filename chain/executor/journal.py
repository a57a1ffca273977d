"""What the work of a client needs of the log: intents before, outcomes after, durable when a call returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chain.executor import records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chain.executor.known import Known
    from chain.executor.options import ChainTopics
    from chain.executor.order import Order
    from events.types import AttemptSigned, TableMade
    from events.types.fact import Fact
    from infra.commands.commits import Commits
    from infra.world_time import WorldTime


class Journal(Protocol):
    """Where an executor writes down what it is about to send, and how that went."""

    async def intend(self, attempts: Sequence[tuple[Order, AttemptSigned]]) -> None:
        """Make intents durable; raise if these orders are no longer ours, and then nothing may be sent."""
        ...

    async def table(self, order: Order, made: TableMade) -> None:
        """Make it durable that a lookup table is about to be made, for this order among others."""
        ...

    async def finish(self, outcomes: Sequence[tuple[Order, Fact]]) -> None:
        """Commit outcomes together with the place up to which orders are done; those orders are over."""
        ...


class KafkaJournal:
    """The log itself: whoever is no longer the owner of what he writes about is refused by the broker."""

    def __init__(
        self, commits: Commits, topics: ChainTopics, time: WorldTime, ended: Callable[[Order, Fact], None]
    ) -> None:
        self._commits, self._topics, self._time, self._ended = commits, topics, time, ended
        self.known: Known | None = None
        """What is to remember the tables that are made."""

    async def intend(self, attempts: Sequence[tuple[Order, AttemptSigned]]) -> None:
        """Write attempts beside their orders."""
        written = [records.attempt_record(self._topics, order, fact) for order, fact in attempts]
        await self._commits.intend([order.place for order, _ in attempts], written)

    async def table(self, order: Order, made: TableMade) -> None:
        """Write that a table is about to be made."""
        await self._commits.tell(order.partition, [records.table_record(self._topics, order, made)])
        if self.known is not None:
            self.known.made(order.client, made)

    async def finish(self, outcomes: Sequence[tuple[Order, Fact]]) -> None:
        """Write outcomes, and move on."""
        now_ms = self._time.now_ms()
        written = [records.outcome_record(self._topics, order, fact, now_ms) for order, fact in outcomes]
        await self._commits.finish([order.place for order, _ in outcomes], written)
        for order, fact in outcomes:
            self._ended(order, fact)
