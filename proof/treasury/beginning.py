"""The chain that every simulated run begins with: set up once by ordinary transactions, then copied."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountWithSeedParams, create_account_with_seed
from solders.token import ID as TOKEN_PROGRAM
from solders.transaction import Transaction
from spl.token.instructions import (
    InitializeAccountParams,
    create_associated_token_account,
    initialize_account,
)

from chain.addresses import seed_of, settlement_address, treasury_address
from chain.instructions import PotKeys, PotProgram
from chain.localnet import transaction
from chain.localnet.chain import LocalChain
from chain.ports import AccountSeen
from chain.pot import read_pot
from chain.tokens import TOKEN_ACCOUNT_BYTES
from proof.treasury.days import ORIGIN_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.account import Account
    from solders.hash import Hash
    from solders.instruction import Instruction
    from solders.keypair import Keypair

    from chain.localnet.genesis import Genesis

CLIENT = "acme"
POTS_MAX = 3
FINAL_BLOCKS = 8
SEED = 6
CAP_MICRO_USDC = 10**12
RENT_LAMPORTS = 2_039_280


class PotPlace(Struct, frozen=True):
    """A pot, and where it lies."""

    pot: str
    address: Pubkey
    vault: Pubkey
    first_sequence: int


class Beginning(Struct, frozen=True):
    """A chain on which everything is set up."""

    keys: Genesis
    program: PotProgram
    facts: dict[str, str]
    accounts: tuple[tuple[Pubkey, Account], ...]
    slot: int
    height: int
    hash: Hash
    pots: tuple[PotPlace, ...]


@lru_cache(maxsize=4)
def beginning(program: bytes) -> Beginning:
    """Return it, for a program; the same each time."""
    chain = LocalChain.in_memory(
        program, seed=SEED, now_ms=lambda: ORIGIN_MS, final_blocks=FINAL_BLOCKS, skip_permille=0
    )
    chain.advance(3)  # a pot's first number is its slot
    keys = chain.genesis
    pots = PotProgram(keys.program, keys.usdc_mint)
    funder, spender, authority = keys.funder, keys.spender, keys.authority
    for owner, seed in ((funder, seed_of(CLIENT)), (spender, seed_of("settlement"))):
        submit(chain, token_account(owner.pubkey(), seed, keys.usdc_mint), [owner])
    own = create_associated_token_account(authority.pubkey(), authority.pubkey(), keys.usdc_mint)
    whole = [own, pots.initialize(authority.pubkey(), authority.pubkey(), authority.pubkey())]
    submit(chain, whole, [authority])
    ids = [sha256(f"pot {number}".encode()).digest() for number in range(POTS_MAX)]
    holders = PotKeys(authority.pubkey(), funder.pubkey(), spender.pubkey())
    for id_ in ids:
        vault = create_associated_token_account(authority.pubkey(), pots.pot(id_), keys.usdc_mint)
        opened = pots.initialize_pot(authority.pubkey(), authority.pubkey(), id_, holders, CAP_MICRO_USDC)
        submit(chain, [vault, opened], [authority])
    chain.advance(FINAL_BLOCKS + 2)
    return _taken(chain, pots, ids)


def _taken(chain: LocalChain, program: PotProgram, ids: Sequence[bytes]) -> Beginning:
    block = chain.core.blocks.at("finalized")
    store = chain.core.store
    accounts = tuple((address, account) for address, account in chain.core.accounts)
    facts = {name: value for name, value in store.facts().items() if name != "final_slot"}
    if block.hash is None:
        raise AssertionError("a final block is complete")
    places = tuple(_place(chain, program, id_) for id_ in ids)
    return Beginning(chain.genesis, program, facts, accounts, block.slot, block.height, block.hash, places)


def _place(chain: LocalChain, program: PotProgram, id_: bytes) -> PotPlace:
    address = program.pot(id_)
    account = chain.core.read(address, chain.slot)
    if account is None:
        raise AssertionError("a pot could not be opened")
    pot = read_pot(AccountSeen(account.owner, account.lamports, bytes(account.data)), program.address)
    return PotPlace(id_.hex(), address, pot.vault, pot.next_sequence)


def submit(chain: LocalChain, instructions: Sequence[Instruction], signers: Sequence[Keypair]) -> object:
    """Let a transaction land now, signed with the newest blockhash; return why it did not."""
    block = chain.core.blocks.newest_hash(chain.core.blocks.open)
    if block.hash is None:
        raise AssertionError("a complete block has a hash")
    message = Message.new_with_blockhash(list(instructions), signers[0].pubkey(), block.hash)
    raw = bytes(Transaction(list(signers), message, block.hash))
    incoming = transaction.parse(raw)
    refused = chain.core.submit(incoming)
    landed = chain.core.landed(incoming.signature)
    return refused if landed is None else landed.meta["err"]


def token_account(owner: Pubkey, seed: str, mint: Pubkey) -> list[Instruction]:
    """Return what makes an owner's token account under a seed."""
    address = Pubkey.create_with_seed(owner, seed, TOKEN_PROGRAM)
    made = create_account_with_seed(
        CreateAccountWithSeedParams(
            from_pubkey=owner,
            to_pubkey=address,
            base=owner,
            seed=seed,
            lamports=RENT_LAMPORTS,
            space=TOKEN_ACCOUNT_BYTES,
            owner=TOKEN_PROGRAM,
        )
    )
    begun = initialize_account(
        InitializeAccountParams(program_id=TOKEN_PROGRAM, account=address, mint=mint, owner=owner)
    )
    return [made, begun]


def addresses(keys: Genesis) -> tuple[Pubkey, Pubkey]:
    """Return where the client's treasury and settlements lie."""
    return treasury_address(keys.funder.pubkey(), CLIENT), settlement_address(keys.spender.pubkey())
