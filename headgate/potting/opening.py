"""Opens a pot for a client: its accounts and itself on chain, then the log; what is done already stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from chain.addresses import (
    SETTLEMENT,
    seed_of,
    seeded_token_address,
    settlement_address,
    treasury_address,
)
from chain.admin.setting_up import NewPot, make_account, open_pot
from chain.errors import NotConfigured
from chain.instructions import PotKeys
from events.types import PotOpened
from infra.errors import FixInput

if TYPE_CHECKING:
    from solders.pubkey import Pubkey

    from chain.admin.setting_up import OpenPot
    from chain.instructions import PotProgram
    from chain.place import Role
    from chain.ports import Signer
    from chain.pot import Pot
    from headgate.potting.book import Book
    from headgate.potting.desk import Desk


class Wanted(Struct, frozen=True):
    """A pot as a person wants it."""

    client: str
    name: str
    pot: str
    cap_micro_usdc: int
    funder: Pubkey | None = None
    """None: whose key is set."""
    spender: Pubkey | None = None


def check(book: Book, wanted: Wanted) -> None:
    """Raise when the name or the id is another pot's already."""
    named, same = book.named(wanted.client, wanted.name), book.pots.get(wanted.pot)
    if named is not None and named.opened.pot != wanted.pot:
        raise FixInput(
            f"{wanted.client} has a pot called {wanted.name} already: {named.opened.pot}.",
            "Give this one another name.",
        )
    if same is not None and (same.client, same.opened.name) != (wanted.client, wanted.name):
        raise FixInput(f"The pot {wanted.pot} is {same.called} already.", "Give this one another id.")


async def open_on_chain(desk: Desk, wanted: Wanted) -> OpenPot:
    """Make what is missing on chain, the treasury and the settlement account among it, and read it back."""
    admin = await desk.place.signer("authority")
    funder = wanted.funder or (await desk.place.signer("funder")).address
    spender = wanted.spender or (await desk.place.signer("spender")).address
    await make_token_account(desk, admin, "funder", funder, wanted.client)
    await make_token_account(desk, admin, "spender", spender, SETTLEMENT)
    keys = PotKeys(admin.address, funder, spender)
    pot = NewPot(wanted.client, bytes.fromhex(wanted.pot), keys, wanted.cap_micro_usdc)
    return await open_pot(desk.office, admin, pot)


def told(wanted: Wanted, pot: Pot, program: PotProgram, book: Book, at_ms: int) -> PotOpened:
    """Return the fact to tell of a pot; the one that was told before, word for word, if nothing differs."""
    before = book.pots.get(wanted.pot)
    known_ms = None if before is None else before.opened.at_ms
    fact = PotOpened(
        pot=wanted.pot,
        name=wanted.name,
        address=str(program.pot(pot.campaign_id)),
        vault=str(pot.vault),
        mint=str(pot.mint),
        treasury=str(treasury_address(pot.funder, wanted.client)),
        settlement=str(settlement_address(pot.spender)),
        funder=str(pot.funder),
        spender=str(pot.spender),
        authority=str(pot.authority),
        daily_cap_micro_usdc=pot.daily_cap_micro_usdc,
        # The newest counts, so it is newer than what was told before, whatever our clock says.
        at_ms=at_ms if known_ms is None else max(at_ms, known_ms + 1),
    )
    if before is None or replace(fact, at_ms=before.opened.at_ms) != before.opened:
        return fact
    return before.opened


async def make_token_account(desk: Desk, payer: Signer, role: Role, owner: Pubkey, name: str) -> None:
    """Make an owner's token account if it is missing; for that its key has to be here."""
    address = seeded_token_address(owner, seed_of(name))
    account = await desk.office.account(address)
    if account is not None and account.data:
        return
    try:
        signer = await desk.place.signer(role)
    except NotConfigured as error:
        raise NotConfigured(
            f"the {role}'s token account {address} is not there yet, and has to be made where its key is: "
            f"{error.detail}"
        ) from error
    if signer.address != owner:
        raise NotConfigured(
            f"the token account {address} is not there yet, and the {role}'s key that is set is another one"
        )
    await make_account(desk.office, desk.pool, signer, seed_of(name), payer)
