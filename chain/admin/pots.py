"""What the authority does with a pot that is there; each step is checked before and read back after."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct
from solders.pubkey import Pubkey

from chain.addresses import vault_address
from chain.admin.office import check_authority, new_movement
from chain.admin.tokens import make_associated
from chain.errors import NumberTaken, Rejected, WrongAccount
from chain.instructions import Move

if TYPE_CHECKING:
    from solders.instruction import Instruction

    from chain.admin.office import Office
    from chain.admin.sending import Sent
    from chain.ports import Signer
    from chain.pot import Pot

NOBODY = Pubkey.default()


class Done(Struct, frozen=True):
    """How a pot is after a step, and the step; None where it was so already."""

    pot: Pot
    sent: Sent | None


async def set_cap(office: Office, authority: Signer, campaign_id: bytes, cap_micro_usdc: int) -> Done:
    """Say how much a pot may take in a UTC day."""
    pot = await _own(office, authority, campaign_id)
    if pot.daily_cap_micro_usdc == cap_micro_usdc:
        return Done(pot, None)
    step = office.program.set_daily_cap(authority.address, campaign_id, cap_micro_usdc)
    done = await _do(office, authority, campaign_id, step)
    return _checked(done, is_so=done.pot.daily_cap_micro_usdc == cap_micro_usdc)


async def pause(office: Office, authority: Signer, campaign_id: bytes) -> Done:
    """Let nothing into a pot until its authority lets it go on."""
    pot = await _own(office, authority, campaign_id)
    if pot.is_paused_by_authority:
        return Done(pot, None)
    done = await _do(office, authority, campaign_id, office.program.pause(authority.address, campaign_id))
    return _checked(done, is_so=done.pot.is_paused_by_authority)


async def resume(office: Office, authority: Signer, campaign_id: bytes) -> Done:
    """Let a pot be funded again, whoever has paused it."""
    pot = await _own(office, authority, campaign_id)
    if not pot.is_paused:
        return Done(pot, None)
    done = await _do(office, authority, campaign_id, office.program.resume(authority.address, campaign_id))
    # The funder may have paused it again since.
    return _checked(done, is_so=not done.pot.is_paused_by_authority)


async def withdraw(office: Office, authority: Signer, campaign_id: bytes, amount_micro_usdc: int) -> Done:
    """Move USDC out of a pot, to the authority's own token account.

    While the executor moves something in the same pot, the next number is tried once the chain shows it.
    """
    loop, patience = asyncio.get_running_loop(), office.patience
    until = loop.time() + patience.wait_seconds
    while True:
        try:
            return await _withdraw(office, authority, campaign_id, amount_micro_usdc)
        except NumberTaken:
            if loop.time() >= until:
                raise
        await asyncio.sleep(patience.look_seconds)


async def _withdraw(office: Office, authority: Signer, campaign_id: bytes, amount_micro_usdc: int) -> Done:
    pot = await _own(office, authority, campaign_id)
    held = await office.balance(pot)
    if amount_micro_usdc > held:
        raise Rejected(f"the pot holds {held} micro-USDC, which is less than {amount_micro_usdc}")
    move = Move(campaign_id, pot.next_sequence, new_movement(), amount_micro_usdc, pot.vault)
    mint = office.program.mint
    steps = [
        make_associated(authority.address, authority.address, mint),
        office.program.withdraw(authority.address, vault_address(authority.address, mint), move),
    ]
    sent = await office.send(steps, authority)
    after = await office.pot_there(campaign_id, sent.slot)
    moved = after.find(move.sequence)
    return _checked(Done(after, sent), is_so=moved is None or moved.id == move.movement)


async def set_keys(
    office: Office, authority: Signer, campaign_id: bytes, funder: Pubkey, spender: Pubkey
) -> Done:
    """Say who may fund a pot and who may settle from it."""
    pot = await _own(office, authority, campaign_id)
    if (pot.funder, pot.spender) == (funder, spender):
        return Done(pot, None)
    step = office.program.set_keys(authority.address, campaign_id, funder, spender)
    done = await _do(office, authority, campaign_id, step)
    return _checked(done, is_so=(done.pot.funder, done.pot.spender) == (funder, spender))


async def propose_authority(office: Office, authority: Signer, campaign_id: bytes, new: Pubkey) -> Done:
    """Propose another authority, who has to accept."""
    pot = await _own(office, authority, campaign_id)
    if pot.pending_authority == new:
        return Done(pot, None)
    step = office.program.set_authority(authority.address, campaign_id, new)
    done = await _do(office, authority, campaign_id, step)
    return _checked(done, is_so=new in (done.pot.pending_authority, done.pot.authority))


async def accept_authority(office: Office, new_authority: Signer, campaign_id: bytes) -> Done:
    """Become a pot's authority, as its present one proposed."""
    pot = await office.pot_there(campaign_id)
    if pot.authority == new_authority.address:
        return Done(pot, None)
    if pot.pending_authority != new_authority.address:
        proposed = "nobody" if pot.pending_authority == NOBODY else str(pot.pending_authority)
        raise Rejected(f"{proposed} was proposed as the pot's authority, not {new_authority.address}")
    step = office.program.accept_authority(new_authority.address, campaign_id)
    done = await _do(office, new_authority, campaign_id, step)
    return _checked(done, is_so=done.pot.authority == new_authority.address)


async def close(office: Office, authority: Signer, campaign_id: bytes) -> Sent | None:
    """Close an empty pot; None where there is none any more."""
    pot = await office.pot(campaign_id)
    if pot is None:
        return None
    check_authority(pot, authority)
    held = await office.balance(pot)
    if held:
        raise Rejected(f"the pot still holds {held} micro-USDC: withdraw them first")
    step = office.program.close(authority.address, campaign_id, pot.vault)
    sent = await office.send([step], authority)
    if await office.pot(campaign_id, sent.slot) is not None:
        raise WrongAccount(f"the pot {campaign_id.hex()} was closed by {sent.signature} and is still there")
    return sent


async def _own(office: Office, authority: Signer, campaign_id: bytes) -> Pot:
    pot = await office.pot_there(campaign_id)
    check_authority(pot, authority)
    return pot


async def _do(office: Office, signer: Signer, campaign_id: bytes, step: Instruction) -> Done:
    sent = await office.send([step], signer)
    return Done(await office.pot_there(campaign_id, sent.slot), sent)


def _checked(done: Done, *, is_so: bool) -> Done:
    if not is_so and done.sent is not None:
        raise WrongAccount(f"{done.sent.signature} is final, and the pot is not as it should be after it")
    return done
