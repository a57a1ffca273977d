"""Work for a client's orders that moves nothing, and does what a test says, when it says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from events.types import AttemptSigned, FundPot, MovementLanded, TableMade

if TYPE_CHECKING:
    from chain.executor.order import Order
    from chain.executor.tools import Tools

SIGNATURE = "5" * 88
ADDRESS = "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D5xXkqdR2hPQ"


class Script:
    """What all works of a test do, and what they were given."""

    def __init__(self, *held: str, attempts: int = 1) -> None:
        self.given: list[tuple[str, tuple[int, ...]]] = []
        """Each order's id, and the numbers of the attempts that came with it."""
        self.tables: dict[str, tuple[TableMade, ...]] = {}
        self.held, self.attempts = set(held), attempts
        self.intended, self.release = asyncio.Event(), asyncio.Event()
        self.makes_tables = False

    def make(self, client: str, tools: Tools, tables: tuple[TableMade, ...]) -> ScriptedWork:
        """Return the work of a client."""
        self.tables[client] = tables
        return ScriptedWork(self, tools)


class ScriptedWork:
    """Makes intents durable and tells that orders have landed; those of held clients wait in between."""

    def __init__(self, script: Script, tools: Tools) -> None:
        self._script, self._tools = script, tools
        self._orders: list[tuple[Order, tuple[AttemptSigned, ...]]] = []
        self._draining = False
        self.is_busy = True
        """Whether something may want to be committed at any moment."""

    def add(self, order: Order, attempts: tuple[AttemptSigned, ...] = ()) -> None:
        """Take an order."""
        self._script.given.append((order.id, tuple(one.attempt for one in attempts)))
        self._orders.append((order, attempts))

    def drain(self) -> None:
        """End where it waits."""
        self._draining = True
        self._script.release.set()

    async def run(self) -> None:
        """Do as the script says."""
        while self._orders and not self._draining:
            order, attempts = self._orders[0]
            for number in range(len(attempts) + 1, len(attempts) + 1 + self._script.attempts):
                await self._tools.journal.intend([(order, attempt(order, number))])
            if self._script.makes_tables:
                await self._tools.journal.table(order, TableMade(ADDRESS, ADDRESS, 7, 1))
            self._script.intended.set()
            if order.client in self._script.held:
                self.is_busy = False
                await self._script.release.wait()
                continue
            await self._tools.journal.finish([(order, landed(order, len(attempts) + 1))])
            self._orders.pop(0)


def attempt(order: Order, number: int) -> AttemptSigned:
    """Return an intent that nobody could send."""
    return AttemptSigned(order.id, number, SIGNATURE, "AQ==", 1, 1, 1)


def landed(order: Order, attempts: int) -> MovementLanded:
    """Return an outcome."""
    wish: Any = order.wish
    assert isinstance(wish, FundPot)
    return MovementLanded(
        command_id=order.id,
        movement_id=wish.movement_id,
        pot=wish.pot,
        kind="fund",
        sequence=wish.sequence,
        amount_micro_usdc=wish.amount_micro_usdc,
        signature=None,
        slot=1,
        fee_lamports=0,
        attempts=attempts,
        at_ms=1,
    )
