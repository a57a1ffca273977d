"""What one endpoint says of the chain, as values of ours."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final, TypeVar

from solders.hash import Hash

from chain.errors import Behind, Refused
from chain.ports import Blockhash, Moment, Snapshot
from chain.rpc.answers import (
    AccountTold,
    Answer,
    BlockhashTold,
    EpochInfo,
    FeePaid,
    Simulated,
    Status,
    TransactionTold,
    Version,
    as_value,
    error_text,
)
from chain.transactions import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.rpc.endpoint import Endpoint

S = TypeVar("S")
T = TypeVar("T")

ACCOUNTS_MAX: Final = 100
SIGNATURES_MAX: Final = 256
FEE_ACCOUNTS_MAX: Final = 128
FINALIZED: Final = {"commitment": "finalized"}
ALREADY: Final = "already been processed"


class Node:
    """One endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @property
    def name(self) -> str:
        """How it is called in messages: its host."""
        return self._endpoint.name

    async def genesis(self) -> str:
        """Return the hash of the chain's first block: by it chains are told apart."""
        told = await self._endpoint.call("getGenesisHash", (), str)
        return str(self._value("getGenesisHash", _hash, told))

    async def version(self) -> str:
        """Return what it runs."""
        return (await self._endpoint.call("getVersion", (), Version)).solana_core[:40]

    async def finalized(self) -> Moment:
        """Return how far its finalized chain is: slot and height of the same block."""
        told = await self._endpoint.call("getEpochInfo", (FINALIZED,), EpochInfo)
        if told.block_height > told.absolute_slot:
            raise self._endpoint.junk("getEpochInfo", "it has more blocks than slots")
        return Moment(told.absolute_slot, told.block_height)

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """Return accounts at one finalized slot."""
        if len(addresses) > ACCOUNTS_MAX:
            raise ValueError(f"{len(addresses)} accounts are more than {ACCOUNTS_MAX}")
        options = {**FINALIZED, "encoding": "base64"} | (
            {"minContextSlot": at_least_slot} if at_least_slot else {}
        )
        method = "getMultipleAccounts"
        asked = [[str(one) for one in addresses], options]
        told = await self._endpoint.call(method, asked, Answer[list[AccountTold | None]])
        if len(told.value) != len(addresses):
            raise self._endpoint.junk(method, "it has another number of accounts than was asked for")
        if told.context.slot < at_least_slot:
            raise Behind(f"{self.name} is at slot {told.context.slot}, not at {at_least_slot} yet")
        seen = tuple(
            None if one is None else self._value(method, AccountTold.seen, one) for one in told.value
        )
        return Snapshot(told.context.slot, seen)

    async def blockhash(self) -> Blockhash:
        """Return a recent blockhash (confirmed)."""
        method = "getLatestBlockhash"
        told = await self._endpoint.call(method, ({"commitment": "confirmed"},), Answer[BlockhashTold])
        found = self._value(method, _hash, told.value.blockhash)
        return Blockhash(found, told.value.last_valid_block_height)

    async def statuses(self, signatures: Sequence[Signature]) -> tuple[Status | None, ...]:
        """Return what its finalized chain has of signatures, its whole history searched."""
        if len(signatures) > SIGNATURES_MAX:
            raise ValueError(f"{len(signatures)} signatures are more than {SIGNATURES_MAX}")
        method = "getSignatureStatuses"
        asked = [[str(one) for one in signatures], {"searchTransactionHistory": True}]
        told = await self._endpoint.call(method, asked, Answer[list[Status | None]])
        if len(told.value) != len(signatures):
            raise self._endpoint.junk(method, "it has another number of statuses than was asked for")
        return tuple(one if one is not None and one.is_final else None for one in told.value)

    async def transaction(self, signature: Signature) -> TransactionTold | None:
        """Return what a finalized transaction has cost."""
        options = {**FINALIZED, "encoding": "base64", "maxSupportedTransactionVersion": 0}
        return await self._endpoint.call("getTransaction", (str(signature), options), TransactionTold | None)  # type: ignore[arg-type]  # a union is a type form, which mypy has no type for

    async def send(self, raw: bytes) -> None:
        """Hand it signed bytes; that it has them already will do."""
        options = {"encoding": "base64", "skipPreflight": True, "maxRetries": 0}
        signature = str(signature_of(raw))
        try:
            told = await self._endpoint.call("sendTransaction", (_base64(raw), options), str)
        except Refused as error:
            if ALREADY not in error.detail:
                raise
            return
        if told != signature:
            raise self._endpoint.junk("sendTransaction", "it took another transaction")

    async def simulate(self, raw: bytes) -> Simulated:
        """Return how a transaction would end, whoever has signed it and whenever."""
        options = {
            "encoding": "base64",
            "sigVerify": False,
            "replaceRecentBlockhash": True,
            "commitment": "confirmed",
        }
        asked = (_base64(raw), options)
        return (await self._endpoint.call("simulateTransaction", asked, Answer[Simulated])).value

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """Return what was paid lately for accounts."""
        asked = ([str(one) for one in accounts[:FEE_ACCOUNTS_MAX]],)
        told = await self._endpoint.call("getRecentPrioritizationFees", asked, list[FeePaid])
        return tuple(one.prioritization_fee for one in told)

    async def balance(self, address: Pubkey) -> int:
        """Return the lamports at an address, finalized."""
        return (await self._endpoint.call("getBalance", (str(address), FINALIZED), Answer[int])).value

    async def rent(self, bytes_: int) -> int:
        """Return the lamports that an account of this size has to hold."""
        return await self._endpoint.call("getMinimumBalanceForRentExemption", (bytes_,), int)

    async def block_time(self, slot: int) -> int | None:
        """Return the chain's own time at a slot, in seconds since 1970."""
        return await self._endpoint.call("getBlockTime", (slot,), int | None)  # type: ignore[arg-type]  # a union is a type form, which mypy has no type for

    async def ask_local(self, method: str, params: Sequence[object]) -> str:
        """Ask for what only a local chain gives: SOL and USDC from its faucets."""
        return await self._endpoint.call(method, params, str)

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    def _value(self, method: str, read: Callable[[S], T], told: S) -> T:
        try:
            return read(told)
        except ValueError as error:
            raise self._endpoint.junk(method, str(error)) from error


def error_of(simulated: Simulated) -> str | None:
    """Return why it would be refused, or None."""
    return error_text(simulated.err)


def _hash(text: str) -> Hash:
    return as_value(Hash.from_string, text)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
