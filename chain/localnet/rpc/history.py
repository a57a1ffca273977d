"""Methods about what has landed."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from solders.message import MessageV0
from solders.transaction import VersionedTransaction

from chain.localnet import base58
from chain.localnet.blocks import WINDOW_BLOCKS
from chain.localnet.errors import InvalidParams, RpcError
from chain.localnet.rpc.params import Options

if TYPE_CHECKING:
    from solders.instruction import CompiledInstruction
    from solders.message import Message
    from solders.pubkey import Pubkey

    from chain.localnet.block import Landed
    from chain.localnet.rpc.asked import Asked

SIGNATURES_MAX = 256
HISTORY_MAX = 1_000
VERSION_NOT_SUPPORTED = -32_015


def get_signature_statuses(asked: Asked) -> dict[str, Any]:
    """Return what has become of signatures; unless history is searched, only lately."""
    options = asked.params.options(1)
    signatures = asked.params.signatures(0, SIGNATURES_MAX)
    seen = asked.at("processed")
    oldest = 0 if options.flag("searchTransactionHistory") else seen.block.slot - WINDOW_BLOCKS
    found = [asked.core.landed(signature) for signature in signatures]
    return asked.told(
        seen,
        [
            _status(asked, landed)
            if landed is not None and landed.slot >= oldest and asked.is_visible(landed)
            else None
            for landed in found
        ],
    )


def get_signatures_for_address(asked: Asked) -> list[dict[str, Any]]:
    """Return what landed with an account in it, newest first."""
    options = asked.params.options(1)
    limit = options.count("limit", HISTORY_MAX, HISTORY_MAX)
    seen = asked.seen(options)
    before, until = _place(asked, options, "before"), _place(asked, options, "until")
    address = asked.params.pubkey(0)
    found = _newest_open(asked, address) + asked.core.store.touching(
        address, before or (seen.state_slot + 1, 0), limit
    )
    wanted = [
        landed
        for landed in found
        if landed.slot <= seen.state_slot
        and (before is None or (landed.slot, landed.place) < before)
        and (until is None or (landed.slot, landed.place) > until)
    ]
    return [_listed(asked, landed) for landed in wanted[:limit]]


def get_transaction(asked: Asked) -> dict[str, Any] | None:
    """Return a transaction that landed, with what came of it."""
    given = asked.params.get(1)
    options = Options({"encoding": given}) if isinstance(given, str) else asked.params.options(1)
    commitment = options.commitment()
    if commitment == "processed":
        raise InvalidParams("Method does not support commitment below `confirmed`")
    landed = asked.core.landed(asked.params.signature(0))
    if landed is None or not asked.is_visible(landed, commitment):
        return None
    told = {
        "slot": landed.slot,
        "blockTime": _seconds(asked, landed),
        "meta": landed.meta,
        "transaction": _transaction(landed, options.text("encoding", "json")),
    }
    return {**told, **_version(landed, options)}


def _version(landed: Landed, options: Options) -> dict[str, Any]:
    is_v0 = isinstance(VersionedTransaction.from_bytes(landed.raw).message, MessageV0)
    if options.has("maxSupportedTransactionVersion"):
        options.count("maxSupportedTransactionVersion", 0)
        return {"version": 0 if is_v0 else "legacy"}
    if is_v0:
        raise RpcError(
            VERSION_NOT_SUPPORTED,
            "Transaction version (0) is not supported by the requesting client. Please try the request again"
            ' with the following configuration parameter: "maxSupportedTransactionVersion": 0',
        )
    return {}


def _status(asked: Asked, landed: Landed) -> dict[str, Any]:
    status = asked.status(landed)
    newest = asked.at("processed").block
    blocks = asked.core.blocks.newest(asked.core.blocks.final_blocks + 1, newest)
    return {
        "slot": landed.slot,
        "confirmations": None
        if status == "finalized"
        else sum(1 for block in blocks if block.slot > landed.slot),
        "err": landed.meta["err"],
        "status": landed.meta["status"],
        "confirmationStatus": status,
    }


def _listed(asked: Asked, landed: Landed) -> dict[str, Any]:
    return {
        "signature": str(landed.signature),
        "slot": landed.slot,
        "err": landed.meta["err"],
        "memo": None,
        "blockTime": _seconds(asked, landed),
        "confirmationStatus": asked.status(landed),
    }


def _newest_open(asked: Asked, address: Pubkey) -> list[Landed]:
    return [landed for landed in reversed(asked.core.blocks.open.landed) if address in landed.touched]


def _place(asked: Asked, options: Options, name: str) -> tuple[int, int] | None:
    signature = options.signature(name)
    landed = None if signature is None else asked.core.landed(signature)
    return None if landed is None else (landed.slot, landed.place)


def _seconds(asked: Asked, landed: Landed) -> int | None:
    block = asked.core.blocks.with_slot(landed.slot)
    time_ms = asked.core.store.time_ms(landed.slot) if block is None else block.time_ms
    return None if time_ms is None else time_ms // 1000


def _transaction(landed: Landed, encoding: str) -> object:
    if encoding == "base64":
        return [base64.b64encode(landed.raw).decode("ascii"), "base64"]
    if encoding == "base58":
        return [base58.encode(landed.raw), "base58"]
    if encoding not in {"json", "jsonParsed"}:
        raise InvalidParams(f"unknown encoding {encoding:.20}")
    known = VersionedTransaction.from_bytes(landed.raw)
    message = _parsed(known.message, landed) if encoding == "jsonParsed" else _message(known.message)
    return {"signatures": [str(signature) for signature in known.signatures], "message": message}


def _message(message: Message | MessageV0) -> dict[str, Any]:
    header = message.header
    told: dict[str, Any] = {
        "header": {
            "numRequiredSignatures": header.num_required_signatures,
            "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
            "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
        },
        "accountKeys": [str(key) for key in message.account_keys],
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [_instruction(made) for made in message.instructions],
    }
    return told | _lookups(message)


def _instruction(made: CompiledInstruction) -> dict[str, Any]:
    return {
        "programIdIndex": made.program_id_index,
        "accounts": list(bytes(made.accounts)),
        "data": base58.encode(bytes(made.data)),
        "stackHeight": None,
    }


def _lookups(message: Message | MessageV0) -> dict[str, Any]:
    if not isinstance(message, MessageV0):
        return {}
    return {
        "addressTableLookups": [
            {
                "accountKey": str(lookup.account_key),
                "writableIndexes": list(bytes(lookup.writable_indexes)),
                "readonlyIndexes": list(bytes(lookup.readonly_indexes)),
            }
            for lookup in message.address_table_lookups
        ]
    }


def _parsed(message: Message | MessageV0, landed: Landed) -> dict[str, Any]:
    """Return a message with its addresses in place of their numbers; instructions stay as they are."""
    loaded = landed.meta["loadedAddresses"]
    keys = [*map(str, message.account_keys), *loaded["writable"], *loaded["readonly"]]
    header, count = message.header, len(message.account_keys)
    signers, own_written = header.num_required_signatures, count - header.num_readonly_unsigned_accounts

    def is_written(index: int) -> bool:
        if index >= count:
            return index < count + len(loaded["writable"])
        return index < signers - header.num_readonly_signed_accounts or signers <= index < own_written

    accounts = [
        {
            "pubkey": key,
            "signer": index < signers,
            "writable": is_written(index),
            "source": "transaction" if index < count else "lookupTable",
        }
        for index, key in enumerate(keys)
    ]
    instructions = [
        {
            "programId": keys[made.program_id_index],
            "accounts": [keys[index] for index in bytes(made.accounts)],
            "data": base58.encode(bytes(made.data)),
            "stackHeight": None,
        }
        for made in message.instructions
    ]
    blockhash = str(message.recent_blockhash)
    told = {"accountKeys": accounts, "recentBlockhash": blockhash, "instructions": instructions}
    return told | _lookups(message)
