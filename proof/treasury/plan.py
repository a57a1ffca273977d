"""What a seed decides before its world begins: how many pots, how much money, and how much trouble."""

from __future__ import annotations

import random
from dataclasses import dataclass

DOLLAR = 1_000_000
# Chances of each trouble at each step at which it may come, at ordinary heat.
RATES = {
    "crash": 0.025,
    "stand still": 0.01,
    "worker crash": 0.05,
    "drop": 0.2,
    "late": 0.25,
    "blackout": 0.08,
    "lost answer": 0.2,
    "no answer": 0.03,
    "endpoint behind": 0.05,
    "endpoint lies": 0.3,
    "junk": 0.02,
    "fork": 0.03,
    "restart": 0.002,
}


@dataclass(frozen=True)
class Plan:
    """What a seed decides before the world begins."""

    pots: int
    events: int
    cap_micro_usdc: int
    deposit_micro_usdc: int
    is_tight: bool
    """Whether the client's own limits are so low that they matter."""
    rates: dict[str, float]
    has_withdrawals: bool
    has_endpoints: bool
    """Whether executors see the chain through the product's own pool of endpoints, of which one is bad."""

    @classmethod
    def of(cls, seed: int, *, has_withdrawals: bool = True) -> Plan:
        """Choose by the seed."""
        dice = random.Random(seed)  # noqa: S311 - to be repeatable
        heat = dice.choice((0.0, 0.5, 1.0, 2.0))
        return cls(
            pots=dice.randint(1, 3),
            events=dice.randint(10, 24),
            cap_micro_usdc=dice.choice((60, 200, 2_000)) * DOLLAR,
            deposit_micro_usdc=dice.choice((100, 1_000, 5_000)) * DOLLAR,
            is_tight=dice.random() < 0.4,  # noqa: PLR2004 - two of five
            rates={name: rate * heat for name, rate in RATES.items()},
            has_withdrawals=has_withdrawals and dice.random() < 0.5,  # noqa: PLR2004 - half of them
            has_endpoints=dice.random() < 0.2,  # noqa: PLR2004 - one of five
        )
