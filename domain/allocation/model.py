"""What a reallocation knows, by which rules it moves budget, and the moves that it proposes."""

from typing import Literal

from msgspec import Struct

Basis = Literal["value", "conversions"]
LimitedBy = Literal["unused", "floor", "room"]


class Entry(Struct, frozen=True, kw_only=True):
    """A budget that may give or take, and what its money brought in the time that is looked at.

    `due_micros` is what of its budget should have been used by now, and `unused_micros` what of that was
    not; both are of one day, as the budget is. Of the three figures after them only proportions count.
    """

    name: str
    currency: str
    budget_micros: int
    due_micros: int
    unused_micros: int
    spend_micros: int
    conversions: int
    value_micros: int = 0
    floor_micros: int = 0
    ceiling_micros: int | None = None


class Rules(Struct, frozen=True, kw_only=True):
    """How much better is better, and how far one run of a reallocation goes."""

    difference_permille: int = 200
    """Whoever takes does more with money than whoever gives, by this much at least (seed 004: 20 %)."""
    giving_permille: int = 500
    """Of what is unused so much is given at once: the day, or the next one, may still need the rest."""
    using_permille: int = 800
    """Who takes has used so much of what was due: more is of no use to who leaves its own."""
    growth_permille: int = 500
    """Who takes grows by this much at most in one run: more money seldom works as well as the first."""
    move_micros_min: int = 1_000_000
    conversions_min: int = 10
    """So many must have come, or have been to expect for what was spent, before a figure tells anything."""
    prior_conversions: int = 10
    """Every performance is drawn towards the mean of all as if so many conversions had come at that mean."""

    def __post_init__(self) -> None:
        if min(self.difference_permille, self.growth_permille, self.conversions_min) < 0:
            raise ValueError("rules of a reallocation are not negative")
        if not (0 <= self.giving_permille <= WHOLE and 0 <= self.using_permille <= WHOLE):
            raise ValueError("giving_permille and using_permille are shares, 0 to 1000")
        if min(self.move_micros_min, self.prior_conversions) < 1:
            raise ValueError("move_micros_min and prior_conversions are 1 at least")


class Move(Struct, frozen=True, kw_only=True):
    """So much of one's daily budget becomes another's, and why."""

    giver: str
    taker: str
    currency: str
    amount_micros: int
    basis: Basis
    """What the performances count, for the money spent."""
    giver_permille: int
    taker_permille: int
    """Of the mean of all that were compared, which is a thousand."""
    giver_unused_micros: int
    limited_by: LimitedBy


WHOLE = 1000
