"""Methods about the cluster: how far it is, blockhashes, and what things cost."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from solders.hash import Hash
from solders.message import from_bytes_versioned

from chain.localnet import fees
from chain.localnet.blocks import WINDOW_BLOCKS
from chain.localnet.errors import InvalidParams
from chain.localnet.rpc.asked import VERSION
from chain.localnet.rpc.params import decoded

if TYPE_CHECKING:
    from chain.localnet.block import Block
    from chain.localnet.rpc.asked import Asked

FEE_ACCOUNTS_MAX = 128
FEE_BLOCKS = 150
DATA_BYTES_MAX = 10_485_760
# One epoch for ever: nothing here depends on stakes.
EPOCH_SLOTS = 432_000


def get_health(_asked: Asked) -> str:
    """Say that it works."""
    return "ok"


def get_version(_asked: Asked) -> dict[str, Any]:
    """Say which node this is."""
    return {"solana-core": f"{VERSION}-headgate-localnet", "feature-set": 0}


def get_genesis_hash(asked: Asked) -> str:
    """Say which cluster this is."""
    known = asked.chain.genesis_hash
    return str(Hash(sha256(known.encode()).digest())) if asked.view.other else known


def get_slot(asked: Asked) -> int:
    """Return the newest slot of a commitment."""
    return asked.seen(asked.params.options(0)).block.slot


def get_block_height(asked: Asked) -> int:
    """Return how many blocks there are: fewer than slots, since some slots have none."""
    return asked.seen(asked.params.options(0)).block.height


def get_epoch_info(asked: Asked) -> dict[str, Any]:
    """Return where in its epoch the chain is."""
    block = asked.seen(asked.params.options(0)).block
    return {
        "absoluteSlot": block.slot,
        "blockHeight": block.height,
        "epoch": block.slot // EPOCH_SLOTS,
        "slotIndex": block.slot % EPOCH_SLOTS,
        "slotsInEpoch": EPOCH_SLOTS,
        "transactionCount": asked.core.store.landed_count(),
    }


def get_block_time(asked: Asked) -> int | None:
    """Return when a block was made, in seconds since 1970; None where there is none any more."""
    slot = asked.params.count(0)
    block = asked.core.blocks.with_slot(slot)
    time_ms = asked.core.store.time_ms(slot) if block is None and slot < 2**63 else None
    if block is not None:
        time_ms = block.time_ms
    return None if time_ms is None else time_ms // 1000


def get_latest_blockhash(asked: Asked) -> dict[str, Any]:
    """Return the newest blockhash, and the last height at which it is sure to be good."""
    seen = asked.seen(asked.params.options(0))
    return asked.told(seen, latest_blockhash(asked, seen.block))


def latest_blockhash(asked: Asked, block: Block) -> dict[str, Any]:
    """Return the newest blockhash as of a block."""
    newest = asked.core.blocks.newest_hash(block)
    return {"blockhash": str(newest.hash), "lastValidBlockHeight": newest.height + WINDOW_BLOCKS}


def is_blockhash_valid(asked: Asked) -> dict[str, Any]:
    """Say whether a blockhash is good."""
    seen = asked.seen(asked.params.options(1))
    return asked.told(seen, asked.core.blocks.is_good(asked.params.blockhash(0), seen.block))


def get_fee_for_message(asked: Asked) -> dict[str, Any]:
    """Return what a transaction with this message would pay; None when its blockhash is not good."""
    seen = asked.seen(asked.params.options(1))
    try:
        message = from_bytes_versioned(decoded(asked.params.text(0), "base64"))
    except ValueError as error:
        raise InvalidParams(f"not a message: {error}") from error
    is_good = asked.core.blocks.is_good(message.recent_blockhash, seen.block)
    return asked.told(seen, fees.fee_of(message).lamports if is_good else None)


def get_recent_prioritization_fees(asked: Asked) -> list[dict[str, int]]:
    """Return the least that was paid for haste in recent blocks by what wrote to all of some accounts."""
    wanted = frozenset(asked.params.pubkeys(0, FEE_ACCOUNTS_MAX)) if asked.params.get(0) else frozenset()
    blocks = asked.core.blocks.newest(FEE_BLOCKS, asked.at("processed").block)
    return [
        {
            "slot": block.slot,
            "prioritizationFee": min(
                (paid.price for paid in block.paid if wanted <= paid.written), default=0
            ),
        }
        for block in reversed(blocks)
    ]


def get_minimum_balance(asked: Asked) -> int:
    """Return the lamports that an account with so many bytes has to have."""
    return asked.core.vm.rent_exempt(asked.params.count(0, DATA_BYTES_MAX))


def first_available_block(_asked: Asked) -> int:
    """Return the first block of which transactions are known: all are."""
    return 0
