"""How SPL Token lays out its accounts, as far as answers tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from solders.pubkey import Pubkey
from solders.token import ID as TOKEN_PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable

    from solders.account import Account

HOLDING_BYTES, MINT_BYTES = 165, 82
_STATES = ("uninitialized", "initialized", "frozen")
_NATIVE_AT, _DELEGATED_AT, _CLOSER_AT = 109, 121, 129


class Holding(Struct, frozen=True):
    """A token account."""

    mint: Pubkey
    owner: Pubkey
    amount: int
    state: str
    delegate: Pubkey | None
    delegated: int
    closer: Pubkey | None
    is_native: bool


class Mint(Struct, frozen=True):
    """A token."""

    authority: Pubkey | None
    supply: int
    decimals: int
    is_initialized: bool
    freezer: Pubkey | None


def holding_of(account: Account | None) -> Holding | None:
    """Return the token account that an account is, if it is one."""
    if account is None or account.owner != TOKEN_PROGRAM or len(account.data) != HOLDING_BYTES:
        return None
    data = bytes(account.data)
    return Holding(
        mint=Pubkey(data[:32]),
        owner=Pubkey(data[32:64]),
        amount=int.from_bytes(data[64:72], "little"),
        state=_STATES[data[108]] if data[108] < len(_STATES) else "uninitialized",
        delegate=_optional(data, 72),
        delegated=int.from_bytes(data[_DELEGATED_AT : _DELEGATED_AT + 8], "little"),
        closer=_optional(data, _CLOSER_AT),
        is_native=data[_NATIVE_AT] == 1,
    )


def mint_of(account: Account | None) -> Mint | None:
    """Return the mint that an account is, if it is one."""
    if account is None or account.owner != TOKEN_PROGRAM or len(account.data) != MINT_BYTES:
        return None
    data = bytes(account.data)
    return Mint(
        authority=_optional(data, 0),
        supply=int.from_bytes(data[36:44], "little"),
        decimals=data[44],
        is_initialized=data[45] == 1,
        freezer=_optional(data, 46),
    )


def mint_data(mint: Mint) -> bytes:
    """Return a mint as the program keeps it."""
    supply = mint.supply.to_bytes(8, "little")
    state = bytes([mint.decimals, mint.is_initialized])
    return _option(mint.authority) + supply + state + _option(mint.freezer)


def amount(units: int, decimals: int) -> dict[str, Any]:
    """Return an amount as answers write it; the number with a point is there for people to read."""
    text = str(units).rjust(decimals + 1, "0")
    whole, part = (text[:-decimals], text[-decimals:].rstrip("0")) if decimals else (text, "")
    shown = f"{whole}.{part}" if part else whole
    # A node's answers have this, and nobody here reads it.
    rough = float(shown)  # money-ok: shown to people only
    return {"amount": str(units), "decimals": decimals, "uiAmount": rough, "uiAmountString": shown}


def parsed(account: Account, read: Callable[[Pubkey], Account | None]) -> dict[str, Any] | None:
    """Return what jsonParsed says of an account of the token program; None: it has to be told in bytes."""
    holding, mint = holding_of(account), mint_of(account)
    if holding is not None:
        token = mint_of(read(holding.mint))
        return None if token is None else _wrapped("account", _holding_told(holding, token), account)
    return None if mint is None else _wrapped("mint", _mint_told(mint), account)


def _wrapped(kind: str, info: dict[str, Any], account: Account) -> dict[str, Any]:
    told = {"type": kind, "info": info}
    return {"program": "spl-token", "parsed": told, "space": len(account.data)}


def _holding_told(holding: Holding, token: Mint) -> dict[str, Any]:
    info: dict[str, Any] = {
        "mint": str(holding.mint),
        "owner": str(holding.owner),
        "tokenAmount": amount(holding.amount, token.decimals),
        "state": holding.state,
        "isNative": holding.is_native,
    }
    if holding.delegate is not None:
        info["delegate"] = str(holding.delegate)
        info["delegatedAmount"] = amount(holding.delegated, token.decimals)
    if holding.closer is not None:
        info["closeAuthority"] = str(holding.closer)
    return info


def _mint_told(mint: Mint) -> dict[str, Any]:
    return {
        "mintAuthority": None if mint.authority is None else str(mint.authority),
        "supply": str(mint.supply),
        "decimals": mint.decimals,
        "isInitialized": mint.is_initialized,
        "freezeAuthority": None if mint.freezer is None else str(mint.freezer),
    }


def _optional(data: bytes, at: int) -> Pubkey | None:
    there = int.from_bytes(data[at : at + 4], "little")
    return Pubkey(data[at + 4 : at + 36]) if there == 1 else None


def _option(address: Pubkey | None) -> bytes:
    return bytes(36) if address is None else (1).to_bytes(4, "little") + bytes(address)
