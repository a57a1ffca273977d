"""Shapes of a day that a person names, as weights of its hours: flat, front, back, or of their own."""

from collections.abc import Sequence
from typing import Final

from events.types.terms import Curve

CLOCK_HOURS: Final = 24
# At its steep end a curve has this much of what it has at the other: steep enough to be seen, and no
# hour of a whole day comes near the limit of an hour.
STEEPNESS: Final = 3


def weights(curve: Curve, custom: Sequence[int], clock_hours: Sequence[int]) -> tuple[int, ...]:
    """Return what each hour weighs; the hours are those that are open, by their names on the wall.

    Twenty-four weights of a person's own are one for each hour of the clock, so that nine o'clock stays
    nine o'clock on days on which clocks move; any other number is stretched over the hours.
    """
    count = len(clock_hours)
    if curve == "front":
        return tuple(reversed(rising(count)))
    if curve == "back":
        return rising(count)
    if curve == "custom" and any(custom):
        if len(custom) == CLOCK_HOURS:
            return tuple(custom[hour % CLOCK_HOURS] for hour in clock_hours)
        return stretched(custom, count)
    return (1,) * count


def rising(count: int) -> tuple[int, ...]:
    """Return weights that grow evenly from the first hour to the last."""
    if count <= 1:
        return (1,) * count
    return tuple(count - 1 + (STEEPNESS - 1) * hour for hour in range(count))


def stretched(given: Sequence[int], count: int) -> tuple[int, ...]:
    """Return weights of another number of hours: each gets what lies over it when both fill the day."""
    many = len(given)
    return tuple(
        sum(
            weight * max(0, min((hour + 1) * many, (at + 1) * count) - max(hour * many, at * count))
            for at, weight in enumerate(given)
        )
        for hour in range(count)
    )
