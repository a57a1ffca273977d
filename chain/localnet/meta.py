"""What `getTransaction` says of a transaction that landed, beside the transaction itself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from solders.token import ID as TOKEN_PROGRAM

from chain.localnet import base58, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from solders.account import Account
    from solders.pubkey import Pubkey

    from chain.localnet.fees import Fee
    from chain.localnet.transaction import Keys
    from chain.localnet.vm import Ran

    Read = Callable[[Pubkey], Account | None]
    Standing = Mapping[Pubkey, Account | None]


def describe(keys: Keys, ran: Ran, fee: Fee, before: Standing, read: Read) -> dict[str, Any]:
    """Return it; `read` says how accounts stand after the transaction."""
    after = {address: read(address) if address in keys.written else before[address] for address in keys.all}
    told = {
        "err": ran.error,
        "status": {"Ok": None} if ran.error is None else {"Err": ran.error},
        "fee": fee.lamports,
        "preBalances": [_lamports(before[address]) for address in keys.all],
        "postBalances": [_lamports(after[address]) for address in keys.all],
        "innerInstructions": inner(ran.inner),
        "logMessages": ran.logs,
        "preTokenBalances": list(_token_balances(keys.all, before, read)),
        "postTokenBalances": list(_token_balances(keys.all, after, read)),
        "rewards": [],
        "loadedAddresses": {
            "writable": [str(address) for address in keys.looked_up_writable],
            "readonly": [str(address) for address in keys.looked_up_readonly],
        },
        "computeUnitsConsumed": ran.units,
    }
    return told if ran.returned is None else {**told, "returnData": returned(ran.returned)}


def returned(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what a program has handed back, as answers write it."""
    if data is None:
        return None
    text = base64.b64encode(data["data"]).decode("ascii")
    return {"programId": base58.encode(data["programId"]), "data": [text, "base64"]}


def inner(calls: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the calls of programs, as answers write them."""
    return [{**call, "instructions": [_written(made) for made in call["instructions"]]} for call in calls]


def _written(made: dict[str, Any]) -> dict[str, Any]:
    return {**made, "data": base58.encode(made["data"])}


def _lamports(account: Account | None) -> int:
    return 0 if account is None else account.lamports


def _token_balances(addresses: Iterable[Pubkey], standing: Standing, read: Read) -> Iterable[dict[str, Any]]:
    for index, address in enumerate(addresses):
        holding = tokens.holding_of(standing[address])
        mint = None if holding is None else tokens.mint_of(read(holding.mint))
        if holding is not None and mint is not None:
            yield {
                "accountIndex": index,
                "mint": str(holding.mint),
                "owner": str(holding.owner),
                "programId": str(TOKEN_PROGRAM),
                "uiTokenAmount": tokens.amount(holding.amount, mint.decimals),
            }
