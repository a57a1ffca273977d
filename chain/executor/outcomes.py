"""How an order ended, as the fact that everybody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chain.executor.fees import share_lamports
from chain.executor.order import Movement
from chain.executor.protocol import Done
from chain.pot import Pot
from events.limits import REASON_CHARS_MAX
from events.types import (
    FundPot,
    MovementFailed,
    MovementLanded,
    PausePot,
    PotSwitched,
    PotSwitchFailed,
)

if TYPE_CHECKING:
    from chain.executor.entry import Entry
    from chain.executor.order import Switch
    from chain.executor.protocol import Failed
    from events.types.fact import Fact


def outcome(entry: Entry, end: Done | Failed, at_ms: int) -> Fact:
    """Say how an order ended."""
    wish = entry.order.wish
    if isinstance(wish, Movement):
        return _movement(entry, wish, end, at_ms)
    return _switch(entry, wish, end, at_ms)


def _movement(entry: Entry, wish: Movement, end: Done | Failed, at_ms: int) -> Fact:
    fee = share_lamports(wish, entry.attempts, entry.landed)
    kind: Literal["fund", "settle"] = "fund" if isinstance(wish, FundPot) else "settle"
    if isinstance(end, Done):
        return MovementLanded(
            command_id=entry.order.id,
            movement_id=wish.movement_id,
            pot=wish.pot,
            kind=kind,
            sequence=wish.sequence,
            amount_micro_usdc=wish.amount_micro_usdc,
            signature=end.signature,
            slot=end.slot,
            fee_lamports=fee,
            attempts=len(entry.attempts),
            at_ms=at_ms,
        )
    return MovementFailed(
        command_id=entry.order.id,
        movement_id=wish.movement_id,
        pot=wish.pot,
        kind=kind,
        sequence=wish.sequence,
        reason=end.reason,
        detail=end.detail[:REASON_CHARS_MAX],
        next_sequence=entry.pot.next_sequence if isinstance(entry.pot, Pot) else None,
        slot=entry.slot,
        fee_lamports=fee,
        attempts=len(entry.attempts),
        at_ms=at_ms,
    )


def _switch(entry: Entry, wish: Switch, end: Done | Failed, at_ms: int) -> Fact:
    about = (entry.order.id, wish.pot, isinstance(wish, PausePot), wish.order)
    fee = share_lamports(wish, entry.attempts, entry.landed)
    if isinstance(end, Done):
        return PotSwitched(*about, end.signature, end.slot, fee, at_ms)
    return PotSwitchFailed(*about, end.detail[:REASON_CHARS_MAX], fee, at_ms)
