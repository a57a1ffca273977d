"""Whether two endpoints tell the same of the finalized chain; what they tell apart nobody decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chain.errors import WrongAccount, WrongChain
from chain.pot import RING_LENGTH, following_history, read_pot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.pubkey import Pubkey

    from chain.ports import AccountSeen, Snapshot
    from chain.pot import Pot
    from chain.rpc.answers import Status


def agreed_snapshot(one: Snapshot, other: Snapshot, addresses: Sequence[Pubkey], program: Pubkey) -> Snapshot:
    """Return the earlier of two snapshots, which both endpoints stand for; raise when they contradict.

    At the same slot all must be equal. At different ones the later pot must continue the earlier one: its
    numbers go on, and its history is the earlier one's with the movements between, all of them later.
    """
    early, late = sorted((one, other), key=lambda snapshot: snapshot.slot)
    pairs = zip(addresses, early.accounts, late.accounts, strict=True)
    if early.slot == late.slot:
        wrong = [address for address, before, after in pairs if before != after]
    else:
        wrong = [
            address
            for address, before, after in pairs
            if not _continues(_pot(before, program), _pot(after, program), early.slot)
        ]
    if wrong:
        raise WrongChain(f"endpoints disagree about {wrong[0]}, finalized at {early.slot} and {late.slot}")
    return early


def agreed_statuses(
    one: Sequence[Status | None], other: Sequence[Status | None]
) -> tuple[Status | None, ...]:
    """Return what is known of signatures by either; raise when they contradict.

    That one does not have a signature is no contradiction: it may keep less of the past.
    """
    for first, second in zip(one, other, strict=True):
        is_same = first is None or second is None or (first.slot, first.err) == (second.slot, second.err)
        if not is_same:
            raise WrongChain("endpoints disagree about how a finalized transaction ended")
    return tuple(first if first is not None else second for first, second in zip(one, other, strict=True))


def _continues(early: Pot | None, late: Pot | None, early_slot: int) -> bool:
    if early is None or late is None:
        # Whatever else it is may have changed in between, come or gone.
        return True
    steps = late.next_sequence - early.next_sequence
    # Whoever answers with what was, under the slot that is, is found out by when the other has movements.
    since = [one for one in late.remembered() if one.sequence >= early.next_sequence]
    if any(one.slot <= early_slot for one in since):
        return False
    if steps > RING_LENGTH:
        # Too far apart to follow; or closed and opened again, with numbers from further on.
        return True
    history = early.history
    for movement in since:
        history = following_history(history, movement)
    return len(since) == steps and history == late.history


def _pot(account: AccountSeen | None, program: Pubkey) -> Pot | None:
    if account is None or account.owner != program:
        return None
    try:
        return read_pot(account, program)
    except WrongAccount:
        # The config, or something that whoever asked will refuse.
        return None
