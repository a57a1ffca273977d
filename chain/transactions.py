"""Transactions: put together, held to the size that the chain takes, and signed by whoever has to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.message import Message, MessageV0, to_bytes_versioned
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from chain.errors import BadSignature, NotConfigured, TooBig, WrongChain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solders.address_lookup_table_account import AddressLookupTableAccount
    from solders.hash import Hash
    from solders.instruction import Instruction
    from solders.pubkey import Pubkey

    from chain.ports import Signer

SIZE_MAX: Final = 1_232  # what fits into an IPv6 packet of 1,280 bytes
SIGNATURE_BYTES: Final = 64
LAMPORTS_A_SIGNATURE: Final = 5_000
COMPUTE_UNITS_MAX: Final = 1_400_000
MICRO: Final = 1_000_000


class Signed(Struct, frozen=True):
    """A transaction whose bytes are final, and the signature that it is found by."""

    raw: bytes
    signature: Signature


def compile_message(
    payer: Pubkey,
    instructions: Sequence[Instruction],
    blockhash: Hash,
    tables: Sequence[AddressLookupTableAccount] = (),
) -> Message | MessageV0:
    """Put a transaction together; without lookup tables it is of the form that everybody reads."""
    if tables:
        message: Message | MessageV0 = MessageV0.try_compile(
            payer, list(instructions), list(tables), blockhash
        )
    else:
        message = Message.new_with_blockhash(list(instructions), payer, blockhash)
    if size(message) > SIZE_MAX:
        raise TooBig(f"the transaction has {size(message)} bytes, and {SIZE_MAX} are allowed")
    return message


def size(message: Message | MessageV0) -> int:
    """Return how many bytes the transaction has once it is signed."""
    signers = message.header.num_required_signatures
    return 1 + signers * SIGNATURE_BYTES + len(to_bytes_versioned(message))


def budget(units_max: int, price_micro_lamports: int) -> list[Instruction]:
    """Say how much a transaction may compute, and what is paid for haste."""
    limit = set_compute_unit_limit(min(units_max, COMPUTE_UNITS_MAX))
    return [limit, set_compute_unit_price(price_micro_lamports)] if price_micro_lamports else [limit]


def fee_lamports(signatures: int, units_max: int, price_micro_lamports: int) -> int:
    """Return what a transaction costs that lands, successful or not."""
    return LAMPORTS_A_SIGNATURE * signatures + -(-units_max * price_micro_lamports // MICRO)


async def sign(message: Message | MessageV0, signers: Iterable[Signer]) -> Signed:
    """Have a transaction signed by each who has to; a signature that does not fit is refused."""
    by_address = {signer.address: signer for signer in signers}
    content = to_bytes_versioned(message)
    signatures = []
    for address in message.account_keys[: message.header.num_required_signatures]:
        signer = by_address.get(address)
        if signer is None:
            raise NotConfigured(f"there is no key for {address}, which has to sign")
        signature = await signer.sign(content)
        if not signature.verify(address, content):
            raise BadSignature(f"the signature that was given for {address} is not one of it")
        signatures.append(signature)
    raw = bytes(VersionedTransaction.populate(message, signatures))
    return Signed(raw, signatures[0])


def unsigned(message: Message | MessageV0) -> bytes:
    """Return a transaction as it can be tried out, without anybody having signed it."""
    count = message.header.num_required_signatures
    return bytes(VersionedTransaction.populate(message, [Signature.default()] * count))


def signature_of(raw: bytes) -> Signature:
    """Return the signature that signed bytes are found by."""
    return _read(raw).signatures[0]


def blockhash_of(raw: bytes) -> Hash:
    """Return the blockhash that signed bytes were signed with."""
    return _read(raw).message.recent_blockhash


def _read(raw: bytes) -> VersionedTransaction:
    try:
        transaction = VersionedTransaction.from_bytes(raw)
    except ValueError as error:
        raise WrongChain(f"{len(raw)} bytes are no transaction") from error
    is_whole = len(transaction.signatures) == transaction.message.header.num_required_signatures
    if not is_whole or not transaction.signatures or bytes(transaction) != raw:
        raise WrongChain(f"{len(raw)} bytes are no transaction, though they begin like one")
    return transaction
