"""What a seed decides before its world begins: how many workers, and how much trouble."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What a seed decides before the world begins."""

    workers: int
    partitions: int
    records: int
    is_static: bool
    on_disk: bool
    round_records_max: int
    rates: dict[str, float]
    has_late_zombie: bool

    @classmethod
    def of(cls, seed: int, *, on_disk: bool, skips: bool, zombies: bool) -> "Plan":
        """Choose by the seed."""
        dice = random.Random(seed)  # noqa: S311 - to be repeatable
        heat = dice.choice((0.3, 1.0, 3.0))
        return cls(
            workers=dice.randint(1, 3),
            partitions=dice.randint(1, 3),
            records=dice.randint(10, 50),
            is_static=dice.random() < 0.5,  # noqa: PLR2004 - half of them
            on_disk=on_disk,
            round_records_max=dice.randint(1, 8),
            rates={
                "kill": 0.02 * heat,
                "stand still": 0.02 * heat * (3 if zombies else 1),
                "leave": 0.002 * heat,
                "second in its place": 0.001 * heat,
                "refused": 0.04 * heat,
                "late answer": 0.03 * heat,
                "abortable": 0.03 * heat,
                "fatal": 0.004 * heat,
                "skip": 0.05 if skips else 0.0,
            },
            has_late_zombie=dice.random() < 0.4,  # noqa: PLR2004 - two of five
        )
