"""Where things lie on chain: addresses that follow from other addresses, so that nobody has to keep them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from solders.pubkey import Pubkey
from solders.token import ID as TOKEN_PROGRAM
from solders.token.associated import get_associated_token_address

UPGRADEABLE_LOADER: Final = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
ASSOCIATED_TOKEN_PROGRAM: Final = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
CAMPAIGN_ID_BYTES: Final = 32
SETTLEMENT: Final = "settlement"
"""The name of the one token account that a spender has for all that is settled."""
# A seed of the system program has at most 32 bytes; so many hex characters of a hash are 128 bits.
SEED_CHARS: Final = 32
# As many as a big client has pots; an address costs 7 µs to find.
_REMEMBERED: Final = 16_384


@lru_cache(maxsize=_REMEMBERED)
def pot_address(program: Pubkey, campaign_id: bytes) -> Pubkey:
    """Return where a campaign's pot lies."""
    return Pubkey.find_program_address([b"pot", campaign_id], program)[0]


def config_address(program: Pubkey) -> Pubkey:
    """Return where the program's config lies."""
    return Pubkey.find_program_address([b"config"], program)[0]


def program_data_address(program: Pubkey) -> Pubkey:
    """Return where the upgradeable loader keeps a program's code and who may replace it."""
    return Pubkey.find_program_address([bytes(program)], UPGRADEABLE_LOADER)[0]


@lru_cache(maxsize=_REMEMBERED)
def vault_address(pot: Pubkey, mint: Pubkey) -> Pubkey:
    """Return where a pot's USDC lies, unless the pot says otherwise."""
    return get_associated_token_address(pot, mint)


@lru_cache(maxsize=_REMEMBERED)
def treasury_address(funder: Pubkey, client: str) -> Pubkey:
    """Return the token account from which a client's pots are paid: the funder's, one for each client."""
    return seeded_token_address(funder, seed_of(client))


def settlement_address(spender: Pubkey) -> Pubkey:
    """Return the token account to which settlements go: the spender's."""
    return seeded_token_address(spender, seed_of(SETTLEMENT))


def seed_of(name: str) -> str:
    """Return the seed under which a name's token account is made."""
    return hashlib.sha256(name.encode()).hexdigest()[:SEED_CHARS]


def seeded_token_address(owner: Pubkey, seed: str) -> Pubkey:
    """Return the address that an owner's key and a seed give for a token account."""
    return Pubkey.create_with_seed(owner, seed, TOKEN_PROGRAM)
