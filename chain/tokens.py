"""Token accounts and mints, read strictly."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.pubkey import Pubkey
from solders.token import ID as TOKEN_PROGRAM

from chain.errors import WrongAccount

if TYPE_CHECKING:
    from chain.ports import AccountSeen

USDC_DECIMALS: Final = 6
TOKEN_ACCOUNT_BYTES: Final = 165
MINT_BYTES: Final = 82
INITIALIZED: Final = 1
FROZEN: Final = 2
# Mint, owner, amount, delegate, state, native, delegated amount, close authority; 4 bytes say whether one is.
_ACCOUNT: Final = struct.Struct("<32s32sQI32sBIQQI32s")
_MINT: Final = struct.Struct("<I32sQBBI32s")


class TokenAccount(Struct, frozen=True):
    """A token account, and who has a hand in it."""

    mint: Pubkey
    owner: Pubkey
    amount: int
    delegate: Pubkey | None
    is_frozen: bool
    close_authority: Pubkey | None


class Mint(Struct, frozen=True):
    """A mint."""

    decimals: int
    supply: int


def read_token_account(account: AccountSeen, mint: Pubkey | None = None) -> TokenAccount:
    """Read a token account; with a mint, only one of that mint will do."""
    _check(account, TOKEN_ACCOUNT_BYTES, "token account")
    of, owner, amount, has_delegate, delegate, state, _, _, _, has_closer, closer = _ACCOUNT.unpack(
        account.data
    )
    if state not in (INITIALIZED, FROZEN):
        raise WrongAccount("the token account is not initialized")
    if mint is not None and Pubkey.from_bytes(of) != mint:
        raise WrongAccount(f"the token account is of the mint {Pubkey.from_bytes(of)}, not of {mint}")
    return TokenAccount(
        mint=Pubkey.from_bytes(of),
        owner=Pubkey.from_bytes(owner),
        amount=amount,
        delegate=Pubkey.from_bytes(delegate) if has_delegate else None,
        is_frozen=state == FROZEN,
        close_authority=Pubkey.from_bytes(closer) if has_closer else None,
    )


def read_mint(account: AccountSeen) -> Mint:
    """Read a mint."""
    _check(account, MINT_BYTES, "mint")
    _, _, supply, decimals, is_initialized, _, _ = _MINT.unpack(account.data)
    if not is_initialized:
        raise WrongAccount("the mint is not initialized")
    return Mint(decimals, supply)


def _check(account: AccountSeen, length: int, what: str) -> None:
    if account.owner != TOKEN_PROGRAM:
        raise WrongAccount(f"the account is no {what}: it belongs to {account.owner}")
    if len(account.data) != length:
        raise WrongAccount(f"the account is no {what}: it has {len(account.data)} bytes, not {length}")
