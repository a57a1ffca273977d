"""What a refusal by the chain means for an order: an outcome, or nothing yet; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from chain.refusals import read_refusal

if TYPE_CHECKING:
    from events.types import VoidedFor

# They tell how far the pot is, and the pot itself is what counts: it is looked at again.
_PASSING: Final = {"SequenceUsed", "SequenceAhead"}
_REASONS: Final[dict[str, VoidedFor]] = {
    "PotPaused": "pot-paused",
    "DailyCapExceeded": "pot-cap",
    "InsufficientFunds": "insufficient-funds",
    "NotFunder": "not-allowed",
    "NotSpender": "not-allowed",
    "NotAuthority": "not-allowed",
    "NotAPot": "pot-closed",
}
_TOKEN_INSUFFICIENT: Final = 1  # of the token program


class Verdict(Struct, frozen=True):
    """Why an order alone is refused for good, as far as it is known."""

    reason: VoidedFor
    detail: str


def classify(error: str) -> Verdict | None:
    """Say what a refusal means for a transaction of one order; None: it may go better another time."""
    refusal = read_refusal(error)
    if refusal.code == _TOKEN_INSUFFICIENT:
        return Verdict("insufficient-funds", "the token account holds less than is to be moved")
    if refusal.name in _REASONS:
        return Verdict(_REASONS[refusal.name], refusal.words)
    if refusal.code is None or refusal.name in _PASSING:
        return None
    return Verdict("refused", refusal.words)
