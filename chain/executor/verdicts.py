"""What a refusal by the chain means for an order: an outcome, or nothing yet; pure."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

if TYPE_CHECKING:
    from events.types import VoidedFor

_IDL: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "program" / "idl.json").read_text(encoding="utf-8")
)
_CUSTOM: Final = re.compile(r"Custom\W{0,8}(\d{1,10})")
_INSTRUCTION: Final = re.compile(r"InstructionError")
_OWN_FIRST: Final = 6000
_OWN: Final[dict[int, tuple[str, str]]] = {one["code"]: (one["name"], one["msg"]) for one in _IDL["errors"]}
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
_TOKEN_INSUFFICIENT: Final = 1  # of the token program, and of the system program


class Refusal(Struct, frozen=True):
    """Why an order alone is refused for good, as far as it is known."""

    reason: VoidedFor
    detail: str


def classify(error: str) -> Refusal | None:
    """Say what a refusal means for a transaction of one order; None: it may go better another time."""
    found = _CUSTOM.search(error)
    if found is not None:
        return _by_code(int(found[1]))
    if _INSTRUCTION.search(error) is not None and "InsufficientFunds" in error:
        return Refusal("insufficient-funds", "an account holds less than is to be moved")
    return None


def _by_code(code: int) -> Refusal | None:
    if code == _TOKEN_INSUFFICIENT:
        return Refusal("insufficient-funds", "the token program says that there is less than is to be moved")
    if code not in _OWN:
        whose = "the pot program" if code >= _OWN_FIRST else "another program"
        return Refusal("refused", f"{whose} refuses it with its error {code}")
    name, message = _OWN[code]
    if name in _PASSING:
        return None
    return Refusal(_REASONS.get(name, "refused"), f"the pot program refuses it: {message} ({name})")
