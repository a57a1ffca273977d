"""Sets the program up, and opens pots with all the accounts that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from chain.addresses import (
    config_address,
    seeded_token_address,
    settlement_address,
    treasury_address,
)
from chain.admin.tokens import make_associated, make_seeded
from chain.errors import NotConfigured, Rejected, WrongAccount
from chain.tokens import TOKEN_ACCOUNT_BYTES, read_token_account

if TYPE_CHECKING:
    from solders.pubkey import Pubkey

    from chain.admin.office import Office
    from chain.admin.sending import Sent
    from chain.instructions import PotKeys
    from chain.ports import AccountSeen, Signer
    from chain.pot import Pot


class Rents(Protocol):
    """Who says what an account has to hold."""

    async def rent_lamports(self, bytes_: int) -> int:
        """Return the lamports that an account of this size has to hold."""
        ...


class NewPot(Struct, frozen=True):
    """A pot that is to be there."""

    client: str
    campaign_id: bytes
    keys: PotKeys
    cap_micro_usdc: int


class OpenPot(Struct, frozen=True):
    """A pot that is there, was read back, and is as it was wanted."""

    address: Pubkey
    vault: Pubkey
    treasury: Pubkey
    settlement: Pubkey
    pot: Pot
    sent: Sent | None
    """None where it was there already."""


async def initialize(office: Office, upgrade_authority: Signer, admin: Pubkey) -> Sent | None:
    """Set the program up; None where that was done, and just so."""
    await office.check_mint()
    known = await office.config()
    if known is None:
        step = office.program.initialize(upgrade_authority.address, upgrade_authority.address, admin)
        sent = await office.send([step], upgrade_authority)
        known = await office.config(sent.slot)
    else:
        sent = None
    if known is None:
        raise WrongAccount(f"the config {config_address(office.program.address)} was set up and is not there")
    if (known.admin, known.mint) != (admin, office.program.mint):
        raise Rejected(f"the program is set up otherwise: its admin is {known.admin}, its mint {known.mint}")
    return sent


async def make_account(office: Office, rents: Rents, owner: Signer, seed: str, payer: Signer) -> Sent | None:
    """Make an owner's token account under a seed; None where it is there already, and is the owner's."""
    address = seeded_token_address(owner.address, seed)
    account = await office.account(address)
    if account is not None and account.data:
        _check_own(account, owner.address, office.program.mint, address)
        return None
    rent = await rents.rent_lamports(TOKEN_ACCOUNT_BYTES)
    top_up = max(0, rent - (0 if account is None else account.lamports))
    steps = make_seeded(payer.address, owner.address, seed, office.program.mint, top_up)
    return await office.send(steps, payer, *([] if owner.address == payer.address else [owner]))


async def open_pot(office: Office, admin: Signer, wanted: NewPot) -> OpenPot:
    """Open a pot; one that is there already and just so will do. It is read back before it is told of."""
    await office.check_mint()
    config = await office.config()
    if config is None:
        raise NotConfigured("the program is not set up on this chain: `headgate chain init` does that")
    if config.admin != admin.address:
        raise Rejected(f"only {config.admin} opens pots here; the key that is set is {admin.address}")
    program, campaign = office.program, wanted.campaign_id
    found, sent = await office.pot(campaign), None
    if found is None:
        steps = [
            make_associated(admin.address, program.pot(campaign), program.mint),
            program.initialize_pot(
                admin.address, admin.address, campaign, wanted.keys, wanted.cap_micro_usdc
            ),
        ]
        sent = await office.send(steps, admin)
        found = await office.pot_there(campaign, sent.slot)
    _check_pot(found, wanted, program.mint, program.vault(campaign))
    await _check_vault(office, found, 0 if sent is None else sent.slot)
    return OpenPot(
        address=program.pot(campaign),
        vault=found.vault,
        treasury=treasury_address(found.funder, wanted.client),
        settlement=settlement_address(found.spender),
        pot=found,
        sent=sent,
    )


def _check_pot(pot: Pot, wanted: NewPot, mint: Pubkey, vault: Pubkey) -> None:
    compared = {
        "authority": (pot.authority, wanted.keys.authority),
        "funder": (pot.funder, wanted.keys.funder),
        "spender": (pot.spender, wanted.keys.spender),
        "mint": (pot.mint, mint),
        "vault": (pot.vault, vault),
        "daily cap": (pot.daily_cap_micro_usdc, wanted.cap_micro_usdc),
    }
    for name, (is_, should_be) in compared.items():
        if is_ != should_be:
            raise Rejected(
                f"the pot {wanted.campaign_id.hex()} is there, but its {name} is {is_}, not {should_be}"
            )


async def _check_vault(office: Office, pot: Pot, at_least_slot: int) -> None:
    account = await office.account(pot.vault, at_least_slot)
    if account is None:
        raise WrongAccount(f"the pot's vault {pot.vault} is not there")
    _check_own(account, office.program.pot(pot.campaign_id), pot.mint, pot.vault)


def _check_own(account: AccountSeen, owner: Pubkey, mint: Pubkey, address: Pubkey) -> None:
    held = read_token_account(account, mint)
    if held.owner != owner:
        raise WrongAccount(f"the token account {address} belongs to {held.owner}, not to {owner}")
    if held.delegate is not None or held.close_authority is not None or held.is_frozen:
        raise WrongAccount(f"somebody else has a hand in the token account {address}")
