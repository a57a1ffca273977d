"""A transaction as it arrived, with the accounts that it names itself or by lookup tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from solders.message import MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from solders.account import Account
    from solders.message import Message, MessageAddressTableLookup
    from solders.signature import Signature

BYTES_MAX = 1_232
LOOKUP_PROGRAM = Pubkey.from_string("AddressLookupTab1e1111111111111111111111111")
# Where the addresses of a lookup table begin.
_LOOKUP_HEADER_BYTES = 56


class Incoming(Struct, frozen=True):
    """A transaction, and what can be said of it without running it."""

    raw: bytes
    transaction: VersionedTransaction
    message_hash: bytes

    @property
    def message(self) -> Message | MessageV0:
        """What was signed."""
        return self.transaction.message

    @property
    def signature(self) -> Signature:
        """The first signature, by which it is known."""
        return self.transaction.signatures[0]

    @property
    def payer(self) -> Pubkey:
        """Whoever pays the fee."""
        return self.message.account_keys[0]

    @property
    def lookups(self) -> list[MessageAddressTableLookup]:
        """The lookup tables that it takes addresses from."""
        return self.message.address_table_lookups if isinstance(self.message, MessageV0) else []

    @property
    def needs_slot_hashes(self) -> bool:
        """Say whether it looks at past slots, as lookup tables do."""
        return bool(self.lookups) or LOOKUP_PROGRAM in self.message.account_keys


class Keys(Struct, frozen=True):
    """All accounts of a transaction, in the order in which instructions count them."""

    static: tuple[Pubkey, ...]
    looked_up_writable: tuple[Pubkey, ...]
    looked_up_readonly: tuple[Pubkey, ...]
    written: tuple[Pubkey, ...]
    tables: tuple[Pubkey, ...]

    @property
    def all(self) -> tuple[Pubkey, ...]:
        """Every account but the lookup tables."""
        return (*self.static, *self.looked_up_writable, *self.looked_up_readonly)


def parse(raw: bytes) -> Incoming:
    """Return the transaction of these bytes; `ValueError` if they are none."""
    transaction = VersionedTransaction.from_bytes(raw)
    message = transaction.message
    required = message.header.num_required_signatures
    if not 0 < required == len(transaction.signatures) <= len(message.account_keys):
        raise ValueError("the signatures are not those that the message asks for")
    if not message.instructions and not message.account_keys:
        raise ValueError("the message is empty")
    digest = type(message).hash_raw_message(to_bytes_versioned(message))
    return Incoming(raw, transaction, bytes(digest))


def keys_of(incoming: Incoming, read: Callable[[Pubkey], Account | None]) -> Keys:
    """Return the accounts of a transaction; an address that a table lacks is left out, and the VM refuses."""
    message = incoming.message
    static = tuple(message.account_keys)
    header = message.header
    signers, count = header.num_required_signatures, len(static)
    written = [
        *static[: max(0, signers - header.num_readonly_signed_accounts)],
        *static[signers : max(signers, count - header.num_readonly_unsigned_accounts)],
    ]
    writable: list[Pubkey] = []
    readonly: list[Pubkey] = []
    for lookup in incoming.lookups:
        table = read(lookup.account_key)
        data = b"" if table is None else bytes(table.data)
        writable += _addresses(data, bytes(lookup.writable_indexes))
        readonly += _addresses(data, bytes(lookup.readonly_indexes))
    tables = tuple(lookup.account_key for lookup in incoming.lookups)
    return Keys(static, tuple(writable), tuple(readonly), (*written, *writable), tables)


def _addresses(table: bytes, indexes: bytes) -> Iterator[Pubkey]:
    for index in indexes:
        begin = _LOOKUP_HEADER_BYTES + 32 * index
        if begin + 32 <= len(table):
            yield Pubkey(table[begin : begin + 32])
