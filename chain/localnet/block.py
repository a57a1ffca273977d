"""A block, and a transaction that landed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from solders.hash import Hash
    from solders.pubkey import Pubkey
    from solders.signature import Signature


class Landed(Struct, frozen=True):
    """A transaction that landed, whether its program refused it or not."""

    signature: Signature
    message_hash: bytes
    slot: int
    place: int
    """Its place in the block, from 0."""
    raw: bytes
    meta: dict[str, Any]
    """What `getTransaction` says of it."""
    touched: tuple[Pubkey, ...]


class Paid(Struct, frozen=True):
    """What a transaction paid for haste, and the accounts that it wrote to."""

    price: int
    """In micro-lamports a compute unit."""
    written: frozenset[Pubkey]


class Block(Struct):
    """A slot that has a block; its hash is known when it is complete."""

    slot: int
    height: int
    parent_slot: int
    time_ms: int
    hash: Hash | None = None
    landed: list[Landed] = field(default_factory=list)
    """Filled while it is open; the store has it afterwards."""
    paid: list[Paid] = field(default_factory=list)
