"""What the work of a client needs of the log: intents before, outcomes after, durable when a call returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chain.executor.order import Order
    from events.types import AttemptSigned, TableMade
    from events.types.fact import Fact


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
