"""What to do about a pause or a resume: a state that is wanted, read back, and harmless to bring about twice.

What was signed may still land after somebody has brought the state about otherwise, and would undo a later
order; so an order ends only when nothing that was signed for it may land any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chain.executor.protocol import (
    Done,
    Failed,
    NoPot,
    Resend,
    SignAnew,
    Wait,
    foreign,
    over,
    refused,
)
from chain.pot import PAUSED_BY_FUNDER
from events.types import PausePot

if TYPE_CHECKING:
    from chain.executor.order import Switch
    from chain.executor.protocol import Situation, Step
    from chain.pot import Pot


def decide(wish: Switch, situation: Situation) -> Step:
    """Decide about a switch."""
    pot = situation.pot
    if situation.slot < situation.moment.slot:
        return Wait()
    if isinstance(pot, NoPot):
        # Nothing is left that could be switched, whatever of ours has landed before.
        return Wait() if situation.is_live else Failed(pot.reason, pot.detail)
    if situation.success is not None:
        # It took effect; if it is no longer so, a person has undone it, who is not written over.
        slot = situation.success[1].slot
        is_over = slot <= situation.slot and not situation.is_live
        return Done(slot, situation.signature) if is_over else Wait()
    if situation.is_live:
        return Resend()
    return _open(wish, situation, pot)


def _open(wish: Switch, situation: Situation, pot: Pot) -> Step:
    """Decide where nothing that was signed has done it, or ever will."""
    if is_met(wish, pot):
        return Done(situation.slot, None)
    return refused(situation) or over(wish, situation) or _hindered(wish, situation, pot)


def is_met(wish: Switch, pot: Pot) -> bool:
    """Say whether a pot is as it is wanted."""
    return bool(pot.paused & PAUSED_BY_FUNDER) if isinstance(wish, PausePot) else not pot.is_paused


def _hindered(wish: Switch, situation: Situation, pot: Pot) -> Step:
    keys = situation.keys
    if keys.lacking(wish) is not None:
        return Wait()
    difference = foreign(pot, keys, wish)
    if difference is not None or pot.funder != keys.funder:
        return Failed("not-allowed", difference or f"the pot's funder is {pot.funder}, not {keys.funder}")
    if not isinstance(wish, PausePot) and pot.is_paused_by_authority:
        return Failed("not-allowed", "the pot's authority has paused it, and nobody else can let it go on")
    return SignAnew()
