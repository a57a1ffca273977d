"""What is paid for transactions: how much for haste, and how it is shared among those that went together."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Final

from chain.executor.order import Movement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chain.executor.order import Wish
    from chain.ports import Landed
    from events.types import AttemptSigned

_PERCENTILE: Final = 75
# What is paid for haste after a transaction has expired where nobody else pays anything.
_RAISED_MIN: Final = 1_000
_RAISES_MAX: Final = 16
# Measured by `python -m proof.pots.cost`, with headroom for what differs from pot to pot.
_UNITS_BASE: Final = 10_000
_UNITS_A_MOVEMENT: Final = 20_000
_FIRST: Final = struct.Struct("<IQQ")


def price_micro_lamports(recent: Sequence[int], signing: int, price_max: int) -> int:
    """Return what is paid for a compute unit: what others pay, and half as much again at each new signing."""
    ordered = sorted(recent)
    price = ordered[len(ordered) * _PERCENTILE // 100] if ordered else 0
    raises = min(signing - 1, _RAISES_MAX)
    if raises:
        price = max(price, _RAISED_MIN) * 3**raises // 2**raises
    return min(price, price_max)


def units_max(movements: int) -> int:
    """Return how much a transaction may compute."""
    return _UNITS_BASE + movements * _UNITS_A_MOVEMENT


def share_lamports(wish: Wish, attempts: Sequence[AttemptSigned], landed: Mapping[str, Landed]) -> int:
    """Return an order's share of what its transactions have cost, those that were refused included."""
    return sum(
        _share(wish, attempt, landed[attempt.signature].fee_lamports)
        for attempt in attempts
        if attempt.signature in landed
    )


def _share(wish: Wish, attempt: AttemptSigned, fee_lamports: int) -> int:
    each, remainder = divmod(fee_lamports, attempt.commands)
    return each + remainder if remainder and _is_first(wish, attempt) else each


def _is_first(wish: Wish, attempt: AttemptSigned) -> bool:
    """Say whether a movement is the first of those in a transaction, which pays what cannot be shared."""
    if attempt.commands == 1 or not isinstance(wish, Movement):
        return True
    begins = _FIRST.pack(attempt.commands, wish.amount_micro_usdc, wish.sequence)
    return begins + bytes.fromhex(wish.movement) in base64.b64decode(attempt.raw)
