"""What a person's verdict does to a movement of which the finalized chain can tell nothing; pure.

A verdict is heard only where the protocol gives up: as long as the chain can still tell, or something that
was signed may land, nobody's word counts against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chain.executor.protocol import Done, Failed, Stuck

if TYPE_CHECKING:
    from collections.abc import Callable

    from chain.executor.order import Movement
    from chain.executor.protocol import Step
    from events.types import MovementJudged

    Judgement = Callable[[str, str], MovementJudged | None]


def unjudged(_client: str, _movement_id: str) -> MovementJudged | None:
    """Return the verdict where nobody has judged anything."""
    return None


def after_judgement(wish: Movement, step: Step, judged: MovementJudged | None, slot: int) -> Step:
    """Return what to do about a movement, seen at a finalized slot, once people were heard too."""
    if not isinstance(step, Stuck) or judged is None or judged.pot != wish.pot:
        return step
    if judged.verdict == "landed":
        return Done(slot, None)
    return Failed("refused", f"judged by {judged.by}: {judged.reason}")
