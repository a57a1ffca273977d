"""What a local chain begins with: the pot program as it would be deployed, a USDC, and keys with SOL."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct
from solders.account import Account
from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.token import ID as TOKEN_PROGRAM

from chain.localnet import tokens
from chain.localnet.block import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chain.localnet.store import Store

LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
LAMPORTS_PER_SOL = 1_000_000_000
# Enough for tests without end; the faucet gives SOL to whoever asks, and has more than anybody wants.
SOL_OF_KEYS, SOL_OF_FAUCET = 10_000, 1_000_000_000
PEOPLE = ("authority", "funder", "spender")
NAMES = (*PEOPLE, "faucet", "program", "usdc_mint")
# What the loader keeps before a program's bytes: kind 3, the slot of deployment, and who may upgrade it.
_DATA_KIND, _PROGRAM_KIND = 3, 2
USDC_DECIMALS = 6


class Genesis(Struct, frozen=True):
    """The keys and addresses of a local chain."""

    keys: Mapping[str, Keypair]

    @property
    def program(self) -> Pubkey:
        """The address of the pot program."""
        return self.keys["program"].pubkey()

    @property
    def program_data(self) -> Pubkey:
        """The address at which the loader keeps the program's bytes, and who may upgrade it."""
        return Pubkey.find_program_address([bytes(self.program)], LOADER)[0]

    @property
    def usdc_mint(self) -> Pubkey:
        """The address of the local USDC."""
        return self.keys["usdc_mint"].pubkey()

    @property
    def authority(self) -> Keypair:
        """Whoever may upgrade the program, and set up pots."""
        return self.keys["authority"]

    @property
    def funder(self) -> Keypair:
        """Whoever pays pots."""
        return self.keys["funder"]

    @property
    def spender(self) -> Keypair:
        """Whoever takes what was spent."""
        return self.keys["spender"]

    @property
    def faucet(self) -> Keypair:
        """Whoever mints USDC and gives SOL away."""
        return self.keys["faucet"]


def from_seed(seed: int) -> Genesis:
    """Return keys that are the same for the same seed, for tests and simulations."""
    return Genesis({name: Keypair.from_seed(sha256(f"{seed}/{name}".encode()).digest()) for name in NAMES})


def by_chance() -> Genesis:
    """Return keys that nobody else has."""
    return Genesis({name: Keypair.from_seed(secrets.token_bytes(32)) for name in NAMES})


def write(store: Store, genesis: Genesis, program: bytes, now_ms: int) -> None:
    """Begin a chain: a first block, final from the start, and all that has to be there."""
    facts = {f"key {name}": bytes(key).hex() for name, key in genesis.keys.items()}
    digest = sha256(b"headgate local chain" + bytes(genesis.program)).digest()
    first = Block(slot=0, height=0, parent_slot=0, time_ms=now_ms, hash=Hash(digest))
    store.create({**facts, "genesis hash": str(first.hash)}, _accounts(genesis, program), first)


def read(facts: Mapping[str, str]) -> Genesis | None:
    """Return what a store was begun with; None when it was not."""
    keys = {name: facts.get(f"key {name}") for name in NAMES}
    known = {name: Keypair.from_bytes(bytes.fromhex(key)) for name, key in keys.items() if key is not None}
    return Genesis(known) if len(known) == len(NAMES) else None


def deployed(genesis: Genesis, program: bytes) -> tuple[Pubkey, Account]:
    """Return the account that the loader keeps a program in, with the authority as who may upgrade it."""
    header = _DATA_KIND.to_bytes(4, "little") + bytes(8) + b"\1" + bytes(genesis.authority.pubkey())
    return genesis.program_data, _account(header + program, LOADER)


def _accounts(genesis: Genesis, program: bytes) -> Iterator[tuple[Pubkey, Account]]:
    yield deployed(genesis, program)
    pointer = _PROGRAM_KIND.to_bytes(4, "little") + bytes(genesis.program_data)
    yield genesis.program, _account(pointer, LOADER, executable=True)
    mint = tokens.Mint(genesis.faucet.pubkey(), 0, USDC_DECIMALS, is_initialized=True, freezer=None)
    yield genesis.usdc_mint, _account(tokens.mint_data(mint), TOKEN_PROGRAM)
    for name in (*PEOPLE, "faucet"):
        sol = SOL_OF_FAUCET if name == "faucet" else SOL_OF_KEYS
        yield genesis.keys[name].pubkey(), _purse(sol * LAMPORTS_PER_SOL)


def _account(data: bytes, owner: Pubkey, *, executable: bool = False) -> Account:
    # What rent exemption has asked for since the beginning: 128 bytes more than there are, at 6,960 each.
    lamports = (128 + len(data)) * 6_960
    return Account(lamports=lamports, data=data, owner=owner, executable=executable, rent_epoch=2**64 - 1)


def _purse(lamports: int) -> Account:
    return Account(
        lamports=lamports, data=b"", owner=Pubkey.default(), executable=False, rent_epoch=2**64 - 1
    )
