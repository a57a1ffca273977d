"""Measures what the pot program costs, beside receipts: `python -m proof.pots.cost`."""

from __future__ import annotations

import hashlib
import struct
import sys
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.transaction import Transaction, VersionedTransaction

from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, PotWorld, must

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.instruction import Instruction

TRANSACTION_BYTES_MAX: Final = 1_232
SIGNATURE_LAMPORTS: Final = 5_000
POT_BYTES: Final = 2_162
RECEIPT_BYTES: Final = 129  # of the variant that keeps a receipt's account for each funding
RECEIPT_POT_BYTES: Final = 145  # of that variant's pot
BATCHES: Final = (1, 5, 10, 16)
LAMPORTS_A_SOL: Final = 10**9
LOOKUP_TABLE: Final = Pubkey.from_string("AddressLookupTab1e1111111111111111111111111")
BUDGET: Final = (set_compute_unit_limit(600_000), set_compute_unit_price(10_000))


class Batch(Struct, frozen=True):
    """A transaction of fundings: its size, whether it fits, and what it used if it does."""

    count: int
    size: int
    units: int | None


def main() -> int:
    """Print the tables."""
    world = PotWorld(is_set_up=False)
    _print("instruction", "units", instruction_units(world))
    fundings, campaigns = PotWorld(), [hashlib.sha256(bytes([number])).digest() for number in range(16)]
    for campaign in campaigns:
        fundings.open(campaign)
    for title, has_table in (("with a lookup table", True), ("without", False)):
        sys.stdout.write(f"\nfundings a transaction, {title}: bytes (of {TRANSACTION_BYTES_MAX}), units\n")
        for count in BATCHES:
            _say(batch(fundings, campaigns[:count], has_table=has_table))
        sizes = (batch(fundings, campaigns[:count], has_table=has_table) for count in range(1, 17))
        sys.stdout.write(f"  fit: {max(each.count for each in sizes if each.units is not None)}\n")
    _compare(world)
    return 0


def instruction_units(world: PotWorld) -> dict[str, int]:
    """Run each instruction once, in the order of a pot's life."""
    world.put_tokens(world.vault(), kit.pot_address(CAMPAIGN))
    units = {name: must(world.call(name)).units for name in ("initialize", "initialize_pot")}
    units["fund_campaign_pot"] = must(world.call("fund_campaign_pot", amount=9)).units
    units["fund_campaign_pots (1)"] = must(world.send(world.batch((CAMPAIGN, 1)))).units
    units["settle"] = must(world.call("settle", amount=5)).units
    units["withdraw"] = must(world.call("withdraw", amount=5)).units
    for name in ("pause_pot", "resume_pot", "set_daily_cap", "set_keys", "set_authority"):
        units[name] = must(world.call(name)).units
    units["accept_authority"] = must(world.call("accept_authority")).units
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    units["close_pot"] = must(world.call("close_pot", authority=world.address("heir"))).units
    return units


def batch(world: PotWorld, campaigns: Sequence[bytes], *, has_table: bool) -> Batch:
    """Fund as many pots in one transaction, if it fits; with budget instructions and one signature."""
    entry = world.batch(*((campaign, 1) for campaign in campaigns))
    transaction = _signed(world, [*BUDGET, entry], has_table=has_table)
    size = len(bytes(transaction))
    if size > TRANSACTION_BYTES_MAX:
        return Batch(len(campaigns), size, None)
    return Batch(len(campaigns), size, must(world.runtime.submit(transaction)).units)


def _signed(
    world: PotWorld, instructions: Sequence[Instruction], *, has_table: bool
) -> Transaction | VersionedTransaction:
    funder = world.keys["funder"]
    nonce = Hash(world.movement())
    if not has_table:
        message = Message.new_with_blockhash(list(instructions), funder.pubkey(), nonce)
        return Transaction([funder], message, nonce)
    table = _table(world, instructions[-1])
    compiled = MessageV0.try_compile(funder.pubkey(), list(instructions), [table], nonce)
    return VersionedTransaction(compiled, [funder])


def _table(world: PotWorld, entry: Instruction) -> AddressLookupTableAccount:
    """Put a lookup table there with all that the instruction names."""
    addresses = list(dict.fromkeys(meta.pubkey for meta in entry.accounts if not meta.is_signer))
    address = kit.key("table").pubkey()
    meta = struct.pack("<IQQB", 1, 2**64 - 1, 1, 0) + b"\1" + bytes(world.address("funder")) + bytes(2)
    world.runtime.put(address, LOOKUP_TABLE, meta + b"".join(bytes(each) for each in addresses))
    return AddressLookupTableAccount(address, addresses)


def _compare(world: PotWorld) -> None:
    rent = world.runtime.svm.minimum_balance_for_rent_exemption
    receipt = rent(RECEIPT_BYTES) + SIGNATURE_LAMPORTS
    more = rent(POT_BYTES) - rent(RECEIPT_POT_BYTES)
    _print(
        "lamports",
        "",
        {
            f"rent of a pot ({POT_BYTES} bytes), once, given back when it is closed": rent(POT_BYTES),
            f"rent of a receipt variant's pot ({RECEIPT_POT_BYTES} bytes)": rent(RECEIPT_POT_BYTES),
            f"rent of a receipt ({RECEIPT_BYTES} bytes), each funding": rent(RECEIPT_BYTES),
            "a funding with a receipt (rent and one signature)": receipt,
            "a funding with the ring (one signature)": SIGNATURE_LAMPORTS,
            "a funding with the ring, ten in a transaction": SIGNATURE_LAMPORTS // 10,
        },
    )
    fundings = -(-more // rent(RECEIPT_BYTES))
    sys.stdout.write(
        f"The ring's pot ({more / LAMPORTS_A_SOL:.6f} SOL more) pays for itself after {fundings} fundings;\n"
        f"after 1,000 fundings receipts hold {1_000 * rent(RECEIPT_BYTES) / LAMPORTS_A_SOL:.3f} SOL.\n"
    )


def _say(made: Batch) -> None:
    units = f"{made.units:>9,}" if made.units is not None else "too large"
    sys.stdout.write(f"  {made.count:>2}  {made.size:>5,}  {units}\n")


def _print(what: str, unit: str, rows: dict[str, int]) -> None:
    sys.stdout.write(f"\n{what:<72}{unit:>12}\n")
    for name, value in rows.items():
        sys.stdout.write(f"  {name:<70}{value:>12,}\n")


if __name__ == "__main__":
    sys.exit(main())
