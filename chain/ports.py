"""What the executor needs of a chain, and of whoever signs; tests and simulations bring their own.

Every call is bounded in time. Every failure is a `chain.errors.ChainError`, and an exception of a call that
sends proves nothing about what was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.hash import Hash
    from solders.pubkey import Pubkey
    from solders.signature import Signature


class Moment(Struct, frozen=True):
    """How far the finalized chain is: every endpoint that is trusted has at least this."""

    slot: int
    height: int


class Blockhash(Struct, frozen=True):
    """What a transaction is signed with, and the last block height at which it can land."""

    hash: Hash
    last_valid_height: int


class AccountSeen(Struct, frozen=True):
    """An account, finalized."""

    owner: Pubkey
    lamports: int
    data: bytes


class Snapshot(Struct, frozen=True):
    """Accounts at one finalized slot, in the order in which they were asked for; None: there is none."""

    slot: int
    accounts: tuple[AccountSeen | None, ...]


class Landed(Struct, frozen=True):
    """What the finalized chain has of a signature."""

    slot: int
    error: str | None
    """Why the program refused it; None when it did what it says."""
    fee_lamports: int


class Chain(Protocol):
    """The chain, through however many endpoints."""

    async def finalized(self) -> Moment:
        """Return how far the finalized chain is, by the one that is furthest behind of those trusted."""
        ...

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """Return up to 100 accounts, at one finalized slot; `Behind` if that is earlier than asked."""
        ...

    async def blockhash(self) -> Blockhash:
        """Return a recent blockhash (confirmed)."""
        ...

    async def landed(self, signatures: Sequence[Signature]) -> tuple[Landed | None, ...]:
        """Return what the finalized chain has of up to 256 signatures, its whole history searched.

        None says only that nothing was found: by itself it does not prove that nothing landed.
        """
        ...

    async def send(self, raw: bytes) -> None:
        """Hand signed bytes to every trusted endpoint, without preflight; raise if none took them."""
        ...

    async def simulate(self, raw: bytes) -> str | None:
        """Return why it would be refused now, or None if it would land."""
        ...

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """Return what was paid lately for these accounts, in micro-lamports a compute unit."""
        ...


class Signer(Protocol):
    """Whoever holds a key."""

    @property
    def address(self) -> Pubkey:
        """The key's public half."""
        ...

    async def sign(self, message: bytes) -> Signature:
        """Sign the bytes of a transaction's message; bounded in time."""
        ...
