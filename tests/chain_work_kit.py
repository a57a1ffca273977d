"""Orders, keys, a log and a watch in memory, and a scene in which executors live and die on a chain."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from solders.keypair import Keypair

from chain.addresses import settlement_address, treasury_address
from chain.executor.order import Order
from chain.executor.tools import Tools, WorkOptions
from chain.executor.work import ClientWork
from events.envelope import Envelope, moment
from events.types import FundPot, MovementFailed, MovementLanded, PausePot, ResumePot, SettlePot
from infra.retry import Backoff
from tests.chain_model import MINT, PROGRAM, Died, Faults, ModelChain, ModelPot, height, is_of_program
from tests.virtual_time import LoopTime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.errors import ChainError
    from chain.executor.order import Wish
    from chain.ports import Chain
    from events.types import AttemptSigned, MovementJudged, TableMade
    from events.types.fact import Fact

CLIENT = "acme"
NOT_AFTER_MS = 1_800_000
OPTIONS = WorkOptions(retry=Backoff(delay_ms=100, delay_ms_max=2_000))


def keypair(name: str) -> Keypair:
    """Return the same key for the same name, always."""
    return Keypair.from_seed(hashlib.sha256(f"chain work {name}".encode()).digest())


class KeySigner:
    """A signer that holds its key in memory; `failures` times it fails first."""

    def __init__(self, key: Keypair) -> None:
        self._key = key

    @property
    def address(self) -> Pubkey:
        """See the port."""
        return self._key.pubkey()

    async def sign(self, message: bytes) -> Signature:
        """See the port."""
        return self._key.sign_message(message)


FUNDER, SPENDER, AUTHORITY = keypair("funder"), keypair("spender"), keypair("authority")
TREASURY = treasury_address(FUNDER.pubkey(), CLIENT)
KEYS = (AUTHORITY.pubkey(), FUNDER.pubkey(), SPENDER.pubkey())


def order(wish: Wish, offset: int = 0, client: str = CLIENT) -> Order:
    """Return an order as it is read from the log."""
    envelope = Envelope(
        f"command-{offset}", wish.TYPE, 1, "/headgate/treasury", client, moment(0), None, None, None
    )
    return Order(envelope, wish, client, 0, offset)


def fund(pot: bytes, sequence: int, amount: int = 1_000_000, **also: object) -> FundPot:
    """Want a pot to be funded."""
    movement_id = str(also.get("movement_id", f"{pot.hex()[:12]}.{sequence}"))
    return FundPot(
        movement_id=movement_id,
        movement=hashlib.sha256(movement_id.encode()).hexdigest(),
        pot=pot.hex(),
        sequence=sequence,
        amount_micro_usdc=amount,
        treasury=str(also.get("treasury", TREASURY)),
        authority=str(also.get("authority", AUTHORITY.pubkey())),
        decided_ms=0,
        not_after_ms=int(str(also.get("not_after_ms", NOT_AFTER_MS))),
    )


def settle(pot: bytes, sequence: int, amount: int = 1_000_000, **also: object) -> SettlePot:
    """Want what a day has cost to be taken out of a pot."""
    movement_id = str(also.get("movement_id", f"{pot.hex()[:12]}.{sequence}"))
    return SettlePot(
        movement_id=movement_id,
        movement=hashlib.sha256(movement_id.encode()).hexdigest(),
        pot=pot.hex(),
        sequence=sequence,
        amount_micro_usdc=amount,
        day="2026-02-01",
        settlement=str(settlement_address(SPENDER.pubkey())),
        decided_ms=0,
        not_after_ms=int(str(also.get("not_after_ms", NOT_AFTER_MS))),
    )


def pause(pot: bytes, number: int = 1, not_after_ms: int = NOT_AFTER_MS) -> PausePot:
    """Want nothing to get into a pot."""
    return PausePot(pot.hex(), number, "by-hand", 0, not_after_ms)


def resume(pot: bytes, number: int = 1, not_after_ms: int = NOT_AFTER_MS) -> ResumePot:
    """Want a pot to go on."""
    return ResumePot(pot.hex(), number, "by-hand", 0, not_after_ms)


class Fenced(Exception):  # noqa: N818 - named after what is the case
    """Somebody else owns these orders by now."""


@dataclass
class Log:
    """What is durable."""

    attempts: dict[str, list[AttemptSigned]] = field(default_factory=dict)
    outcomes: dict[str, list[Fact]] = field(default_factory=dict)
    tables: list[TableMade] = field(default_factory=list)
    durable: set[bytes] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    owner: int = 0


class LogJournal:
    """A journal that writes to the log as long as its executor owns it."""

    def __init__(
        self,
        log: Log,
        chain: ModelChain | None = None,
        owner: int = 0,
        ended: Callable[[Order, Fact], None] = lambda *_: None,
    ) -> None:
        self.log, self._chain, self._owner, self._ended = log, chain, owner, ended

    async def intend(self, attempts: Sequence[tuple[Order, AttemptSigned]]) -> None:
        """See the port."""
        await self._write()
        for each, fact in attempts:
            self._hold_to_one(each)
            self.log.attempts.setdefault(each.id, []).append(fact)
            self.log.durable.add(base64.b64decode(fact.raw))
        self._may_die()

    async def table(self, order: Order, made: TableMade) -> None:
        """See the port."""
        del order
        await self._write()
        self.log.tables.append(made)

    async def finish(self, outcomes: Sequence[tuple[Order, Fact]]) -> None:
        """See the port."""
        await self._write()
        for each, fact in outcomes:
            self.log.outcomes.setdefault(each.id, []).append(fact)
            self._ended(each, fact)
        self._may_die()

    async def _write(self) -> None:
        self._may_die()
        await asyncio.sleep(0.005)
        if self.log.owner != self._owner:
            raise Fenced

    def _hold_to_one(self, each: Order) -> None:
        chain = self._chain
        if chain is None:
            return
        results = chain.state(chain.final_slot)[1]
        final_height = height(chain.final_slot)
        for before in self.log.attempts.get(each.id, []):
            if before.signature not in results and before.last_valid_height >= final_height:
                self.log.violations.append(f"{each.id} was signed while {before.attempt} may land")

    def _may_die(self) -> None:
        chain = self._chain
        if chain is not None and chain.random.randrange(1_000) < chain.faults.die:
            raise Died


@dataclass
class Told:
    """A watch that keeps what it is told."""

    troubles: list[ChainError] = field(default_factory=list)
    stucks: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def reached(self, client: str) -> None:
        """See the port."""

    def trouble(self, client: str, error: ChainError, orders: int) -> None:
        """See the port."""
        del client, orders
        self.troubles.append(error)

    def stuck(self, order: Order, detail: str) -> None:
        """See the port."""
        del order
        self.stucks.append(detail)

    def signed(self, client: str, orders: int, attempt: int) -> None:
        """See the port."""
        del client, attempt
        self.sizes.append(orders)

    def ended(self, order: Order, outcome: Fact, attempts: int) -> None:
        """See the port."""


def tools(chain: Chain, journal: LogJournal, told: Told, options: WorkOptions = OPTIONS) -> Tools:
    """Return the tools of an executor that holds all keys."""
    return Tools(
        options=options,
        chain=chain,
        program=PROGRAM,
        mint=MINT,
        funder=KeySigner(FUNDER),
        spender=KeySigner(SPENDER),
        time=LoopTime(),
        journal=journal,
        watch=told,
        gate=asyncio.Semaphore(4),
    )


class Scene:
    """A log and a chain, and executors that work one after the other, or two at once."""

    def __init__(self, chain: ModelChain, options: WorkOptions = OPTIONS) -> None:
        self.chain, self.log, self.told, self.options = chain, Log(), Told(), options
        self.orders: list[Order] = []
        self.lives = 0
        self.work: ClientWork | None = None
        self.ended: Callable[[Order, Fact], None] = lambda *_: None
        self.judged: dict[tuple[str, str], MovementJudged] = {}
        chain.on_send = self._hold_to_durable

    def want(self, wish: Wish) -> Order:
        """Give an order, to whoever works now and to all that come later."""
        given = order(wish, len(self.orders))
        self.orders.append(given)
        if self.work is not None:
            self.work.add(given)
        return given

    async def live(self, seconds: float = 100_000) -> bool:
        """Let an executor work until all is done, it dies or loses the log, or time is over."""
        self.lives += 1
        self.log.owner = self.lives
        journal = LogJournal(self.log, self.chain, self.lives, self.ended)
        kit = tools(self.chain, journal, self.told, self.options)
        kit = replace(kit, judgement=lambda client, movement: self.judged.get((client, movement)))
        self.work = work = ClientWork(CLIENT, kit, tuple(self.log.tables))
        for each in self.orders:
            if each.id not in self.log.outcomes:
                work.add(each, tuple(self.log.attempts.get(each.id, ())))
        with suppress(Died, Fenced, TimeoutError):
            async with asyncio.timeout(seconds):
                await work.run()
            return True
        return False

    def outcome(self, given: Order) -> Fact:
        """Return the one outcome of an order."""
        (fact,) = self.log.outcomes[given.id]
        return fact

    async def verdict(self) -> list[str]:
        """Wait until nothing can land any more, and return everything that is not as it must be."""
        self.chain.faults = Faults()
        await asyncio.sleep(200)
        self.chain.pass_time()
        pots, _ = self.chain.state(self.chain.final_slot)
        wrong = list(self.log.violations)
        for given in self.orders:
            facts = self.log.outcomes.get(given.id, [])
            if len(facts) != 1:
                wrong.append(f"{given.id} has {len(facts)} outcomes")
            elif isinstance(facts[0], MovementLanded | MovementFailed):
                wrong += _differs(facts[0], pots)
        return wrong

    def _hold_to_durable(self, raw: bytes) -> None:
        if raw not in self.log.durable and is_of_program(raw):
            self.log.violations.append("sent before it was durable")


def _differs(fact: MovementLanded | MovementFailed, pots: dict[bytes, ModelPot]) -> list[str]:
    hash_ = hashlib.sha256(fact.movement_id.encode()).digest()
    times = sum(movement == hash_ for _, movement, _, _ in pots[bytes.fromhex(fact.pot)].moved)
    return [] if times == isinstance(fact, MovementLanded) else [f"{fact}: it has moved {times} times"]
