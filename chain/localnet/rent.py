"""Nobody is left with less than rent asks for: the network's rule, which the VM by itself does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from solders.account import Account
    from solders.pubkey import Pubkey

    from chain.localnet.transaction import Keys


def first_short(
    keys: Keys,
    before: Mapping[Pubkey, Account | None],
    after: Callable[[Pubkey], Account | None],
    rent_exempt: Callable[[int], int],
) -> int | None:
    """Return the place of the first account that a transaction leaves short of rent; None: there is none."""
    written = frozenset(keys.written)
    for place, address in enumerate(keys.all):
        if address in written and _is_short(before.get(address), after(address), rent_exempt):
            return place
    return None


def _is_short(old: Account | None, new: Account | None, rent_exempt: Callable[[int], int]) -> bool:
    if new is None or new.lamports == 0 or new.lamports >= rent_exempt(len(new.data)):
        return False
    if old is None or old.lamports >= rent_exempt(len(old.data)):
        return True
    # Whoever was short before may stay so, and may not be given more without being given enough.
    return len(old.data) != len(new.data) or new.lamports > old.lamports
