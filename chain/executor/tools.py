"""What the work of all clients shares: the chain, keys, the log, time, limits, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from chain.executor.judging import unjudged
from infra.retry import Backoff

if TYPE_CHECKING:
    import asyncio

    from solders.pubkey import Pubkey

    from chain.errors import ChainError
    from chain.executor.journal import Journal
    from chain.executor.judging import Judgement
    from chain.executor.order import Order
    from chain.ports import Chain, Signer
    from events.types.fact import Fact
    from infra.world_time import WorldTime

_RETRY: Final = Backoff(delay_ms=250, delay_ms_max=15_000)


@dataclass(frozen=True, slots=True)
class WorkOptions:
    """How work is paced and bounded; its times are ours, since the chain's slots pass in them too."""

    batch_max: int = 10
    """Most fundings in one transaction."""
    priority_fee_max: int = 50_000
    """Most that is paid for haste, in micro-lamports a compute unit."""
    gather_ms: int = 50
    """How long a new order waits for others that go with it."""
    look_ms: int = 1_000
    """How often it is looked whether something has landed."""
    resend_ms: int = 2_000
    """How often the same bytes are sent again."""
    person_ms: int = 60_000
    """How often it is looked at what first a person has to put right."""
    retry: Backoff = _RETRY
    at_once_max: int = 100
    """Orders in one round: as many accounts as the chain gives at once."""


class WorkWatch(Protocol):
    """Who is told how it goes, for metrics, health and log lines."""

    def reached(self, client: str) -> None:
        """Note that the chain has answered."""
        ...

    def trouble(self, client: str, error: ChainError, orders: int) -> None:
        """Note what went wrong for so many orders; each is tried again."""
        ...

    def stuck(self, order: Order, detail: str) -> None:
        """Note that only a person can tell what became of an order; it stays open."""
        ...

    def signed(self, client: str, orders: int, attempt: int) -> None:
        """Note that a transaction is signed, durable and on its way."""
        ...

    def ended(self, order: Order, outcome: Fact, attempts: int) -> None:
        """Note an outcome that is durable."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What all clients' work shares."""

    options: WorkOptions
    chain: Chain
    program: Pubkey
    mint: Pubkey
    funder: Signer | None
    """None: there is no such key, so nothing that it signs is begun."""
    spender: Signer | None
    time: WorldTime
    journal: Journal
    watch: WorkWatch
    gate: asyncio.Semaphore
    """How many clients are worked for at once."""
    judgement: Judgement = unjudged
    """What people have found out of a client's movement, if anybody has."""
