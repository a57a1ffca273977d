"""A call on its way through a method: the chain, the parameters, and how the endpoint sees things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from chain.localnet.errors import BEHIND_CONTEXT, RpcError

if TYPE_CHECKING:
    from solders.account import Account
    from solders.pubkey import Pubkey

    from chain.localnet.block import Landed
    from chain.localnet.blocks import Commitment
    from chain.localnet.chain import LocalChain
    from chain.localnet.core import Core
    from chain.localnet.rpc.params import Options, Params
    from chain.localnet.views import Seen, View

VERSION = "2.2.0"


class Asked(Struct, frozen=True):
    """One call."""

    chain: LocalChain
    params: Params
    view: View

    @property
    def core(self) -> Core:
        """The chain as it stands."""
        return self.chain.core

    def seen(self, options: Options, commitment: Commitment | None = None) -> Seen:
        """Return the block that answers this call, unless the caller knows of a later one."""
        seen = self.at(commitment or options.commitment())
        if options.count("minContextSlot", 0) > seen.block.slot:
            told = {"contextSlot": seen.block.slot}
            raise RpcError(BEHIND_CONTEXT, "Minimum context slot has not been reached", told)
        return seen

    def at(self, commitment: Commitment) -> Seen:
        """Return the newest block of a commitment, as this endpoint sees it."""
        return self.view.at(self.core.blocks, commitment)

    def account(self, address: Pubkey, seen: Seen) -> Account | None:
        """Return an account as this endpoint sees it."""
        return self.core.read(address, seen.state_slot)

    def is_visible(self, landed: Landed | None, commitment: Commitment = "processed") -> bool:
        """Say whether this endpoint has seen something land, with that commitment."""
        return landed is not None and landed.slot <= self.at(commitment).state_slot

    def status(self, landed: Landed) -> str:
        """Return the commitment of what landed."""
        if self.is_visible(landed, "finalized"):
            return "finalized"
        return "confirmed" if self.is_visible(landed, "confirmed") else "processed"

    def told(self, seen: Seen, value: object) -> dict[str, Any]:
        """Return a value with the slot that it holds for."""
        return {"context": {"slot": seen.block.slot, "apiVersion": VERSION}, "value": value}
