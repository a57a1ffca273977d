"""The executor's work on the real VM: the local chain in process, whose slots pass by the loop's time."""

from __future__ import annotations

import asyncio
import hashlib
import random
from typing import TYPE_CHECKING

from chain.errors import Behind, Unknown
from chain.executor.tools import Tools
from chain.localnet import transaction
from chain.ports import AccountSeen, Blockhash, Landed, Moment, Snapshot
from chain.rpc.answers import error_text
from tests.chain_work_kit import OPTIONS, KeySigner, LogJournal, Told
from tests.localnet_kit import Pots, fresh_chain, with_pots
from tests.virtual_time import LoopTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.executor.tools import WorkOptions

SLOT_SECONDS = 0.4
WINDOW_BLOCKS = 150
STALE_BLOCKS = 60


class LocalChainPort:
    """Satisfies `chain.ports.Chain` on a local chain; `permille` of all calls go wrong."""

    def __init__(self, seed: int = 0, permille: int = 0) -> None:
        self.chain = fresh_chain(seed=seed)
        self.pots: Pots = with_pots(self.chain)
        self.random = random.Random(seed)  # noqa: S311 - repeatable chance, no secret
        self.permille = permille
        self._started = self.chain.slot

    def open(self, count: int) -> list[bytes]:
        """Open pots, and wait until that is final."""
        ids = [hashlib.sha256(b"local %d" % number).digest() for number in range(count)]
        for id_ in ids:
            self.pots.open(id_)
        self.chain.advance(40)
        self._started = self.chain.slot
        return ids

    async def finalized(self) -> Moment:
        """See the port."""
        await self._call()
        block = self.chain.core.blocks.at("finalized")
        return Moment(block.slot, block.height)

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """See the port."""
        await self._call()
        slot = self.chain.core.blocks.at("finalized", self._lag()).slot
        if slot < at_least_slot:
            raise Behind(f"at slot {slot}, not at {at_least_slot}")
        found = [self.chain.core.read(address, slot) for address in addresses]
        return Snapshot(
            slot,
            tuple(
                None if one is None else AccountSeen(one.owner, one.lamports, bytes(one.data))
                for one in found
            ),
        )

    async def blockhash(self) -> Blockhash:
        """See the port."""
        await self._call()
        blocks = self.chain.core.blocks
        block = blocks.newest_hash(blocks.at("confirmed"))
        assert block.hash is not None
        return Blockhash(block.hash, block.height + WINDOW_BLOCKS)

    async def landed(self, signatures: Sequence[Signature]) -> tuple[Landed | None, ...]:
        """See the port."""
        await self._call()
        slot = self.chain.core.blocks.at("finalized", self._lag()).slot
        found = [self.chain.core.landed(one) for one in signatures]
        return tuple(
            None
            if one is None or one.slot > slot
            else Landed(one.slot, error_text(one.meta["err"]), one.meta["fee"])
            for one in found
        )

    async def send(self, raw: bytes) -> None:
        """See the port."""
        await self._call()
        if not self._happens():
            self.chain.deliver(transaction.parse(raw))
        if self._happens():
            raise Unknown("the answer is lost")

    async def simulate(self, raw: bytes) -> str | None:
        """See the port."""
        await self._call()
        block = self.chain.core.blocks.at("confirmed")
        ran = self.chain.core.try_out(transaction.parse(raw), block, block.slot, verify=False)
        return error_text(ran.error)

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """See the port."""
        del accounts
        await self._call()
        return ()

    def tools(self, journal: LogJournal, told: Told, options: WorkOptions = OPTIONS) -> Tools:
        """Return the tools of an executor that holds this chain's keys."""
        known = self.chain.genesis
        return Tools(
            options=options,
            chain=self,
            program=known.program,
            mint=known.usdc_mint,
            funder=KeySigner(known.funder),
            spender=KeySigner(known.spender),
            time=LoopTime(),
            journal=journal,
            watch=told,
            gate=asyncio.Semaphore(4),
        )

    def _lag(self) -> int:
        return self.random.randint(1, STALE_BLOCKS) if self._happens() else 0

    def _happens(self) -> bool:
        return self.random.randrange(1_000) < self.permille

    async def _call(self) -> None:
        await asyncio.sleep(0.02)
        due = self._started + int(asyncio.get_running_loop().time() / SLOT_SECONDS) - self.chain.slot
        if due > 0:
            self.chain.advance(due)
            if self._happens():
                self.chain.fork(self.random.randint(1, 30))
        if self._happens():
            raise Unknown("no answer")
