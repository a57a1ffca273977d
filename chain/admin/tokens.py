"""Instructions that make token accounts: vaults at their usual address, treasuries under a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from solders.instruction import AccountMeta, Instruction
from solders.system_program import ID as SYSTEM_PROGRAM
from solders.system_program import AllocateWithSeedParams, TransferParams, allocate_with_seed, transfer
from solders.token import ID as TOKEN_PROGRAM

from chain.addresses import ASSOCIATED_TOKEN_PROGRAM, seeded_token_address, vault_address
from chain.tokens import TOKEN_ACCOUNT_BYTES

if TYPE_CHECKING:
    from solders.pubkey import Pubkey

_CREATE_IDEMPOTENT: Final = 1
_INITIALIZE_ACCOUNT_3: Final = 18


def make_associated(payer: Pubkey, owner: Pubkey, mint: Pubkey) -> Instruction:
    """Make an owner's token account at its usual address; one that is there already will do."""
    accounts = [
        AccountMeta(payer, is_signer=True, is_writable=True),
        AccountMeta(vault_address(owner, mint), is_signer=False, is_writable=True),
        AccountMeta(owner, is_signer=False, is_writable=False),
        AccountMeta(mint, is_signer=False, is_writable=False),
        AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
        AccountMeta(TOKEN_PROGRAM, is_signer=False, is_writable=False),
    ]
    return Instruction(ASSOCIATED_TOKEN_PROGRAM, bytes([_CREATE_IDEMPOTENT]), accounts)


def make_seeded(payer: Pubkey, owner: Pubkey, seed: str, mint: Pubkey, top_up: int) -> list[Instruction]:
    """Make an owner's token account under a seed; the owner signs.

    Not by one instruction that creates accounts, which refuses an address to which anybody has sent lamports.
    """
    address = seeded_token_address(owner, seed)
    allocate = allocate_with_seed(
        AllocateWithSeedParams(
            address=address, base=owner, seed=seed, space=TOKEN_ACCOUNT_BYTES, owner=TOKEN_PROGRAM
        )
    )
    accounts = [
        AccountMeta(address, is_signer=False, is_writable=True),
        AccountMeta(mint, is_signer=False, is_writable=False),
    ]
    begin = Instruction(TOKEN_PROGRAM, bytes([_INITIALIZE_ACCOUNT_3]) + bytes(owner), accounts)
    pay = transfer(TransferParams(from_pubkey=payer, to_pubkey=address, lamports=top_up))
    return [pay, allocate, begin] if top_up else [allocate, begin]
