"""SOL and USDC for whoever asks, by ordinary transactions of the faucet's."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from solders.compute_budget import set_compute_unit_limit
from solders.instruction import AccountMeta, Instruction
from solders.message import Message
from solders.system_program import TransferParams, transfer
from solders.token import ID as TOKEN_PROGRAM
from solders.transaction import Transaction

from chain.addresses import vault_address
from chain.admin.tokens import make_associated
from chain.localnet import transaction
from chain.localnet.errors import InvalidParams
from chain.localnet.tokens import holding_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.localnet.chain import LocalChain
    from chain.localnet.transaction import Incoming

UNITS = 100_000
_MINT_TO = b"\7"


def give_sol(chain: LocalChain, to: Pubkey, lamports: int) -> Signature:
    """Send SOL to an address."""
    giver = chain.genesis.faucet.pubkey()
    params = TransferParams(from_pubkey=giver, to_pubkey=to, lamports=lamports)
    return _land(chain, [transfer(params)])


def give_usdc(chain: LocalChain, to: Pubkey, micro_usdc: int) -> Signature:
    """Mint USDC to a token account, or to an owner's ordinary one, made if need be."""
    giver, mint = chain.genesis.faucet.pubkey(), chain.genesis.usdc_mint
    instructions = []
    holding = holding_of(chain.core.read(to, chain.slot))
    if holding is None:
        owner, to = to, vault_address(to, mint)
        instructions.append(make_associated(giver, owner, mint))
    elif holding.mint != mint:
        raise InvalidParams(f"{to} holds another token than the local USDC {mint}")
    instructions.append(_mint_to(mint, to, giver, micro_usdc))
    return _land(chain, instructions)


def _mint_to(mint: Pubkey, to: Pubkey, giver: Pubkey, micro_usdc: int) -> Instruction:
    accounts = [
        AccountMeta(mint, is_signer=False, is_writable=True),
        AccountMeta(to, is_signer=False, is_writable=True),
        AccountMeta(giver, is_signer=True, is_writable=False),
    ]
    return Instruction(TOKEN_PROGRAM, _MINT_TO + micro_usdc.to_bytes(8, "little"), accounts)


def _land(chain: LocalChain, instructions: Sequence[Instruction]) -> Signature:
    incoming = _fresh(chain, instructions)
    error = chain.core.submit(incoming)
    landed = chain.core.landed(incoming.signature)
    if landed is not None:
        error = landed.meta["err"]
    if error is not None:
        raise InvalidParams(f"the faucet's transaction was refused: {error}")
    return incoming.signature


def _fresh(chain: LocalChain, instructions: Sequence[Instruction]) -> Incoming:
    """Sign; the limit of units differs where the same was given before, since no transaction lands twice."""
    blocks = chain.core.blocks
    newest = blocks.newest_hash(blocks.open).hash
    if newest is None:
        raise ValueError("the block before the open one is complete, and has a hash")
    for extra in count():
        limited = [set_compute_unit_limit(UNITS + extra), *instructions]
        faucet = chain.genesis.faucet
        message = Message.new_with_blockhash(limited, faucet.pubkey(), newest)
        signed = transaction.parse(bytes(Transaction([faucet], message, newest)))
        if not chain.core.is_known(signed):
            return signed
    raise AssertionError("counting has no end")
