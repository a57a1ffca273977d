"""Accounts as answers write them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from chain.localnet import base58, tokens
from chain.localnet.errors import INVALID_REQUEST, InvalidParams, RpcError

if TYPE_CHECKING:
    from collections.abc import Callable

    from solders.account import Account
    from solders.pubkey import Pubkey

    from chain.localnet.rpc.params import Options

# More than this takes too long to write in base58, and nodes refuse it.
BASE58_BYTES_MAX = 128
ENCODINGS = ("base58", "base64", "jsonParsed")


def encoded(
    account: Account | None, options: Options, read: Callable[[Pubkey], Account | None]
) -> dict[str, Any] | None:
    """Return an account in the encoding that was asked for; what cannot be parsed is told in base64."""
    if account is None:
        return None
    return {
        "lamports": account.lamports,
        "owner": str(account.owner),
        "executable": account.executable,
        "rentEpoch": account.rent_epoch,
        "space": len(account.data),
        "data": _data(account, options, read),
    }


def _data(account: Account, options: Options, read: Callable[[Pubkey], Account | None]) -> object:
    encoding = options.text("encoding", "base58")
    if encoding not in ENCODINGS:
        raise InvalidParams(f"unknown encoding {encoding:.20}; known are {', '.join(ENCODINGS)}")
    if encoding == "jsonParsed":
        told = tokens.parsed(account, read)
        if told is not None:
            return told
    data = _slice(bytes(account.data), options.options("dataSlice"))
    if encoding != "base58":
        return [base64.b64encode(data).decode("ascii"), "base64"]
    if len(data) > BASE58_BYTES_MAX:
        raise RpcError(
            INVALID_REQUEST,
            f"Encoded binary (base 58) data should be less than {BASE58_BYTES_MAX} bytes,"
            " please use Base64 encoding.",
        )
    return [base58.encode(data), "base58"]


def _slice(data: bytes, wanted: Options | None) -> bytes:
    if wanted is None:
        return data
    offset = wanted.count("offset", 0)
    return data[offset : offset + wanted.count("length", 0)]
