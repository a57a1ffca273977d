"""Checks of lookup tables: those that the log says were made are there, active, and the funder's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solders.pubkey import Pubkey

from chain.errors import WrongAccount
from chain.lookup import read_table
from chain.rpc.node import ACCOUNTS_MAX
from infra.doctor.check import Check, ok, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chain.ports import AccountSeen, Chain


async def tables(chain: Chain, known: Sequence[str], funder: Pubkey | None) -> list[Check]:
    """Look at the newest tables; without one, batches are merely smaller."""
    if not known:
        return [ok("tables", "no lookup table was made yet: one is, for a client with more than six pots")]
    addresses = [Pubkey.from_string(one) for one in known[-ACCOUNTS_MAX:]]
    seen = (await chain.snapshot(addresses)).accounts
    return [_one(address, account, funder) for address, account in zip(addresses, seen, strict=True)]


def _one(address: Pubkey, account: AccountSeen | None, funder: Pubkey | None) -> Check:
    step = "Batches are smaller without it, nothing else; the executor makes another one when it needs one."
    if account is None:
        return warn("tables", f"{address} was to be made, and is not there", step)
    try:
        table = read_table(address, account)
    except WrongAccount as error:
        return warn("tables", error.detail, step)
    if not table.is_active or (funder is not None and table.authority != funder):
        return warn("tables", f"{address} cannot be used: it is closing, or somebody else's", step)
    return ok("tables", f"{address} holds {len(table.addresses)} addresses")
