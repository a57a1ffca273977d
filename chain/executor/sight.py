"""Looks at the finalized chain for many orders at once: how far it is, their pots, their transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from solders.signature import Signature

from chain.addresses import pot_address
from chain.errors import WrongAccount
from chain.executor.protocol import NoPot
from chain.pot import read_pot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.pubkey import Pubkey

    from chain.executor.entry import Entry
    from chain.ports import AccountSeen, Chain, Moment
    from chain.pot import Pot

SIGNATURES_MAX: Final = 256  # that the chain is asked about at once


async def look(chain: Chain, program: Pubkey, entries: Sequence[Entry], moment: Moment) -> None:
    """Note in each entry how its pot is and what became of its transactions.

    The moment comes first: pots are seen as they were then or later, so an attempt that was over by then
    has already left its trace in them, or never will.
    """
    ids = list(dict.fromkeys(bytes.fromhex(entry.order.wish.pot) for entry in entries))
    snapshot = await chain.snapshot([pot_address(program, id_) for id_ in ids], moment.slot)
    pots = {
        id_.hex(): _read(account, program, id_) for id_, account in zip(ids, snapshot.accounts, strict=True)
    }
    await _search(chain, entries)
    for entry in entries:
        entry.see(moment, snapshot.slot, pots[entry.order.wish.pot])


async def _search(chain: Chain, entries: Sequence[Entry]) -> None:
    asked = list(dict.fromkeys(one for entry in entries for one in entry.unknown))
    found = {}
    for start in range(0, len(asked), SIGNATURES_MAX):
        part = asked[start : start + SIGNATURES_MAX]
        answers = await chain.landed([Signature.from_string(one) for one in part])
        found.update({one: landed for one, landed in zip(part, answers, strict=True) if landed is not None})
    for entry in entries:
        entry.landed.update({one: found[one] for one in entry.unknown if one in found})


def _read(account: AccountSeen | None, program: Pubkey, campaign_id: bytes) -> Pot | NoPot:
    if account is None:
        return NoPot("pot-closed", "there is no pot at its address")
    try:
        return read_pot(account, program, campaign_id)
    except WrongAccount as error:
        return NoPot("not-allowed", error.detail)
