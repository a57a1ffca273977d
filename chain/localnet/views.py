"""How an endpoint sees the chain: honestly, behind, or wrongly; one process plays several that disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from chain.localnet.blocks import LAG_BLOCKS_MAX

if TYPE_CHECKING:
    from chain.localnet.block import Block
    from chain.localnet.blocks import Blocks, Commitment


class Seen(Struct, frozen=True):
    """A block of some commitment, and the slot whose state is told for it."""

    block: Block
    state_slot: int


class View(Struct, frozen=True):
    """What is wrong with an endpoint; by itself nothing is."""

    lag: int = 0
    """It serves what was so many blocks ago, and says so."""
    stale: int = 0
    """It says the newest slots and heights, and serves accounts and transactions of so many blocks ago."""
    fork: int = 0
    """It is on another fork since so many blocks: what landed since then is not there, unless it is final."""
    other: bool = False
    """It is of another cluster."""

    def at(self, blocks: Blocks, commitment: Commitment) -> Seen:
        """Return what the endpoint takes for the newest block of a commitment."""
        block = blocks.at(commitment, self.lag)
        state = blocks.at(commitment, self.lag + self.stale).slot if self.stale else block.slot
        if self.fork:
            state = min(state, blocks.at("processed", self.lag + self.fork).slot)
            state = max(state, min(block.slot, blocks.at("finalized", self.lag).slot))
        return Seen(block, state)


HONEST = View()


def view_of(kind: str, amount: int) -> View | None:
    """Return the view of an endpoint's path, such as /lag/40; None when there is no such path."""
    capped = min(amount, LAG_BLOCKS_MAX)
    kinds = {
        "lag": View(lag=capped),
        "stale": View(stale=capped),
        "fork-view": View(fork=capped),
        "other-cluster": View(other=True),
    }
    return kinds.get(kind)
