"""What tests of the chain executor share: topics of their own, a chain in process, orders and outcomes."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from chain.errors import Behind
from chain.executor.executor import ChainExecutor, Ground
from chain.executor.options import ChainExecutorOptions, ChainTopics, WatchOptions
from chain.executor.tools import WorkOptions
from chain.executor.work import ClientWork
from chain.ports import Moment, Snapshot
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import FundPot, PausePot, SettlePot
from infra.health import Health
from infra.retry import Backoff
from infra.world_time import WorldTime, wall_ms
from proof.treasury.ground import Ground as LocalGround
from streams import reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from solders.keypair import Keypair
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.executor.executor import MakeWork
    from chain.ports import Blockhash, Landed
    from events.types import Fact, PotOpened

PATIENCE_SECONDS: Final = 60
POLL_SECONDS: Final = 0.05
HOUR_MS: Final = 3_600_000
PARTITIONS: Final = 2
CLIENT: Final = "acme"
DOLLAR: Final = 1_000_000
SOON: Final = Backoff(delay_ms=20, delay_ms_max=100)
CAP_MICRO_USDC: Final = 10_000 * DOLLAR
RICH_MICRO_USDC: Final = 100_000 * DOLLAR
BLOCK_SECONDS: Final = 0.01


def topics(prefix: str) -> ChainTopics:
    """Return topics of one test."""
    return ChainTopics(*(f"{prefix}-{kind}" for kind in ("commands", "attempts", "outcomes", "dead", "pots")))


def options(bootstrap: str, prefix: str, slot: str = "0", **changes: Any) -> ChainExecutorOptions:  # noqa: ANN401 - any of the options
    """Return options in which everything happens soon."""
    usual = ChainExecutorOptions(
        {"bootstrap.servers": bootstrap},
        slot,
        group=prefix,
        topics=topics(prefix),
        work=WorkOptions(gather_ms=5, look_ms=20, resend_ms=100, retry=SOON),
        watch=WatchOptions(observe_ms=200, known_ms=50, retry=SOON),
    )
    return replace(usual, **changes)


class InProcess:
    """The local chain as an executor sees it, without a server; a test may stand in the way of sends."""

    def __init__(self, ground: LocalGround) -> None:
        self._ground = ground
        self.sent: list[bytes] = []
        self.on_send: Callable[[], Awaitable[None]] | None = None

    async def finalized(self) -> Moment:
        """Return how far the finalized chain is."""
        block = self._ground.block("finalized")
        return Moment(block.slot, block.height)

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """Return accounts at one finalized slot."""
        slot = self._ground.block("finalized").slot
        if slot < at_least_slot:
            raise Behind(f"the chain is at {slot}, not at {at_least_slot} yet")
        return Snapshot(slot, tuple(self._ground.account(address, slot) for address in addresses))

    async def blockhash(self) -> Blockhash:
        """Return a recent blockhash."""
        return self._ground.blockhash()

    async def landed(self, signatures: Sequence[Signature]) -> tuple[Landed | None, ...]:
        """Return what the finalized chain has of signatures."""
        slot = self._ground.block("finalized").slot
        return tuple(self._ground.landed(one, slot) for one in signatures)

    async def send(self, raw: bytes) -> None:
        """Hand bytes over."""
        if self.on_send is not None:
            await self.on_send()
        self.sent.append(raw)
        self._ground.send(raw)

    async def simulate(self, raw: bytes) -> str | None:
        """Return why it would be refused now."""
        return self._ground.simulate(raw)

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """Return what was paid lately."""
        return tuple(0 for _ in accounts)


class Key:
    """A key in memory."""

    def __init__(self, key: Keypair) -> None:
        self._key = key

    @property
    def address(self) -> Pubkey:
        """The key's public half."""
        return self._key.pubkey()

    async def sign(self, message: bytes) -> Signature:
        """Sign."""
        return self._key.sign_message(message)


class Scene:
    """A chain with pots on it, whose blocks come soon."""

    def __init__(self) -> None:
        self.local = LocalGround(wall_ms, 3, CAP_MICRO_USDC, 7)
        self.local.mint(self.local.treasury, RICH_MICRO_USDC)
        self.chain = InProcess(self.local)
        self.pots = self.local.pots
        keys = self.local.keys
        self.ground = Ground(self.chain, self.local.program, Key(keys.funder), Key(keys.spender))

    def opened(self, nth: int = 0) -> PotOpened:
        """Say that a pot is there."""
        return self.local.opened(self.pots[nth], wall_ms())

    def fund(self, nth: int, number: int, amount_micro_usdc: int, **changes: Any) -> FundPot:  # noqa: ANN401 - any field
        """Return an order for the number-th movement of a pot."""
        sequence = self.pots[nth].first_sequence + number
        movement_id = f"{self.pots[nth].pot[:8]}.{sequence}"
        now_ms = wall_ms()
        usual: dict[str, Any] = {
            "movement_id": movement_id,
            "movement": hashlib.sha256(movement_id.encode()).hexdigest(),
            "pot": self.pots[nth].pot,
            "sequence": sequence,
            "amount_micro_usdc": amount_micro_usdc,
            "treasury": str(self.local.treasury),
            "authority": str(self.local.authority),
            "decided_ms": now_ms,
            "not_after_ms": now_ms + HOUR_MS,
        }
        return FundPot(**{**usual, **changes})

    def settle(self, nth: int, number: int, amount_micro_usdc: int) -> SettlePot:
        """Return an order to take from a pot what a day has cost."""
        fund = self.fund(nth, number, amount_micro_usdc)
        return SettlePot(
            movement_id=fund.movement_id,
            movement=fund.movement,
            pot=fund.pot,
            sequence=fund.sequence,
            amount_micro_usdc=amount_micro_usdc,
            day="2026-11-20",
            settlement=str(self.local.settlement),
            decided_ms=fund.decided_ms,
            not_after_ms=fund.not_after_ms,
        )

    def pause(self, nth: int) -> PausePot:
        """Return an order to let nothing into a pot."""
        now_ms = wall_ms()
        return PausePot(self.pots[nth].pot, 1, "by-hand", now_ms, now_ms + HOUR_MS)

    def funded(self, nth: int = 0) -> int:
        """Return what has ever come into a pot."""
        return self.local.pot(self.pots[nth]).funded_micro_usdc

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let blocks come for the length of a block of code."""

        async def mine() -> None:
            while True:
                self.local.chain.advance()
                await asyncio.sleep(BLOCK_SECONDS)

        mining = asyncio.create_task(mine())
        try:
            yield
        finally:
            mining.cancel()
            with suppress(asyncio.CancelledError):
                await mining


class Desk:
    """Sends orders, as the treasury agent would, and reads what executors made of them."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int = PARTITIONS) -> None:
        self.options = options(bootstrap, prefix)
        self.topics = self.options.topics
        self._sent = 0
        admin = AdminClient(self.options.kafka)
        named = (*self._paired(), self.topics.outcomes, self.topics.dead_letters)
        for future in admin.create_topics([NewTopic(name, partitions, 1) for name in named]).values():
            future.result(PATIENCE_SECONDS)
        self._producer = Producer({**self.options.kafka, "partitioner": "murmur2_random", "linger.ms": 0})

    def _paired(self) -> tuple[str, ...]:
        return self.topics.commands, self.topics.attempts, self.topics.pots

    def order(self, fact: Fact, client: str = CLIENT) -> str:
        """Send an order; return its id."""
        self._sent += 1
        id_ = f"client-facts.0.{self._sent}.0"
        self._send(self.topics.commands, fact, id_, client)
        return id_

    def open(self, opened: PotOpened, client: str = CLIENT) -> None:
        """Tell of a pot that was opened."""
        self._sent += 1
        self._send(self.topics.pots, opened, f"opened.{self._sent}", client)

    def _send(self, topic: str, fact: Fact, id_: str, client: str) -> None:
        envelope = Envelope(id_, fact.TYPE, fact.VERSION, "/headgate/tests", client, correlation_id="why")
        headers, body = encode(Event(envelope, fact))
        self.send_raw(topic, client.encode(), body, headers)

    def send_raw(self, topic: str, key: bytes, body: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        """Send a record as it is."""
        self._producer.produce(topic, body, key, headers=list(headers))
        assert self._producer.flush(PATIENCE_SECONDS) == 0

    def read(self, topic: str, *kinds: type[Any]) -> list[Event]:
        """Return the committed facts of a topic, of these kinds or all."""
        found = [decode(list(one.headers() or ()), one.value()) for one in self.records(topic)]
        return [event for event in found if not kinds or isinstance(event.data, kinds)]

    def records(self, topic: str) -> list[Any]:
        """Return the committed records of a topic as they are."""
        return list(reading.read(self.options.kafka, topic))

    async def until(self, count: int, *kinds: type[Any]) -> list[Event]:
        """Wait for so many facts of these kinds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(found := await asyncio.to_thread(self.read, self.topics.outcomes, *kinds)) < count:  # noqa: ASYNC110 - it is in Kafka
                await asyncio.sleep(POLL_SECONDS)
        return found


async def killed(given: ChainExecutorOptions, ground: Ground, at: asyncio.Event) -> None:
    """Run an executor until it comes to a place, and end it there whatever is under way."""
    executor = ChainExecutor(given, ground, WorldTime(), Health("chain-executor"))
    task = asyncio.create_task(executor.run(lambda: None))
    waiting = asyncio.create_task(at.wait())
    await asyncio.wait({task, waiting}, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    assert at.is_set()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def executing(
    given: ChainExecutorOptions, ground: Ground, make_work: MakeWork = ClientWork
) -> AsyncIterator[tuple[ChainExecutor, Health]]:
    """Run an executor for the length of a block, and drain it; what ended it before is raised."""
    health = Health("chain-executor")
    executor = ChainExecutor(given, ground, WorldTime(), health, make_work)
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
