"""The blocks of the fork that the chain is on: commitment, and the window in which a blockhash is good."""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from solders.hash import Hash

from chain.localnet.block import Block

if TYPE_CHECKING:
    from collections.abc import Iterable

Commitment = Literal["processed", "confirmed", "finalized"]

# A transaction is good for this many blocks after the one that its blockhash names, and for one more: the
# block that is being made does not count itself. So `lastValidBlockHeight` promises one block less than
# the chain allows, and a client that wants certainty waits until a later block is final.
WINDOW_BLOCKS = 150
# Blocks that a lagging endpoint may be behind, beyond those that are not final.
LAG_BLOCKS_MAX = 64
# Blocks that processed is ahead of confirmed, where there is room.
CONFIRMED_BEHIND = 2


class Blocks:
    """The newest blocks, oldest first; the last one is open."""

    def __init__(self, kept: Iterable[Block], final_blocks: int, readable_from: int = 0) -> None:
        self.final_blocks = final_blocks
        self.readable_from = readable_from
        """The first slot whose state can be read."""
        self._kept = deque(kept)
        # Blocks after the last final one: a fork makes fewer of them, and that one never moves back.
        self._unfinal = sum(1 for block in self._kept if block.slot > readable_from)
        self._heights = {block.hash: block.height for block in self._kept if block.hash is not None}

    @property
    def open(self) -> Block:
        """The block that is being made."""
        return self._kept[-1]

    def at(self, commitment: Commitment, behind: int = 0) -> Block:
        """Return the newest block of a commitment, as an endpoint sees it that is some blocks behind."""
        confirmed = min(CONFIRMED_BEHIND, self._unfinal)
        depth = {"processed": 0, "confirmed": confirmed, "finalized": self._unfinal}[commitment]
        wanted = self._kept[-min(len(self._kept), 1 + depth + behind)]
        if wanted.slot >= self.readable_from:
            return wanted
        return next(block for block in self._kept if block.slot >= self.readable_from)

    def newest_hash(self, block: Block) -> Block:
        """Return the newest complete block at or before one."""
        return block if block.hash is not None else self._kept[-2]

    def is_good(self, blockhash: Hash, at: Block | None = None) -> bool:
        """Say whether a transaction with this blockhash may land in a block (else in the open one)."""
        height = self._heights.get(blockhash)
        block = self.open if at is None else at
        # A complete block counts itself, as the last one whose hash is known.
        newest = block.height if block.hash is not None else block.height - 1
        return height is not None and 0 <= newest - height <= WINDOW_BLOCKS

    def close(self) -> Block:
        """Give the open block its hash, and return it; `begin` has to follow."""
        closed = self.open
        parent = self._kept[-2].hash if len(self._kept) > 1 else None
        known = bytes(Hash.default() if parent is None else parent)
        closed.hash = Hash(sha256(known + closed.slot.to_bytes(8, "little")).digest())
        self._heights[closed.hash] = closed.height
        return closed

    def begin(self, slot: int, time_ms: int) -> Block:
        """Open the next block; what is too old to matter is forgotten."""
        parent = self.open
        opened = Block(slot, parent.height + 1, parent.slot, max(time_ms, parent.time_ms))
        self._kept.append(opened)
        self._unfinal = min(self._unfinal + 1, self.final_blocks)
        while len(self._kept) > max(WINDOW_BLOCKS + 2, self.final_blocks) + LAG_BLOCKS_MAX:
            old = self._kept.popleft()
            if old.hash is not None:
                del self._heights[old.hash]
        return opened

    def abandon(self, count: int) -> list[Block]:
        """Leave the newest blocks, the open one among them and no final one; return them, oldest first."""
        if count > self._unfinal:
            raise ValueError(f"{count} blocks are not all without a final one, as {self._unfinal} are")
        self._unfinal -= count
        left = [self._kept.pop() for _ in range(count)]
        for block in left:
            if block.hash is not None:
                del self._heights[block.hash]
        return left[::-1]

    def oldest_readable(self) -> int:
        """Return the slot up to which nobody has to look back any more."""
        return self.at("finalized", LAG_BLOCKS_MAX).slot

    def newest(self, count: int, before: Block) -> list[Block]:
        """Return up to so many blocks, up to and with one, newest first."""
        return [block for block in reversed(self._kept) if block.slot <= before.slot][:count]

    def with_slot(self, slot: int) -> Block | None:
        """Return the block of a slot, if there is one and it is not too old."""
        return next((block for block in reversed(self._kept) if block.slot == slot), None)
