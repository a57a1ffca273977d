"""What one life of an executor sees of the local chain: the real VM behind lossy, lagging endpoints.

It keeps to `chain.ports.Chain`, and to no more than that: what the port lets be late or missing is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from chain.errors import Behind, Unknown
from chain.ports import Blockhash, Landed, Moment, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.keypair import Keypair
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.localnet.blocks import Commitment
    from proof.treasury.ground import Ground
    from proof.treasury.trouble import Process, Trouble

T = TypeVar("T")

TIMEOUT_SECONDS = 10.0
BEHIND_BLOCKS_MAX = 40
DELAYS_SECONDS = (0.05, 0.5, 3.0)


class SimulatedChain:
    """The chain through endpoints that lose what is sent, lose answers, and lag."""

    def __init__(self, ground: Ground, trouble: Trouble, process: Process) -> None:
        self._ground, self._trouble, self._process = ground, trouble, process
        self.commitment: Commitment = "finalized"

    async def finalized(self) -> Moment:
        """Return how far the finalized chain is; an endpoint that lags says less."""
        await self._begin("finalized")
        block = self._ground.block(self.commitment, self._lag("finalized"))
        return await self._answered(Moment(block.slot, block.height))

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """Return accounts at one finalized slot, or `Behind`."""
        await self._begin("snapshot")
        slot = self._ground.block(self.commitment, self._lag("snapshot")).slot
        if slot < at_least_slot:
            raise Behind(f"simulated: the endpoint is at {slot}, not at {at_least_slot} yet")
        accounts = tuple(self._ground.account(address, slot) for address in addresses)
        return await self._answered(Snapshot(slot, accounts))

    async def blockhash(self) -> Blockhash:
        """Return a recent blockhash."""
        await self._begin("blockhash")
        return await self._answered(self._ground.blockhash())

    async def landed(self, signatures: Sequence[Signature]) -> tuple[Landed | None, ...]:
        """Return what the finalized chain has of signatures; now and then an endpoint finds nothing."""
        await self._begin("landed")
        slot = self._ground.block(self.commitment).slot
        found = tuple(self._ground.landed(one, slot) for one in signatures)
        if self._trouble.strikes("endpoint behind", "landed"):
            found = (None,) * len(found)
        return await self._answered(found)

    async def send(self, raw: bytes) -> None:
        """Hand bytes over; they may be dropped, and the answer may be lost on its way."""
        await self._begin("send")
        if not (self._trouble.is_dark() or self._trouble.strikes("drop")):
            self._ground.send(raw)
        await self._process.step("send is done")
        if self._trouble.strikes("lost answer"):
            raise Unknown("simulated: no answer, though it was taken")

    async def simulate(self, raw: bytes) -> str | None:
        """Return why it would be refused now."""
        await self._begin("simulate")
        return await self._answered(self._ground.simulate(raw))

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """Return what was paid lately."""
        await self._begin("recent fees")
        return await self._answered(tuple(0 for _ in accounts))

    def _lag(self, where: str) -> int:
        if not self._trouble.strikes("endpoint behind", where):
            return 0
        return self._trouble.dice.randint(1, BEHIND_BLOCKS_MAX)

    async def _begin(self, what: str) -> None:
        await self._process.step(what)
        if self._trouble.strikes("no answer", what):
            await asyncio.sleep(self._trouble.dice.choice((0.0, TIMEOUT_SECONDS)))
            raise Unknown(f"simulated: no answer to {what}")

    async def _answered(self, answer: T) -> T:
        """Let some time pass until an answer is there, in which others work."""
        if self._trouble.dice.random() < 0.1:  # noqa: PLR2004 - one of ten
            await asyncio.sleep(self._trouble.dice.choice(DELAYS_SECONDS))
        self._process.check()
        return answer


class KeyInMemory:
    """A key, held by a process that may end before it has signed."""

    def __init__(self, key: Keypair, process: Process) -> None:
        self._key, self._process = key, process

    @property
    def address(self) -> Pubkey:
        """The key's public half."""
        return self._key.pubkey()

    async def sign(self, message: bytes) -> Signature:
        """Sign."""
        await self._process.step("sign")
        return self._key.sign_message(message)
