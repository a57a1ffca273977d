"""An account's day as its pages tell it: 23, 24 or 25 hours, and no time-zone database needed.

Whoever reads a platform knows its zones and sends a day's bounds along, so that a decision is the same
for ever, whatever becomes of the zone's rules.
"""

from typing import Final

HOUR_MS: Final = 3_600_000
DAY_HOURS: Final = 24


def hour_lengths_ms(day_start_ms: int, day_end_ms: int) -> tuple[int, ...]:
    """Return how long each hour of a day is; the last one is shorter where clocks move by half an hour."""
    whole, rest_ms = divmod(day_end_ms - day_start_ms, HOUR_MS)
    return (HOUR_MS,) * whole + ((rest_ms,) if rest_ms else ())


def hour_at(day_start_ms: int, at_ms: int) -> int:
    """Return in which hour of a day, counted from its start, a moment lies."""
    return (at_ms - day_start_ms) // HOUR_MS


def clock_hours(day_start_ms: int, day_end_ms: int) -> tuple[int, ...]:
    """Return what each hour of a day is called on the wall.

    A day's bounds tell that clocks move and by how much, not when; nearly everywhere it is at two.
    """
    hours = len(hour_lengths_ms(day_start_ms, day_end_ms))
    if hours == DAY_HOURS:
        return tuple(range(DAY_HOURS))
    small = (0, 1, 1) if hours > DAY_HOURS else (0, 1)
    first = small[-1] + 1 if hours > DAY_HOURS else small[-1] + 2
    return (*small, *range(first, DAY_HOURS))[:hours]
