"""Lookup tables: addresses that the chain knows by a number, so that more movements fit a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.address_lookup_table_account import (
    ID as LOOKUP_PROGRAM,
)
from solders.address_lookup_table_account import (
    AddressLookupTable,
    AddressLookupTableAccount,
    derive_lookup_table_address,
)
from solders.system_program import (
    CreateLookupTableParams,
    ExtendLookupTableParams,
    create_lookup_table,
    extend_lookup_table,
)

from chain.errors import WrongAccount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.instruction import Instruction
    from solders.pubkey import Pubkey

    from chain.ports import AccountSeen

ADDRESSES_MAX: Final = 256
# An extension carries its addresses itself, and more than these do not fit a transaction with its rest.
EXTENSION_MAX: Final = 20
META_BYTES: Final = 56
NEVER: Final = 2**64 - 1


class LookupTable(Struct, frozen=True):
    """A lookup table, as it is on chain."""

    address: Pubkey
    addresses: tuple[Pubkey, ...]
    extended_slot: int
    """The slot of its last extension; what came with it can be used in later ones only."""
    authority: Pubkey | None
    is_active: bool

    def as_account(self) -> AddressLookupTableAccount:
        """Return it as transactions want it."""
        return AddressLookupTableAccount(self.address, list(self.addresses))


def table_address(authority: Pubkey, slot: int) -> Pubkey:
    """Return where the table lies that an authority makes from a recent slot."""
    return derive_lookup_table_address(authority, slot)[0]


def create(authority: Pubkey, payer: Pubkey, recent_slot: int) -> Instruction:
    """Make an empty table; the slot has to be one of the last 512 that had a block."""
    params = CreateLookupTableParams(
        authority_address=authority, payer_address=payer, recent_slot=recent_slot
    )
    return create_lookup_table(params)[0]


def extend(table: Pubkey, authority: Pubkey, payer: Pubkey, addresses: Sequence[Pubkey]) -> Instruction:
    """Add addresses to a table."""
    if not 0 < len(addresses) <= EXTENSION_MAX:
        raise ValueError(f"{len(addresses)} addresses are not between 1 and {EXTENSION_MAX}")
    return extend_lookup_table(
        ExtendLookupTableParams(
            lookup_table_address=table,
            authority_address=authority,
            payer_address=payer,
            new_addresses=list(addresses),
        )
    )


def read_table(address: Pubkey, account: AccountSeen) -> LookupTable:
    """Read a lookup table."""
    if account.owner != LOOKUP_PROGRAM:
        raise WrongAccount(f"{address} is no lookup table: it belongs to {account.owner}")
    try:
        table = AddressLookupTable.deserialize(account.data)
    except ValueError as error:
        raise WrongAccount(f"{address} is no lookup table that can be read") from error
    return LookupTable(
        address=address,
        addresses=tuple(table.addresses),
        extended_slot=table.meta.last_extended_slot,
        authority=table.meta.authority,
        is_active=table.meta.deactivation_slot == NEVER,
    )
