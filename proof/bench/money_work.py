"""Drives the chain executor's real work over HTTP, with a journal in memory, and takes the time."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from chain.addresses import treasury_address
from chain.executor.order import Order
from chain.executor.tools import Tools, WorkOptions
from chain.executor.work import ClientWork
from events.envelope import Envelope, moment
from events.types import AttemptSigned, FundPot, MovementLanded
from infra.world_time import WorldTime, wall_ms
from proof.treasury.verify import movement_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chain.errors import ChainError
    from chain.rpc.pool import Pool
    from events.types import TableMade
    from events.types.fact import Fact
    from proof.bench.money_ground import MoneyGround

AMOUNT_MICRO_USDC = 1_000_000
NOT_AFTER_MS = 24 * 3_600_000
GATE = 16


class Journal:
    """Keeps attempts and outcomes in memory: what is measured is the chain's side."""

    def __init__(self, tables: dict[str, list[TableMade]]) -> None:
        self._tables = tables
        self.attempts: dict[str, list[AttemptSigned]] = defaultdict(list)
        self.ended: dict[str, tuple[float, Fact]] = {}
        self.wanted = 0
        self.all_signed = asyncio.Event()

    async def intend(self, attempts: Sequence[tuple[Order, AttemptSigned]]) -> None:
        """Keep attempts."""
        for order, fact in attempts:
            self.attempts[order.id].append(fact)
        if len(self.attempts) == self.wanted:
            self.all_signed.set()

    async def table(self, order: Order, made: TableMade) -> None:
        """Keep a table, for whoever works for the client next."""
        self._tables[order.client].append(made)

    async def finish(self, outcomes: Sequence[tuple[Order, Fact]]) -> None:
        """Keep outcomes with their time."""
        now = time.perf_counter()
        self.ended.update({order.id: (now, fact) for order, fact in outcomes})


class Watch:
    """Counts what is remarkable."""

    def __init__(self) -> None:
        self.troubles = 0
        self.transactions = 0

    def reached(self, client: str) -> None:
        """Nothing to note."""

    def trouble(self, client: str, error: ChainError, orders: int) -> None:  # noqa: ARG002 - the watch's signature
        """Count troubles."""
        self.troubles += 1

    def stuck(self, order: Order, detail: str) -> None:
        """Refuse to measure what is not whole."""
        raise AssertionError(f"{order.id}: {detail}")

    def signed(self, client: str, orders: int, attempt: int) -> None:  # noqa: ARG002 - the watch's signature
        """Count transactions."""
        self.transactions += 1

    def ended(self, order: Order, outcome: Fact, attempts: int) -> None:
        """Nothing to note."""


class Unsent:
    """A chain to which nothing is sent: an executor that dies between its intents and its sends."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the pool's own
        return getattr(self._pool, name)

    async def send(self, raw: bytes) -> None:
        """Send nothing."""


def orders_of(ground: MoneyGround, count_each: int, authority: str, funder: Any) -> list[Order]:  # noqa: ANN401 - an address
    """Return one funding for each of so many pots of every client, and count their numbers on."""
    orders: list[Order] = []
    now_ms = wall_ms()
    for client in ground.clients:
        treasury = str(treasury_address(funder, client))
        for id_ in ground.pots[client][:count_each]:
            sequence = ground.next_sequence[id_]
            ground.next_sequence[id_] += 1
            name = f"{client}.{id_.hex()[:12]}.{sequence}"
            wish = FundPot(
                movement_id=name,
                movement=movement_of(name).hex(),
                pot=id_.hex(),
                sequence=sequence,
                amount_micro_usdc=AMOUNT_MICRO_USDC,
                treasury=treasury,
                authority=authority,
                decided_ms=now_ms,
                not_after_ms=now_ms + NOT_AFTER_MS,
            )
            envelope = Envelope(f"{name}.order", wish.TYPE, 1, "/proof", client, moment(now_ms))
            orders.append(Order(envelope, wish, client, 0, len(orders)))
    return orders


class Drive:
    """One executor's worth of work."""

    def __init__(self, ground: MoneyGround, batch_max: int) -> None:
        self._ground, self._batch_max = ground, batch_max
        self.watch = Watch()

    async def carry_out(
        self,
        count_each: int,
        *,
        orders: list[Order] | None = None,
        attempts: Mapping[str, Sequence[AttemptSigned]] | None = None,
        is_sent: bool = True,
    ) -> tuple[list[Order], Journal, float]:
        """Fund, or go on with what was signed; return the orders, what is known of them, and the begin."""
        place = self._ground.place
        pool, journal = place.pool(), Journal(self._ground.tables)
        funder, spender = await place.signer("funder"), await place.signer("spender")
        authority = await place.signer("authority")
        if orders is None:
            orders = orders_of(self._ground, count_each, str(authority.address), funder.address)
        chain: Any = pool if is_sent else Unsent(pool)
        tools = Tools(
            WorkOptions(batch_max=self._batch_max),
            chain,
            place.program.address,
            place.mint,
            funder,
            spender,
            WorldTime(),
            journal,
            self.watch,
            asyncio.Semaphore(GATE),
        )
        works = {
            client: ClientWork(client, tools, tuple(tables)) for client, tables in self._ground.tables.items()
        }
        begun = time.perf_counter()
        for order in orders:
            works[order.client].add(order, tuple((attempts or {}).get(order.id, ())))
        running = [asyncio.create_task(work.run()) for work in works.values()]
        if is_sent:
            await asyncio.gather(*running)
        else:
            journal.wanted = len(orders)
            await journal.all_signed.wait()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        await pool.close()
        return orders, journal, begun


def seconds(journal: Journal, begun: float) -> tuple[float, float]:
    """Return when the first outcome came and when the last; all of them have landed."""
    for _, fact in journal.ended.values():
        if not isinstance(fact, MovementLanded):
            raise TypeError(f"a funding did not land: {fact}")
    moments = [at for at, _ in journal.ended.values()]
    return min(moments) - begun, max(moments) - begun
