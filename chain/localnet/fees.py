"""What a transaction pays: for its signatures, and for haste, as the network reckons it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from solders.pubkey import Pubkey

if TYPE_CHECKING:
    from solders.message import Message, MessageV0

LAMPORTS_PER_SIGNATURE = 5_000
UNITS_MAX = 1_400_000
UNITS_PER_INSTRUCTION = 200_000
UNITS_PER_BUILTIN = 3_000
MICRO = 1_000_000
_SET_LIMIT, _SET_PRICE = 2, 3
COMPUTE_BUDGET = Pubkey.from_string("ComputeBudget111111111111111111111111111111")
_BUILTINS = frozenset(
    {
        COMPUTE_BUDGET,
        Pubkey.from_string("11111111111111111111111111111111"),
        Pubkey.from_string("Vote111111111111111111111111111111111111111"),
        Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111"),
        Pubkey.from_string("BPFLoader2111111111111111111111111111111111"),
    }
)


class Fee(Struct, frozen=True):
    """What is paid, and for what."""

    signatures: int
    haste: int
    """In lamports."""
    price: int
    """In micro-lamports a compute unit."""

    @property
    def lamports(self) -> int:
        """All of it."""
        return self.signatures + self.haste


def fee_of(message: Message | MessageV0) -> Fee:
    """Return what a transaction with this message pays, whether it succeeds or not."""
    signatures = LAMPORTS_PER_SIGNATURE * message.header.num_required_signatures
    limit: int | None = None
    price = units = 0
    keys = message.account_keys
    for instruction in message.instructions:
        index = instruction.program_id_index
        # A program by lookup is refused when it runs, and costs what any program costs.
        program = keys[index] if index < len(keys) else None
        data = bytes(instruction.data)
        units += UNITS_PER_BUILTIN if program in _BUILTINS else UNITS_PER_INSTRUCTION
        if program == COMPUTE_BUDGET and data[:1] == bytes([_SET_LIMIT]) and len(data) == 1 + 4:
            limit = int.from_bytes(data[1:], "little")
        elif program == COMPUTE_BUDGET and data[:1] == bytes([_SET_PRICE]) and len(data) == 1 + 8:
            price = int.from_bytes(data[1:], "little")
    granted = min(UNITS_MAX, units if limit is None else limit)
    return Fee(signatures, -(-price * granted // MICRO), price)
