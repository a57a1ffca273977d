"""A desk from which people's steps on chain are taken: the chain, the program there, and who signs."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from chain.addresses import config_address
from chain.admin.sending import Patience, carry_out
from chain.errors import Rejected, WrongAccount
from chain.pot import read_config, read_pot
from chain.tokens import USDC_DECIMALS, read_mint, read_token_account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.instruction import Instruction
    from solders.pubkey import Pubkey

    from chain.admin.sending import Sent
    from chain.instructions import PotProgram
    from chain.ports import AccountSeen, Chain, Signer
    from chain.pot import Config, Pot


class Office:
    """Reads and sends for people; a pot is what the finalized chain has of it."""

    def __init__(self, chain: Chain, program: PotProgram, patience: Patience | None = None) -> None:
        self.chain = chain
        self.program = program
        self.patience = patience or Patience()

    async def send(self, instructions: Sequence[Instruction], *signers: Signer) -> Sent:
        """Have it happen, and return when it is final; the first of the signers pays."""
        return await carry_out(self.chain, instructions, signers, self.patience)

    async def config(self, at_least_slot: int = 0) -> Config | None:
        """Return the program's config; None before it is set up."""
        account = await self.account(config_address(self.program.address), at_least_slot)
        return None if account is None else read_config(account, self.program.address)

    async def pot(self, campaign_id: bytes, at_least_slot: int = 0) -> Pot | None:
        """Return a pot; None if there is none."""
        address = self.program.pot(campaign_id)
        (account,) = (await self.chain.snapshot([address], at_least_slot)).accounts
        if account is None or (account.owner != self.program.address and not account.data):
            # Anybody may send lamports to an address where no pot is yet.
            return None
        return read_pot(account, self.program.address, campaign_id)

    async def pot_there(self, campaign_id: bytes, at_least_slot: int = 0) -> Pot:
        """Return a pot that has to be there."""
        found = await self.pot(campaign_id, at_least_slot)
        if found is None:
            raise Rejected(f"there is no pot {campaign_id.hex()} on chain: it was closed, or never opened")
        return found

    async def account(self, address: Pubkey, at_least_slot: int = 0) -> AccountSeen | None:
        """Return an account, finalized."""
        return (await self.chain.snapshot([address], at_least_slot)).accounts[0]

    async def balance(self, pot: Pot) -> int:
        """Return what a pot holds, in micro-USDC."""
        account = await self.account(pot.vault)
        return 0 if account is None else read_token_account(account, self.program.mint).amount

    async def check_mint(self) -> None:
        """Raise unless the mint is one of USDC's form."""
        account = await self.account(self.program.mint)
        if account is None:
            raise WrongAccount(f"there is no mint {self.program.mint} on this chain")
        decimals = read_mint(account).decimals
        if decimals != USDC_DECIMALS:
            raise WrongAccount(f"the mint {self.program.mint} has {decimals} decimals; USDC has 6")


def check_authority(pot: Pot, signer: Signer) -> None:
    """Raise before anything is sent that the chain would refuse anyway, and say whose the pot is."""
    if pot.authority != signer.address:
        raise Rejected(f"the pot's authority is {pot.authority}; the key that is set is {signer.address}")


def new_movement() -> bytes:
    """Return what a movement of a person's is remembered by on chain."""
    return hashlib.sha256(str(uuid.uuid4()).encode()).digest()
